"""A folder of artifacts that grows: new files beside those that a manifest lists, of which no byte is read or copied.

Knows manifests and `.dvc` files, not whose they are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gitreg.artifacts import SILENT, Kept, Progress, Source, StoredFile, StoredFolder, parse_dvc_file
from gitreg.artifacts.storage import Storage
from gitreg.artifacts.walk import listed as files_of
from gitreg.documents.merging_files import CLASHES, clashing_path
from gitreg.domain.digest import Digest
from gitreg.domain.manifest import Manifest, ManifestEntry
from gitreg.drafts.lines import RESERVED, is_removed
from gitreg.errors import NotFoundError, RecordError, RemoteError, VerificationError
from gitreg.workflows.registry import Registry
from gitreg.workflows.storage import open_storage

__all__ = ["RESERVED", "ListedFolder", "NewFiles", "add_files", "storage_for", "stored_files"]


@dataclass(frozen=True)
class ListedFolder:
    """A folder as its committed files list it.

    Args:
        manifest: the manifest's bytes.
        pointer: the `.dvc` file's.
        size: bytes of all files, by the record.
    """

    manifest: bytes
    pointer: bytes
    size: int

    @property
    def digest(self) -> Digest:
        """What names it."""
        return Digest.of(self.manifest)


@dataclass(frozen=True)
class NewFiles:
    """What changes in a folder.

    Args:
        sources: files and folders that come, each under its name.
        contents: files that gitreg itself adds.
        removed: files and folders that go, before the others come; an empty name is everything but what gitreg added.
        stored: files that come, and are stored already; one of `sources` takes the place of one of its name.
    """

    sources: Sequence[Source] = ()
    contents: Mapping[str, bytes | Path] = field(default_factory=dict)
    removed: Sequence[str] = ()
    stored: Kept = Kept()  # noqa: RUF009 - frozen


def add_files(
    registry: Registry, listed: ListedFolder | None, new: NewFiles, *, progress: Progress = SILENT
) -> StoredFolder | None:
    """The folder with the changes made, its new files and its listing stored here; None when nothing is left.

    Args:
        registry: whose cache and storage.
        listed: the folder as it was; None where there was none.
        new: what comes and goes.
        progress: what is shown while files are stored.

    Raises:
        NotFoundError: if a source is not there.
        UsageError: for what cannot be stored, or a file where a folder is.
        VerificationError: if the listing of the folder as it was is nowhere, or not what was recorded.
    """
    kept = Kept() if listed is None else _kept(registry, listed, new)
    kept = kept.without({file.path for file in new.stored.files}).joined(new.stored)
    if not kept.files and not new.sources and not new.contents:
        return None
    return registry.cache.join(kept, new.sources, new.contents, progress=progress)


def stored_files(registry: Registry, listed: ListedFolder) -> StoredFolder:
    """The folder with the places of its files, by the object that lists it; sizes are not looked up.

    Raises:
        RecordError: if manifest or pointer is malformed.
        VerificationError: if the listing is nowhere, or not what was recorded.
    """
    try:
        manifest, md5 = Manifest.parse(listed.manifest), parse_dvc_file(listed.pointer).md5
    except ValueError as error:
        raise RecordError(f"these artifacts are not listed as they should be: {error}") from error
    storage = storage_for(registry, [md5])
    folder = registry.cache.folder(md5, manifest, storage, sizes=False)
    if storage is not None:
        _learn_listing(registry, folder)
    return folder


def _learn_listing(registry: Registry, folder: StoredFolder) -> None:
    """Keeps a listing that came from the storage here: whoever looks at curves asks for it again and again."""
    with tempfile.TemporaryDirectory(prefix="gitreg-") as made:
        path = Path(made, "listing")
        path.write_bytes(folder.listing)
        registry.cache.learn(folder.dir_md5, path)


def storage_for(registry: Registry, ids: Sequence[str]) -> Storage | None:
    """The storage, where this machine lacks one of some objects; None where it need not be asked, or there is none."""
    if all(registry.cache.places(one) for one in ids):
        return None
    try:
        return open_storage(registry)
    except NotFoundError:
        return None


def _kept(registry: Registry, listed: ListedFolder, new: NewFiles) -> Kept:
    folder = stored_files(registry, listed)
    coming = {file.name for file in files_of(new.sources)} | {file.path for file in new.stored.files}
    clashes = {
        file.path: clashing_path(ManifestEntry(file.path, file.sha256))
        for file in folder.files
        if file.path.startswith(CLASHES)
    }

    def stays(name: str) -> bool:
        path = clashes.get(name) or name  # whoever logs or removes the path has decided
        is_new = path in coming or name in new.contents
        return not is_new and not any(is_removed(path, one) for one in new.removed)

    going = [file for file in folder.files if not stays(file.path)]
    known = _sized(registry, going) if going else {}
    files = tuple(replace(file, size=known.get(file.md5)) for file in folder.files)
    return Kept(files, listed.size).where(stays)


def _sized(registry: Registry, files: Sequence[StoredFile]) -> dict[str, int | None]:
    md5s = [file.md5 for file in files]
    try:
        return registry.cache.sizes(md5s, storage_for(registry, md5s))
    except (VerificationError, RemoteError):
        return {}
