"""The files that two sides added to one candidate or logged model, in one folder; none but tables of points is read for it.

Read are the records of both, their manifests and DVC's listings; written is the object that lists the folder, kept here until the
storage has it. Knows sides and records; nothing of branches or of publishing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import TypeAlias

from gitreg.artifacts import Kept, StoredFile, StoredFolder
from gitreg.artifacts.cache import STEP
from gitreg.documents import places
from gitreg.documents.conflicts import ARTIFACTS, deciding, naming_files, open_conflicts
from gitreg.documents.edit import Delete, KeyPath, changed, edit
from gitreg.documents.leaves import leaves_of
from gitreg.documents.merging_files import (
    FileValues,
    file_conflicts,
    file_values,
    manifest_of,
    united_files,
)
from gitreg.documents.reader import read
from gitreg.documents.records_json import JsonValue, to_json
from gitreg.domain.candidate import ArtifactSummary, Candidate
from gitreg.domain.curves import Folded
from gitreg.domain.digest import Digest
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.manifest import MAX_BYTES, Manifest
from gitreg.drafts import Base
from gitreg.errors import RecordError, VerificationError
from gitreg.gitrepo import ObjectId, Repository
from gitreg.store import MANIFEST_LIMIT
from gitreg.workflows.contents.add_files import ListedFolder, stored_files
from gitreg.workflows.contents.curve_table import CurveTable
from gitreg.workflows.contents.unite_points import can_unite_points, united_points
from gitreg.workflows.recording.log_candidate import CURVES, summary_of
from gitreg.workflows.registry import Registry

Logged: TypeAlias = Candidate | LoggedModel
MOST = 1000
"""How many commits of a record's history are looked at for what a side had."""
NOTHING = ListedFolder(b"", b"", 0)
"""What a side holds that has no artifacts."""
POINTS = ("metrics", "points", "curves")
"""Fields that follow from a candidate's points."""


@dataclass(frozen=True)
class United:
    """A record whose sides' files are in one folder.

    Args:
        files: the record and what lies beside it; None for what goes.
        ids: the objects that the folder needs, its listing last.
    """

    files: Mapping[str, bytes | None]
    ids: tuple[str, ...]


@dataclass(frozen=True)
class _Side:
    commit: ObjectId
    record: Logged
    listed: ListedFolder


def is_apart(text: bytes, path: str) -> bool:
    """Whether a record says that sides gave it files which nobody united."""
    with suppress(RecordError):
        return b"conflicts" in text and bool(_claims(_record(text, path)))
    return False


def unite(
    registry: Registry, repository: Repository, path: str, text: bytes, commits: Sequence[ObjectId]
) -> United:
    """Puts the files of all sides of a record into one folder.

    Args:
        registry: whose cache and storage.
        repository: where the commits are.
        path: of the record.
        text: the record, which names its sides.
        commits: those that were joined; what they say no more is looked for in their history.

    Raises:
        VerificationError: if a side, its listing or a right one, is nowhere.
        RemoteError: if the storage cannot be reached.
        CredentialsError: if it does not let us in.
        RecordError: if what a side says of its files is malformed, or both cannot be in one folder.
    """
    record = _record(text, path)
    sides = _sides(repository, path, _claims(record), commits)
    try:
        return _united(registry, repository, path, text, sides)
    except ValueError as error:
        raise RecordError(
            f"the files that were added to {record} apart cannot be in one folder: {error}"
        ) from error


def _united(
    registry: Registry, repository: Repository, path: str, text: bytes, sides: Sequence[_Side]
) -> United:
    md5s = _md5s([stored_files(registry, side.listed) for side in sides if side.listed is not NOTHING])
    values, size = file_values(Manifest.parse(sides[0].listed.manifest)), sides[0].listed.size
    for before, side in pairwise(sides):
        base = _base(repository, path, before.commit, side.commit)
        known, theirs = (file_values(Manifest.parse(one.manifest)) for one in (base, side.listed))
        size = _size(known, (values, size), (theirs, side.listed.size), base.size)
        values = united_files(known, values, theirs)
    with tempfile.TemporaryDirectory(prefix="gitreg-") as scratch:
        made: dict[str, bytes | Path] = {}
        points = _points(registry, sides, Path(scratch)) if len(values.get(CURVES, ())) > 1 else None
        if points is not None:
            values.pop(CURVES)
            made = {CURVES: points.content() or b""}
        manifest = manifest_of(values)
        if len(manifest.content()) > MAX_BYTES:
            raise ValueError(f"a manifest has at most {MAX_BYTES} bytes")
        same = next((side.listed for side in sides if side.listed.manifest == manifest.content()), None)
        folder = _folder(registry, manifest, md5s, made, same.size if same else size)
    folded = points.folded() if points else None
    return United(_files(path, text, folder, folded), folder.ids if folder else ())


def _points(registry: Registry, sides: Sequence[_Side], scratch: Path) -> CurveTable | None:
    """The points of all sides; None where they are too many."""
    records = [side.record for side in sides if isinstance(side.record, Candidate)]
    if len(records) < len(sides) or not can_unite_points(records):
        return None
    beside = [Base(b"", side.listed.manifest or None, side.listed.pointer or None) for side in sides]
    return united_points(registry, zip(records, beside, strict=True), scratch)


def _folder(
    registry: Registry,
    manifest: Manifest,
    md5s: Mapping[str, str],
    made: Mapping[str, bytes | Path],
    size: int,
) -> StoredFolder | None:
    """The folder, its listing stored here; what nobody has is the empty file that stands for "removed"."""
    there = [one for one in manifest.entries if one.sha256 in md5s]
    contents = {**made, **{one.path: b"" for one in manifest.entries if one.sha256 not in md5s}}
    if not there and not contents:
        return None
    files = tuple(StoredFile(one.path, md5s[one.sha256], one.sha256, None) for one in there)
    return registry.cache.join(Kept(files, size), (), contents)


def _files(
    path: str, text: bytes, folder: StoredFolder | None, folded: Folded | None
) -> dict[str, bytes | None]:
    """The record and what lies beside it; entries about what is united now are gone."""
    record, stem = _record(text, path), path.removesuffix(".yaml")
    changes: dict[KeyPath, JsonValue | Delete] = {}
    for field in POINTS if folded else ():
        after = record.model_copy(update={field: {**getattr(record, field), **getattr(folded, field)}})
        changes[(field,)] = to_json(after)[field]
    leaves = [keys for keys in leaves_of(record) if keys == ARTIFACTS or (keys[0],) in changes]
    decided = changed(record, deciding(record, leaves))
    changes["extra",] = naming_files(decided.extra, file_conflicts(folder.manifest) if folder else {})
    changes[ARTIFACTS] = _told(summary_of(folder)) if folder else None
    return {
        path: edit(text, type(record), path, changes),
        f"{stem}.sha256": folder.manifest.content() if folder else None,
        f"{stem}.dvc": folder.dvc_file(record.id) if folder else None,
    }


def _told(summary: ArtifactSummary) -> JsonValue:
    return {"files": summary.files, "size": summary.size, "manifest": str(summary.manifest)}


def _md5s(folders: Sequence[StoredFolder]) -> dict[str, str]:
    """The places of files by what proves them: the same bytes are in the same place, whoever lists them."""
    found: dict[str, str] = {}
    for file in (file for folder in folders for file in folder.files):
        if found.setdefault(file.sha256, file.md5) != file.md5:
            raise VerificationError(f"{file.path} is in two places, by the listings of two sides", step=STEP)
    return found


def _size(
    known: FileValues, ours: tuple[FileValues, int], theirs: tuple[FileValues, int], before: int
) -> int:
    """Bytes of all, or a bound where both changed one file: nobody lists the size of each."""
    is_changed_twice = any(
        values not in (ours[0].get(path), theirs[0].get(path)) for path, values in known.items()
    )
    return max(ours[1] + theirs[1] - (0 if is_changed_twice else before), 0)


def _claims(record: Logged) -> tuple[str | None, ...]:
    """What sides say of their files, as it is compared when records are merged."""
    return open_conflicts(record).get(*ARTIFACTS, ())


def _sides(
    repository: Repository, path: str, claims: Sequence[str | None], commits: Sequence[ObjectId]
) -> list[_Side]:
    """Where each claim was made, and its files.

    Raises:
        VerificationError: if one is nowhere.
    """
    found: dict[str | None, _Side] = {}
    for commit in _likely(repository, path, commits):
        if set(claims) <= found.keys():
            break
        text = repository.blob_at(commit, path)
        record = _record(text, path) if text is not None else None
        if text is None or record is None or is_apart(text, path):
            continue  # its files are one side's, and made elsewhere
        claim = leaves_of(record).get(ARTIFACTS)
        listed = _listed(repository, path, commit, record) if claim in claims else None
        if listed is not None:
            found.setdefault(claim, _Side(commit, record, listed))
    missing = len(set(claims) - found.keys())
    if missing:
        raise VerificationError(
            f"the history of {path} lacks {missing} of the {len(claims)} folders that it names", step=STEP
        )
    return [found[claim] for claim in claims]


def _likely(repository: Repository, path: str, commits: Sequence[ObjectId]) -> Iterator[ObjectId]:
    yield from commits
    for commit in commits:
        yield from islice(repository.history(commit, _manifest(path), first_parent=False), MOST)


def _base(repository: Repository, path: str, ours: ObjectId, theirs: ObjectId) -> ListedFolder:
    """What both sides knew; nothing where that cannot be told: then nothing counts as removed."""
    commit = repository.merge_base(ours, theirs)
    text = repository.blob_at(commit, path) if commit and commit not in (ours, theirs) else None
    if commit is None or text is None:
        return NOTHING
    return _listed(repository, path, commit, _record(text, path)) or NOTHING


def _listed(repository: Repository, path: str, commit: ObjectId, record: Logged) -> ListedFolder | None:
    """A record's files as its commit lists them; None where that is another listing than the record names."""
    if record.artifacts is None:
        return NOTHING
    manifest = repository.blob_at(commit, _manifest(path), limit=MANIFEST_LIMIT)
    pointer = repository.blob_at(commit, f"{path.removesuffix('.yaml')}.dvc")
    if manifest is None or pointer is None or Digest.of(manifest) != record.artifacts.manifest:
        return None
    return ListedFolder(manifest, pointer, record.artifacts.size)


def _manifest(path: str) -> str:
    return f"{path.removesuffix('.yaml')}.sha256"


def _record(text: bytes, path: str) -> Logged:
    return read(text, Candidate, path) if places.candidate_of(path) else read(text, LoggedModel, path)
