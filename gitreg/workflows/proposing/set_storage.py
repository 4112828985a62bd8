"""Keeping artifacts elsewhere: every object is copied first, then both branches say where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gitreg.artifacts import SILENT, Progress, parse_dvc_file
from gitreg.artifacts.config import checked_url, committed_options, dvc_config
from gitreg.artifacts.storage import Storage, copy_objects
from gitreg.documents import layout, places
from gitreg.domain.digest import Digest
from gitreg.domain.manifest import Manifest
from gitreg.errors import AnswerIsNoError, UsageError
from gitreg.store import MANIFEST_LIMIT, Author, Snapshot, retrying
from gitreg.workflows.candidate_branch import keep_candidate_branch
from gitreg.workflows.proposing.proposal_branch import Draft
from gitreg.workflows.proposing.proposals import propose
from gitreg.workflows.registry import CANDIDATES, Registry
from gitreg.workflows.storage import open_storage


@dataclass(frozen=True)
class StorageMoved:
    """What was done: objects and bytes copied, and the branch that proposes the change."""

    sent: int
    size: int
    branch: str


def show_storage(registry: Registry) -> tuple[str, str]:
    """The storage's name in `.dvc/config`, and where it is."""
    return registry.settings.storage, open_storage(registry).describe()


def set_storage(
    registry: Registry,
    url: str,
    author: Author,
    *,
    offline: bool = False,
    copy: bool = True,
    progress: Progress = SILENT,
) -> StorageMoved:
    """Copies what candidates and versions need, proposes the new place, and tells plain tools on the candidate branch.

    What only this machine has stays here until `push`.

    Raises:
        UsageError: if no storage can be there, or `.dvc/config` was written in a way that cannot be changed here.
        NotFoundError: if the storage of now lacks an object.
        AnswerIsNoError: if that is where they are kept already.
    """
    name = registry.settings.storage
    config = (registry.accepted.file(places.DVC_CONFIG) or b"").decode("utf-8", "replace")
    changed = with_url(config, name, _checked(url))
    if changed == config:
        raise AnswerIsNoError(f"artifacts are kept in {url} already", hint="gitreg storage show")
    target = Storage.open(changed, name, environ=registry.environ, local_config=[], allow_local=True)
    sent = size = 0
    if copy:
        moved = copy_objects(open_storage(registry), target, objects_to_copy(registry), progress=progress)
        sent, size = moved.sent, moved.bytes
    files = {places.DVC_CONFIG: changed.encode()}
    # a branch of its own for each place; as it is no change of a model, it is merged like any other branch
    branch = f"refs/heads/gitreg/storage/{Digest.of(url.encode()).hex[:16]}"
    proposal = propose(registry, Draft(branch, files, f"Keep artifacts in {url}\n"), author, offline=offline)

    def commit() -> None:
        keep_candidate_branch(registry, author)
        with registry.store.change(CANDIDATES, f"Keep artifacts in {url}\n", author) as change:
            change.put_file(places.DVC_CONFIG, changed.encode())

    retrying(commit)
    return StorageMoved(sent, size, proposal.name)


def objects_to_copy(registry: Registry) -> list[str]:
    """Every object that a candidate or version needs, but those that no storage has yet."""
    storage, here = open_storage(registry), set(registry.cache.unpushed_objects())
    wanted: dict[str, None] = {}
    for md5, manifest in _folders(registry):
        if md5 not in here:
            wanted |= dict.fromkeys(registry.cache.folder(md5, manifest, storage, sizes=False).ids)
    return [one for one in wanted if one not in here]


def with_url(config: str, name: str, url: str) -> str:
    """The text of `.dvc/config` with another place for the remote `name`; everything else in it stays.

    Raises:
        UsageError: if it says where that remote is in a way that only a person can change.
    """
    if not config.strip():
        return dvc_config(url, name)
    section = re.compile(
        rf"""^\s*\[\s*['"]?\s*remote\s+"{re.escape(name)}"\s*['"]?\s*\]\s*$""", re.IGNORECASE
    )
    lines, inside, found = [], False, False
    for line in config.splitlines(keepends=True):
        if line.lstrip().startswith("["):
            inside = section.match(line) is not None
        match = re.match(r"(\s*url\s*=\s*)", line, re.IGNORECASE) if inside else None
        lines.append(f"{match[1]}{_quoted(url)}\n" if match else line)
        found = found or match is not None
    changed = "".join(lines)
    if not found or _url_of(changed, name) != url:
        raise UsageError(
            f"the place of the remote {name} in {places.DVC_CONFIG} cannot be changed here",
            hint=f"dvc remote modify {name} url {url}, by a merge request",
        )
    return changed


def _quoted(url: str) -> str:
    return f'"{url}"' if re.search(r"[,#']", url) else url


def _url_of(config: str, name: str) -> str | None:
    try:
        return committed_options(config, name).get("url")
    except (KeyError, ValueError):
        return None


def _checked(url: str) -> str:
    try:
        return checked_url(url, allow_local=True)
    except ValueError as error:
        raise UsageError(f"no storage can be there: {error}") from error


def _folders(registry: Registry) -> Iterator[tuple[str, Manifest]]:
    """Object and manifest of every candidate's, logged model's and version's artifacts."""
    candidates, accepted = registry.candidates, registry.accepted
    for path in candidates.paths("experiments"):
        manifest = places.manifest_beside(path)
        if manifest is not None:
            yield _folder(candidates, path, manifest)
    for path in accepted.paths("models"):
        version = layout.version_file_of(path)
        if version is not None and version[2] == "artifacts.dvc":
            yield _folder(accepted, path, layout.version_manifest_path(*version[:2]))


def _folder(snapshot: Snapshot, dvc: str, manifest: str) -> tuple[str, Manifest]:
    content, listing = snapshot.file(dvc) or b"", snapshot.file(manifest, limit=MANIFEST_LIMIT) or b""
    try:
        return parse_dvc_file(content).md5, Manifest.parse(listing)
    except ValueError as error:
        raise AnswerIsNoError(f"{dvc}: {error}", hint="gitreg validate") from error
