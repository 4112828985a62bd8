"""Validating: every rule on the records of a work tree, of branches, or of named files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from gitreg.checks import (
    FILES,
    FOLDERS,
    Case,
    Change,
    CommitFiles,
    Files,
    Finding,
    FolderFiles,
    NoFiles,
    find_all,
    proposal_of,
)
from gitreg.checks.read_ahead import PART
from gitreg.documents import layout, places
from gitreg.errors import NotFoundError
from gitreg.gitrepo import EMPTY_TREE, ZERO, ObjectId, Repository
from gitreg.store import Snapshot
from gitreg.workflows.registry import Registry
from gitreg.workflows.validating.candidate_origins import CandidateOrigins
from gitreg.workflows.validating.compared_commits import base_of, commit_of
from gitreg.workflows.validating.whole_states import in_few, whole
from gitreg.workflows.versions.stored_versions import StoredVersions


@dataclass(frozen=True)
class Validation:
    """What was looked at, and what was found.

    Args:
        records: how many files should be records.
        findings: by path from the top of the repository.
        shown: how somebody named a path, where that is another name.
    """

    records: int
    findings: tuple[Finding, ...]
    shown: Mapping[str, str] = field(default_factory=dict)


def validate_registry(registry: Registry) -> Validation:
    """The accepted records, or the work tree where they are checked out, and the candidate branch."""
    accepted = CommitFiles(registry.accepted)
    root = registry.repository.work_tree
    is_checked_out = root is not None and (root / places.REGISTRY).exists()
    proposed: Files = FolderFiles(root) if root and is_checked_out else accepted
    common = Case(accepted, proposed, environ=registry.environ, origins=CandidateOrigins(registry))
    cases = whole(common)
    if registry.candidates.commit is not None:
        tried = Case(NoFiles(), CommitFiles(registry.candidates), environ=registry.environ)
        cases = chain(cases, whole(tried))
    return _judge(cases)


def validate_since(
    registry: Registry, revision: str | None, branch: str | None = None, *, storage: bool = False
) -> Validation:
    """What HEAD changes since it parted from a revision: see `base_of`.

    Args:
        registry: the registry.
        revision: a branch, a tag, a full id or HEAD, with `~N` for its first parents; forty zeros for nothing,
            None for the accepted branch.
        branch: the branch that is proposed.
        storage: whether the artifact storage is asked for what new versions need.

    Raises:
        NotFoundError: if there is no such revision.
    """
    head = commit_of(registry, "HEAD")
    if revision is None:
        revision = registry.accepted.commit
    if revision is None:
        raise NotFoundError(
            f"the accepted branch {registry.settings.accepted_branch} is not here to be compared with",
            hint=f"git fetch origin {registry.settings.accepted_branch}, or give --since",
        )
    base = base_of(registry, revision, head)
    target = commit_of(registry, revision) if revision != ZERO else None
    return validate_change(registry, base, head, branch, target=target, storage=storage)


def validate_change(
    registry: Registry,
    before: ObjectId | None,
    after: ObjectId,
    branch: str | None = None,
    *,
    target: ObjectId | None = None,
    storage: bool = False,
) -> Validation:
    """What one commit changes of another one; what did not change costs nothing.

    Args:
        registry: the registry, as it was before the change.
        before: what was accepted: an ancestor, `base_of` finds it; None where nothing was.
        after: what is proposed.
        branch: name of the branch that is proposed: that of a proposal brings the rules of its kind.
        target: what it is to be merged into, where that is more than `before`.
        storage: whether the artifact storage is asked for what new versions need.

    Raises:
        UsageError: if the branch is called like a proposal that cannot be.
        RemoteError: if the storage is asked, and cannot be reached.
    """
    repository, accepted = registry.repository, Snapshot(registry.repository, before)
    tip = registry.accepted
    proposal = proposal_of(branch) if branch is not None else None
    changed = repository.changed_paths(before or EMPTY_TREE, after)
    case = Case(
        CommitFiles(accepted),
        CommitFiles(Snapshot(repository, after)),
        environ=registry.environ,
        change=Change(
            changed,
            proposal,
            CommitFiles(tip),
            CommitFiles(Snapshot(repository, target)) if target else None,
            _editors(registry, before, after, changed),
        ),
        origins=CandidateOrigins(registry),
        stored=StoredVersions(registry, tip if tip.commit else accepted) if storage else None,
    )
    paths = _with_owners([path for _, path in changed if is_record_place(path)])
    return _judge(in_few(case, paths, lambda: _blobs(repository, before, after)))


def _blobs(repository: Repository, before: ObjectId | None, after: ObjectId) -> Mapping[str, ObjectId]:
    changed = chain.from_iterable(repository.changed_blobs(before, after, folder) for folder in FOLDERS)
    return {path: blob for path, blob in changed if blob}


def _editors(
    registry: Registry, before: ObjectId | None, after: ObjectId, changed: Sequence[tuple[str, str]]
) -> Mapping[str, frozenset[str]]:
    """Who changed or removed candidates that were there before; whoever made the last commit, where no other did."""
    paths = [path for status, path in changed if status != "A" and places.is_logged(path)]
    if before is None or not paths:
        return {}
    found = registry.repository.editors(before, after, "experiments")
    last = frozenset({registry.repository.commit(after).author.email.casefold()})
    return {path: found.get(path, last) for path in paths}


def is_record_place(path: str) -> bool:
    """Whether records live at a path, or what belongs to them."""
    return path in FILES or path.startswith(tuple(f"{one}/" for one in FOLDERS))


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
    paths = list(dict.fromkeys([*shown, *filter(None, map(_record_beside, shown))]))
    named = frozenset(path for path, name in shown.items() if name in words and not _is_known(path))
    common = Case(accepted, files, named=named, environ=environ)
    parts = (paths[start : start + PART] for start in range(0, len(paths), PART))
    return replace(_judge(replace(common, paths=part) for part in parts), shown=shown)


def _record_beside(path: str) -> str | None:
    """The record that a manifest, a DVC file or a copy belongs to, which judges it."""
    logged, version = places.logged_owner(path), layout.version_file_of(path)
    if logged:
        return logged
    return layout.version_path(*version[:2]) if version else None


def _is_known(path: str) -> bool:
    """Whether the path itself says what belongs there; of any other file it is believed that a record was meant."""
    is_beside = _record_beside(path) or places.number_of(path) or path.startswith(f"{places.TRUST}/")
    return path in FILES or bool(is_beside)


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


def _with_owners(paths: Sequence[str]) -> list[str]:
    """Files, and the records that they belong to: a manifest is judged by its record."""
    owners: dict[str, None] = {}
    for path in paths:
        owners[path] = None
        logged, version = places.logged_owner(path), layout.version_file_of(path)
        if logged:
            owners[logged] = None
        if version:
            owners[layout.version_path(*version[:2])] = None
            owners[places.model_path(version[0])] = None
    return list(owners)


def _judge(cases: Iterable[Case]) -> Validation:
    """What is wrong in any of some cases; each is let go of when it was judged."""
    findings: set[Finding] = set()
    records = 0
    for case in cases:
        findings.update(find_all(case))
        records += sum(case.is_record(path) and case.proposed.kind(path) is not None for path in case.paths)
    return Validation(records, tuple(sorted(findings)))
