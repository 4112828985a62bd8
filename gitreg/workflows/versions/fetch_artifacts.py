"""Artifacts of a candidate or version: listed from the manifest, fetched with every byte proven by its sha256.

No signature is looked at here: what is deployed comes by pull.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gitreg.artifacts import SILENT, Progress, StoredFolder, deliver, parse_dvc_file
from gitreg.documents import layout, places
from gitreg.domain.candidate import ArtifactSummary
from gitreg.domain.digest import Digest
from gitreg.domain.manifest import Manifest, ManifestEntry
from gitreg.domain.reference import CandidateReference, PickReference
from gitreg.errors import AnswerIsNoError, NotFoundError
from gitreg.store import MANIFEST_LIMIT, Snapshot
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.find import find_candidate, find_version, parsed
from gitreg.workflows.storage import open_storage
from gitreg.workflows.target import check_target
from gitreg.workflows.versions.show_version import snapshot_of


@dataclass(frozen=True)
class FoundArtifacts:
    """Files that were asked for.

    Args:
        owner: the candidate or version that has them.
        manifest: all of its files.
        dir_md5: the object that lists them for DVC.
        entries: those that were asked for, under the names that they have there.
        path: what was asked for; everything when None.
        size: bytes of all of its files.
    """

    owner: str
    manifest: Manifest
    dir_md5: str
    entries: tuple[ManifestEntry, ...]
    path: str | None
    size: int


def find_artifacts(registry: Registry, reference: str, path: str | None = None) -> FoundArtifacts:
    """The files of a candidate or version, or the one file or folder of them called `path`.

    Raises:
        NotFoundError: if there is nothing of that name.
        AnswerIsNoError: if the manifest is not the one that the record names.
    """
    if isinstance(parsed(reference), (CandidateReference, PickReference)):
        candidate = find_candidate(registry, reference)
        where = candidate.experiment, candidate.id
        paths = places.candidate_manifest_path(*where), places.candidate_dvc_path(*where)
        return listed_artifacts(registry.candidates, str(candidate), candidate.artifacts, paths, path)
    version = find_version(registry, reference)
    name = version.model, version.version
    paths = layout.version_manifest_path(*name), layout.version_dvc_path(*name)
    return listed_artifacts(snapshot_of(registry, reference), str(version), version.artifacts, paths, path)


def fetch_artifacts(
    registry: Registry, found: FoundArtifacts, target: Path, *, progress: Progress = SILENT
) -> None:
    """Writes the files that were found to `target`: all of them proven, or nothing.

    Raises:
        VerificationError: if a file is missing or is not what was recorded.
        AlreadyThereError: if something else is at `target`.
        UsageError: if `target` lies below a link of the work tree.
    """
    check_target(registry, target)
    storage = open_storage(registry)
    whole = registry.cache.folder(found.dir_md5, found.manifest, storage, sizes=False)
    wanted = {entry.path for entry in found.entries}
    chosen = StoredFolder.of(file for file in whole.files if file.path in wanted)
    deliver(chosen, target, cache=registry.cache, storage=storage, size=found.size, progress=progress)


def listed_artifacts(
    snapshot: Snapshot, owner: str, summary: ArtifactSummary | None, paths: tuple[str, str], path: str | None
) -> FoundArtifacts:
    """The files that a record's manifest and `.dvc` file list, or those called `path`.

    Args:
        snapshot: where both are.
        owner: the candidate or version, for people.
        summary: what its record says of its artifacts.
        paths: of the manifest and of the `.dvc` file.
        path: one file or folder of them; everything when None.

    Raises:
        NotFoundError: if there is nothing of that name.
        AnswerIsNoError: if the manifest is not the one that the record names.
    """
    listing = snapshot.file(paths[0], limit=MANIFEST_LIMIT)
    dvc = snapshot.file(paths[1])
    if summary is None or listing is None or dvc is None:
        raise NotFoundError(f"{owner} has no artifacts")
    if Digest.of(listing) != summary.manifest:
        raise AnswerIsNoError(f"{paths[0]} is not the manifest that {owner} names", hint="gitreg validate")
    try:
        manifest, md5 = Manifest.parse(listing), parse_dvc_file(dvc).md5
    except ValueError as error:
        raise AnswerIsNoError(
            f"the artifacts of {owner} are not listed as they should be: {error}"
        ) from error
    entries = tuple(entry for entry in manifest.entries if path is None or _is_below(entry.path, path))
    if path is not None and not entries:
        raise NotFoundError(f"{owner} has no artifact {path}", hint="gitreg artifacts REF lists them")
    return FoundArtifacts(owner, manifest, md5, entries, path, summary.size)


def _is_below(path: str, wanted: str) -> bool:
    return path == wanted or path.startswith(f"{wanted.rstrip('/')}/")
