"""Content on this machine: what no storage has yet, and DVC's own cache.

`unpushed` lies in the Git directory, where neither `git clean -ffdx` nor `dvc gc` reaches; the cache holds a hard link to
the same bytes, so plain DVC finds them at no cost. Knows nothing of candidates.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from gitreg.artifacts.folder import StoredFile, StoredFolder, dir_object_limit, parse_dir_object
from gitreg.artifacts.kept import Kept
from gitreg.artifacts.layout import DIR_SUFFIX, Objects, md5_of, object_ids, object_path, stored_size
from gitreg.artifacts.progress import SILENT, Progress
from gitreg.artifacts.walk import Listed, Opener, Source, check_names, listed
from gitreg.artifacts.writer import TEMPORARY, Writer, copy_over
from gitreg.disk import sweep
from gitreg.domain.manifest import Manifest
from gitreg.errors import NotFoundError, VerificationError

_NO_FILE = {errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.ENOTDIR}
"""What open(2) says of a link, a socket, a device without a driver, and of a path below a file."""
STEP = "content"
"""The verification step whose faults are found here, as in docs/verification.md."""


class Cache:
    """The local content of a registry.

    Args:
        cache: DVC's cache, `.../.dvc/cache/files/md5`; None where there is no work tree.
        unpushed: what no storage has yet, `.../gitreg/unpushed/files/md5`.
        synced: whether what is stored is on the disk before it is acknowledged.
    """

    def __init__(self, cache: Path | None, unpushed: Path, *, synced: bool = False) -> None:
        self.cache = cache
        self.unpushed = unpushed
        self._synced = synced

    def add(
        self,
        sources: Sequence[Source],
        contents: Mapping[str, bytes | Path] | None = None,
        *,
        progress: Progress = SILENT,
    ) -> StoredFolder:
        """Take files, folders and gitreg's own `contents` (bytes, or a file that holds them) in; each is read once.

        Raises:
            NotFoundError: if a source is not there.
            UsageError: for what cannot be stored, naming it; then nothing was read.
        """
        return self.join(Kept(), sources, contents, progress=progress)

    def join(
        self,
        kept: Kept,
        sources: Sequence[Source],
        contents: Mapping[str, bytes | Path] | None = None,
        *,
        progress: Progress = SILENT,
    ) -> StoredFolder:
        """Takes files in as `add` does, beside files that are stored already, of which no byte is read or copied.

        Args:
            kept: what is stored already; a new file takes the place of one of its name.
            sources: files and folders.
            contents: gitreg's own files.
            progress: told of the bytes.

        Raises:
            as `add`.
        """
        made, files = contents or {}, listed(sources)
        new = {*made, *(file.name for file in files)}
        left = kept.without(new)
        check_names(files, [*made, *(file.path for file in left.files)])
        files += listed([Source(path, name) for name, path in made.items() if isinstance(path, Path)])
        progress.start(sum(file.size for file in files), "Storing")
        try:
            with Writer(self.unpushed, self.cache, synced=self._synced) as writer:
                stored = [*_written(writer, files, progress), *_made(writer, made)]
                folder = StoredFolder.of([*left.files, *stored], left.total_with(stored))
                writer.listing(folder.listing)
        finally:
            progress.done()
        return folder

    def part(self, folder: StoredFolder, path: str | None) -> StoredFolder:
        """The part of `folder` that is promoted: below `path`, or everything but what gitreg added.

        Only the object that lists it is new.

        Raises:
            NotFoundError: if there is nothing.
        """
        part = folder.part(path)
        if not part.files:
            raise NotFoundError(f"there is no artifact '{path}'" if path else "there are no artifacts")
        with Writer(self.unpushed, self.cache, synced=self._synced) as writer:
            writer.listing(part.listing)
        return part

    def folder(
        self, dir_md5: str, manifest: Manifest, storage: Objects | None, *, sizes: bool = True
    ) -> StoredFolder:
        """The folder that a manifest describes, with the locators of the `.dir` object.

        The object is a hint from wherever it is found; paths and sha256 come from the manifest only.

        Args:
            dir_md5: the object's id, from a `.dvc` file.
            manifest: what was recorded.
            storage: where to look for what is not here.
            sizes: look the files' sizes up; in storage that is a request for each file that is not here.

        Raises:
            VerificationError: if no place has the object, or none has a right one.
        """
        reason = "is missing"
        for content in self._listings(dir_md5, manifest, storage):
            try:
                md5s = _locators(dir_md5, content, manifest)
            except ValueError as error:
                reason = f"is refused: {error}"
                continue
            known = self._sizes(list(md5s.values()), storage) if sizes else {}
            return StoredFolder(
                tuple(
                    StoredFile(entry.path, md5s[entry.path], entry.sha256, known.get(md5s[entry.path]))
                    for entry in manifest.entries
                ),
                dir_md5,
            )
        raise VerificationError(f"the listing {dir_md5} of the artifact's files {reason}", step=STEP)

    def sizes(self, md5s: Iterable[str], storage: Objects | None) -> dict[str, int | None]:
        """Sizes of objects, by what this machine or the storage tells."""
        return self._sizes(list(md5s), storage)

    def unpushed_objects(self) -> list[str]:
        """The objects that no storage is known to have."""
        return object_ids(self.unpushed)

    def has_unpushed(self, ids: Iterable[str] | None = None) -> bool:
        """Whether any of `ids` (or anything) is still only here."""
        if ids is None:
            return bool(self.unpushed_objects())
        return any(stored_size(object_path(os.fspath(self.unpushed), wanted)) is not None for wanted in ids)

    def places(self, object_id: str) -> list[Path]:
        """Where the object is on this machine, best first."""
        roots = [self.unpushed] if self.cache is None else [self.unpushed, self.cache]
        found = [object_path(os.fspath(root), object_id) for root in roots]
        return [Path(path) for path in found if stored_size(path) is not None]

    def learn(self, object_id: str, path: Path) -> None:
        """Keep a file that came from a storage in DVC's cache, if it is what it is called; never with an error."""
        if self.cache is None or md5_of(path) != object_id.removesuffix(DIR_SUFFIX):
            return
        with suppress(OSError):
            copy_over(os.fspath(path), object_path(os.fspath(self.cache), object_id))

    def sweep(self) -> None:
        """Remove what dead processes left half-written."""
        for root in filter(None, (self.unpushed, self.cache)):
            sweep(root.parent, TEMPORARY)

    def forget(self, object_id: str) -> None:
        """Let go of an object that a storage has; DVC's cache keeps its own link."""
        with suppress(FileNotFoundError):
            Path(object_path(os.fspath(self.unpushed), object_id)).unlink()

    def _listings(self, dir_md5: str, manifest: Manifest, storage: Objects | None) -> Iterator[bytes]:
        limit = dir_object_limit(entry.path for entry in manifest.entries)
        for path in self.places(dir_md5):
            with open_object_file(path) as stream:
                yield stream.read(limit + 1)
        if storage is not None:
            with suppress(FileNotFoundError), storage.open_object(dir_md5) as stream:
                yield stream.read(limit + 1)

    def _sizes(self, md5s: list[str], storage: Objects | None) -> dict[str, int | None]:
        known: dict[str, int | None] = {}
        for md5 in md5s:
            here = self.places(md5)
            if here:
                known[md5] = here[0].lstat().st_size
        missing = [md5 for md5 in dict.fromkeys(md5s) if md5 not in known]
        return known | (storage.sizes(missing) if storage is not None and missing else {})


def _written(writer: Writer, files: Iterable[Listed], progress: Progress) -> Iterator[StoredFile]:
    with Opener() as opener:
        for file in files:
            with opener.open(file) as source:
                written = writer.file(source, progress)
            yield StoredFile(file.name, written.md5, written.sha256, written.size)


def _made(writer: Writer, made: Mapping[str, bytes | Path]) -> Iterator[StoredFile]:
    for name, data in made.items():
        if not isinstance(data, Path):  # that was read as a file
            written = writer.content(data)
            yield StoredFile(name, written.md5, written.sha256, written.size)


def _locators(dir_md5: str, content: bytes, manifest: Manifest) -> dict[str, str]:
    if hashlib.md5(content, usedforsecurity=False).hexdigest() + DIR_SUFFIX != dir_md5:
        raise ValueError("its bytes are not what its name says")
    md5s = parse_dir_object(content)
    paths = {entry.path for entry in manifest.entries}
    for name, what in ((paths - md5s.keys(), "missing in it"), (md5s.keys() - paths, "extra in it")):
        if name:
            raise ValueError(f"{min(name)!r} is {what}, by the manifest")
    return md5s


def open_object_file(path: Path | str) -> BinaryIO:
    """An object on a disk that others may write to: a regular file, not through a link.

    Raises:
        FileNotFoundError: if it is none.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in _NO_FILE:
            raise FileNotFoundError(path) from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(path)
    return os.fdopen(descriptor, "rb")
