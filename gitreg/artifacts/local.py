"""A storage that is a folder of this machine: DVC's layout, written without DVC, which takes 130 ms to import."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from gitreg.artifacts.cache import open_object_file
from gitreg.artifacts.durable import flush
from gitreg.artifacts.layout import MODE, ROOT, Stored, object_path, stored_size
from gitreg.artifacts.progress import Advance
from gitreg.disk import claimed_folder, sweep
from gitreg.errors import CredentialsError, RemoteError

CHUNK = 1024 * 1024
TEMPORARY = "tmp-"
"""Beside `md5`: neither DVC nor gitreg takes what is there for an object; what a dead writer left is swept."""


class LocalObjects:
    """The objects below `<root>/files/md5`."""

    def __init__(self, root: str) -> None:
        self._root = str(Path(root, *ROOT))

    def sizes(self, ids: Sequence[str]) -> dict[str, int | None]:
        """The objects among `ids` that are there, with their sizes.

        Raises:
            CredentialsError: if the folder may not be read.
            RemoteError: if its disk fails.
        """
        try:
            found = {object_id: stored_size(object_path(self._root, object_id)) for object_id in ids}
        except OSError as error:
            raise self._fault(error, "read") from error
        return {object_id: size for object_id, size in found.items() if size is not None}

    def look(self, ids: Sequence[str]) -> dict[str, Stored]:
        """The objects among `ids` that are there; what was hashed on its way in is not read again."""
        return {object_id: Stored(size) for object_id, size in self.sizes(ids).items()}

    def put(self, files: Mapping[str, Path], progress: Advance) -> set[str]:
        """Copy each file in: complete and hashed before it has its name, on the disk before this returns.

        Raises:
            CredentialsError: if the folder may not be written to.
            RemoteError: if its disk does not take it; what was to be sent is still where it was.
            FileNotFoundError: if that is gone: another push was faster, and let go of it.
        """
        try:
            return self._put(files, progress)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and not all(map(os.path.lexists, files.values())):
                raise
            raise self._fault(error, "written to") from error

    def _put(self, files: Mapping[str, Path], progress: Advance) -> set[str]:
        beside = Path(self._root).parent
        beside.mkdir(parents=True, exist_ok=True)
        sweep(beside, TEMPORARY)
        refused: set[str] = set()
        written: list[str] = []
        with claimed_folder(beside, TEMPORARY) as folder:
            for object_id, source in files.items():
                place = object_path(self._root, object_id)
                size = source.lstat().st_size
                if stored_size(place) == size:
                    written.append(place)  # somebody sent it meanwhile
                elif _copy(source, folder / "object", place) == object_id[:32]:
                    written.append(place)
                else:
                    refused.add(object_id)
                progress.advance(size)
        flush(written)
        return refused

    def open_object(self, object_id: str) -> BinaryIO:
        """The object's bytes.

        Raises:
            FileNotFoundError: if it is not there, or no regular file.
            CredentialsError: if it may not be read.
            RemoteError: if its disk fails.
        """
        try:
            return open_object_file(object_path(self._root, object_id))
        except FileNotFoundError:
            raise
        except OSError as error:
            raise self._fault(error, "read") from error

    def _fault(self, error: OSError, what: str) -> RemoteError | CredentialsError:
        words = f"the storage {self._root} cannot be {what}: {error.strerror}"
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            return CredentialsError(words, hint="Ask for permission there; nothing is lost here.")
        return RemoteError(words, hint="gitreg storage show")


def _copy(source: Path, temporary: Path, place: str) -> str:
    """Copy a file in, and return its md5; under its name only if that is its name."""
    md5 = hashlib.md5(usedforsecurity=False)
    try:
        with source.open("rb") as reading, temporary.open("wb") as writing:
            while chunk := reading.read(CHUNK):
                md5.update(chunk)
                writing.write(chunk)
        found = md5.hexdigest()
        folder, _, name = place.rpartition(os.sep)
        if found == folder.rpartition(os.sep)[2] + name[:30]:
            Path(folder).mkdir(exist_ok=True, parents=True)
            temporary.chmod(MODE)
            temporary.replace(place)
    finally:
        temporary.unlink(missing_ok=True)
    return found
