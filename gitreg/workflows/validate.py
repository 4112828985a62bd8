"""Validating: every rule on the records of a work tree, of branches, or of named files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gitreg.checks import FILES, FOLDERS, Case, CommitFiles, Files, Finding, FolderFiles, NoFiles, find_all
from gitreg.documents import layout, places
from gitreg.errors import NotFoundError
from gitreg.gitrepo import ZERO, ObjectId, is_object_id, is_ref
from gitreg.store import Snapshot
from gitreg.workflows.registry import Registry

ANCESTOR = re.compile(r"(.+)~([0-9]{1,6})")


@dataclass(frozen=True)
class Validation:
    """What was looked at, and what was found: `records` counts the files that should be records."""

    records: int
    findings: tuple[Finding, ...]


def validate_registry(registry: Registry) -> Validation:
    """The accepted records, or the work tree where they are checked out, and the candidate branch."""
    accepted = CommitFiles(registry.accepted)
    root = registry.repository.work_tree
    is_checked_out = root is not None and (root / places.REGISTRY).exists()
    proposed: Files = FolderFiles(root) if root and is_checked_out else accepted
    cases = [_whole(accepted, proposed, registry.environ)]
    if registry.candidates.commit is not None:
        cases.append(_whole(NoFiles(), CommitFiles(registry.candidates), registry.environ))
    return _judge(cases)


def validate_since(registry: Registry, revision: str) -> Validation:
    """The records of HEAD that are not as they were at a revision.

    Raises:
        NotFoundError: if there is no such revision.
    """
    repository = registry.repository
    head, before = _commit(registry, "HEAD"), _commit(registry, revision)
    changed = [path for _, path in repository.changed_paths(before, head)]
    paths = [
        path for path in changed if path in FILES or path.startswith(tuple(f"{one}/" for one in FOLDERS))
    ]
    case = Case(
        CommitFiles(Snapshot(repository, before)),
        CommitFiles(Snapshot(repository, head)),
        _with_owners(paths),
        environ=registry.environ,
    )
    return _judge([case])


def validate_paths(
    registry: Registry | None, folder: Path, words: Sequence[str], environ: Mapping[str, str]
) -> Validation:
    """Named files and folders, as they are on disk; findings name them as they were named.

    Args:
        registry: the registry around them, if there is one.
        folder: relative names are counted from here.
        words: the names.
        environ: where programs are found.

    Raises:
        NotFoundError: if there is nothing of that name.
    """
    root = registry.repository.work_tree if registry else None
    files = FolderFiles(root or folder)
    accepted: Files = CommitFiles(registry.accepted) if registry and root else NoFiles()
    shown = {path: name for word in words for path, name in _below(files, folder, word)}
    paths = list(shown)
    named = frozenset(path for path in paths if shown[path] in words or layout.kind_of(path))
    found = _judge([Case(accepted, files, paths, named, environ)])
    findings = tuple(replace(one, path=shown.get(one.path, one.path)) for one in found.findings)
    return replace(found, findings=findings)


def _below(files: FolderFiles, folder: Path, word: str) -> Iterator[tuple[str, str]]:
    """Each file that a word names: its path for the rules, and as a person would name it."""
    path = Path(os.path.abspath(folder / word))  # noqa: PTH100 - resolve() would follow the very link that is to be found
    try:
        inside = path.relative_to(files.root)
    except ValueError:
        inside = path
    name = inside.as_posix()
    kind = files.kind(name)
    if kind is None:
        raise NotFoundError(f"there is nothing called {word}")
    if kind != "folder":
        yield name, word
        return
    top = "" if name == "." else name
    for one in files.paths(top):
        yield one, os.path.join(word, one.removeprefix(f"{top}/") if top else one)  # noqa: PTH118 - as it was typed


def _whole(accepted: Files, proposed: Files, environ: Mapping[str, str]) -> Case:
    """Everything that is there now or was there before."""
    paths = list(dict.fromkeys([*_all(proposed), *_all(accepted)]))
    return Case(accepted, proposed, paths, environ=environ)


def _all(files: Files) -> Iterator[str]:
    yield from (path for path in FILES if files.kind(path) is not None)
    for folder in FOLDERS:
        yield from files.paths(folder)


def _with_owners(paths: Sequence[str]) -> list[str]:
    """Files, and the records that they belong to: a manifest is judged by its record."""
    owners: dict[str, None] = {}
    for path in paths:
        owners[path] = None
        candidate, version = places.candidate_file_of(path), layout.version_file_of(path)
        if candidate:
            owners[places.candidate_path(*candidate[:2])] = None
        if version:
            owners[layout.version_path(*version[:2])] = None
            owners[places.model_path(version[0])] = None
    return list(owners)


def _judge(cases: Sequence[Case]) -> Validation:
    findings = sorted({finding for case in cases for finding in find_all(case)})
    records = sum(
        case.is_record(path) and case.proposed.kind(path) is not None for case in cases for path in case.paths
    )
    return Validation(records, tuple(findings))


def _commit(registry: Registry, revision: str) -> ObjectId:
    """The commit of a branch, tag, full id or HEAD, with `~N` for its first parents."""
    back = ANCESTOR.fullmatch(revision)
    found = _resolve(registry, back[1] if back else revision)
    if found is None:
        raise NotFoundError(
            f"there is no revision {revision[:200]!a}", hint="name a branch, a tag, or a full commit id"
        )
    if back:
        line = registry.repository.first_parents(found)
        found = next((commit for at, commit in enumerate(line) if at == int(back[2])), None)
        if found is None:
            raise NotFoundError(f"{back[1]} has fewer than {back[2]} ancestors")
    return found


def _resolve(registry: Registry, name: str) -> ObjectId | None:
    repository = registry.repository
    if is_object_id(name):
        return _peeled(registry, ObjectId(name)) if name != ZERO else None
    names = [name, *(f"refs/{kind}/{name}" for kind in ("heads", "tags", "remotes"))]
    for ref in names:
        found = repository.resolve(ref) if ref == "HEAD" or is_ref(ref) else None
        if found is not None:
            return _peeled(registry, found)
    return None


def _peeled(registry: Registry, id_: ObjectId) -> ObjectId | None:
    found = registry.repository.find(f"{id_}^{{commit}}")
    return ObjectId(found.id) if found else None
