"""The files of a version against the current one's: by their recorded sha256; sizes and formats of the first few.

Looking costs little whatever the model is: of a file that is not small nothing is read, and nothing is ever loaded or run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gitreg.artifacts import StoredFile, StoredFolder, parse_dvc_file
from gitreg.artifacts.storage import Storage
from gitreg.documents import layout
from gitreg.domain.digest import Digest
from gitreg.domain.manifest import Manifest, ManifestEntry
from gitreg.domain.model import ModelVersion
from gitreg.errors import GitregError, RecordError
from gitreg.store import MANIFEST_LIMIT, Snapshot
from gitreg.workflows.registry import Registry
from gitreg.workflows.report.values import FileRow, Files, FileState
from gitreg.workflows.storage import open_storage
from gitreg.workflows.versions.look_at_files import Content, look_at_files

LOOKED = 50
"""Of so many files, those that differ first, sizes and formats are looked up."""
SMALL = 32 * 1024 * 1024
"""Bytes of a file above which its format is not looked at."""
READ = 64 * 1024 * 1024
"""Bytes that are read at most for all formats together: a CI job brings each of them from the storage."""
_ORDER: tuple[FileState, ...] = ("changed", "new", "removed", "same")


@dataclass(frozen=True)
class Version:
    """A version and the records around it."""

    record: ModelVersion
    files: Snapshot


def list_files(version: Version, current: Version | None) -> Files:
    """Every file by what became of it.

    Raises:
        RecordError: if a manifest is missing, malformed, or not the one that its record names.
    """
    now = _manifest(version)
    before = _manifest(current) if current else {}
    rows = [FileRow(path, _state(sha256, before.get(path), current), sha256) for path, sha256 in now.items()]
    rows += [FileRow(path, "removed", sha256) for path, sha256 in before.items() if path not in now]
    rows.sort(key=lambda row: (_ORDER.index(row.state), row.path))
    old = _size(current) if current else None
    return Files(tuple(rows), len(now), _size(version), old)


def looked_at(registry: Registry, version: Version, files: Files) -> tuple[Files, str | None]:
    """The same files, the first of them with sizes and formats; and why not, where they could not be looked at."""
    if version.record.artifacts is None:
        return files, None
    try:
        return _looked_at(registry, version, files), None
    except (GitregError, ValueError) as error:  # a .dvc file that is none is a ValueError
        return files, f"sizes and formats of files could not be looked at: {error}"


def _looked_at(registry: Registry, version: Version, files: Files) -> Files:
    slug, number = version.record.model, version.record.version
    dvc = version.files.file(layout.version_dvc_path(slug, number)) or b""
    there = sorted(ManifestEntry(row.path, row.sha256) for row in files.rows if row.state != "removed")
    manifest = Manifest(tuple(there))  # parsed already
    storage = open_storage(registry)
    folder = registry.cache.folder(parse_dvc_file(dvc).md5, manifest, storage, sizes=False)
    wanted = {row.path for row in [row for row in files.rows if row.state != "removed"][:LOOKED]}
    chosen = [file for file in folder.files if file.path in wanted]
    sizes = _sizes(registry, chosen, storage)
    formats = _formats(registry, chosen, storage, sizes)
    rows = tuple(
        replace(row, size=sizes.get(row.path), formats=formats.get(row.path, ()))
        if row.path in wanted and row.state != "removed"
        else row
        for row in files.rows
    )
    return replace(files, rows=rows)


def _sizes(registry: Registry, chosen: list[StoredFile], storage: Storage) -> dict[str, int]:
    """Of those files that some place has; what it says of a size is believed for showing, and for no more."""
    here = {
        file.md5: found[0].lstat().st_size for file in chosen if (found := registry.cache.places(file.md5))
    }
    there = storage.sizes([file.md5 for file in chosen if file.md5 not in here])
    known: Mapping[str, int | None] = {**there, **here}
    return {file.path: size for file in chosen if (size := known.get(file.md5)) is not None}


def _formats(
    registry: Registry, chosen: list[StoredFile], storage: Storage, sizes: Mapping[str, int]
) -> dict[str, tuple[str, ...]]:
    small: list[StoredFile] = []
    left = READ
    for file in chosen:
        size = sizes.get(file.path, SMALL + 1)
        if size <= min(SMALL, left):
            small.append(file)
            left -= size
    content = Content(StoredFolder.of(small), registry.cache, storage, SMALL)
    return {one.path: tuple(sorted(one.formats)) for one in look_at_files(content, ())}


def _size(version: Version) -> int:
    return version.record.artifacts.size if version.record.artifacts else 0


def _manifest(version: Version) -> dict[str, str]:
    record = version.record
    path = layout.version_manifest_path(record.model, record.version)
    listing = version.files.file(path, limit=MANIFEST_LIMIT) or b""
    if record.artifacts is None:
        return {}
    if Digest.of(listing) != record.artifacts.manifest:
        raise RecordError(f"it is not the manifest that {record} names", place=path)
    try:
        return {entry.path: entry.sha256 for entry in Manifest.parse(listing).entries}
    except ValueError as error:
        raise RecordError(str(error), place=path) from error


def _state(sha256: str, before: str | None, current: Version | None) -> FileState:
    if before is None:
        return "new"
    return "same" if current is not None and before == sha256 else "changed"
