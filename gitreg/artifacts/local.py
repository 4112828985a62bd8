"""A storage that is a folder of this machine: DVC's layout, written without DVC, which takes 130 ms to import."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from gitreg.artifacts.cache import open_object_file
from gitreg.artifacts.durable import flush
from gitreg.artifacts.layout import MODE, ROOT, object_path, stored_size
from gitreg.artifacts.progress import Advance
from gitreg.errors import RemoteError


class LocalObjects:
    """The objects below `<root>/files/md5`."""

    def __init__(self, root: str) -> None:
        self._root = str(Path(root, *ROOT))

    def sizes(self, ids: Sequence[str]) -> dict[str, int | None]:
        """The objects among `ids` that are there, with their sizes."""
        found = {object_id: stored_size(object_path(self._root, object_id)) for object_id in ids}
        return {object_id: size for object_id, size in found.items() if size is not None}

    def put(self, files: Mapping[str, Path], progress: Advance) -> None:
        """Copy each file in: complete before it has its name, on the disk before this returns.

        Raises:
            RemoteError: if the disk does not take it; what was to be sent is still where it was.
        """
        try:
            self._put(files, progress)
        except OSError as error:
            raise RemoteError(
                f"the storage {self._root} cannot be written to: {error.strerror}", hint="gitreg storage show"
            ) from error

    def _put(self, files: Mapping[str, Path], progress: Advance) -> None:
        written: list[str] = []
        for object_id, source in files.items():
            place = Path(object_path(self._root, object_id))
            place.parent.mkdir(parents=True, exist_ok=True)
            _copy(source, place)
            progress.advance(place.stat().st_size)
            written.append(os.fspath(place))
        flush(written)

    def open_object(self, object_id: str) -> BinaryIO:
        """The object's bytes."""
        return open_object_file(object_path(self._root, object_id))


def _copy(source: Path, place: Path) -> None:
    descriptor, name = tempfile.mkstemp(prefix="tmp-", dir=place.parent)
    os.close(descriptor)
    temporary = Path(name)
    try:
        shutil.copyfile(source, temporary)
        temporary.chmod(MODE)
        temporary.replace(place)
    finally:
        temporary.unlink(missing_ok=True)
