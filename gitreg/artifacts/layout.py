"""Where DVC 3 keeps an object: `<root>/ab/cdef...`, named by the md5 of its bytes.

https://dvc.org/doc/user-guide/project-structure/internal-files#structure-of-the-cache-directory. A folder is an
object too, a list of its files in JSON, whose name ends in `.dir`. The same layout serves the cache
(`.dvc/cache/files/md5`), what is unpushed, and every remote (`<url>/files/md5`). An md5 is a locator here and
never proof: proof is the sha256 of the manifest.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from gitreg.artifacts.progress import Advance

DIR_SUFFIX = ".dir"
ROOT = ("files", "md5")
MODE = 0o444
"""DVC writes objects read-only, and takes those that are for checked (dvc_data LocalHashFileDB.CACHE_MODE)."""

_OBJECT_ID = re.compile(r"[0-9a-f]{32}(\.dir)?")
_PREFIX = re.compile(r"[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Stored:
    """What a place tells of an object that it has, without sending it.

    Args:
        size: its bytes; None where the place does not tell.
        md5: what the place itself took for its md5; None where it does not tell, or may mean something else.
    """

    size: int | None
    md5: str | None = None


class Objects(Protocol):
    """One place full of objects, whatever it is made of: a folder, a bucket, a server."""

    def look(self, ids: Sequence[str]) -> dict[str, Stored]:
        """The objects among `ids` that are there."""

    def sizes(self, ids: Sequence[str]) -> dict[str, int | None]:
        """The objects among `ids` that are there, with their sizes (None where the place does not tell)."""

    def put(self, files: Mapping[str, Path], progress: Advance) -> set[str]:
        """Store each file as the object that it is named by.

        Returns:
            those whose bytes are not what their name says: they were not stored, all others were.
        """

    def open_object(self, object_id: str) -> BinaryIO:
        """The object's bytes. Raises FileNotFoundError when it is not there."""


def is_object_id(text: str) -> bool:
    """Whether `text` names an object: 32 lower-case hex digits, `.dir` for a folder."""
    return _OBJECT_ID.fullmatch(text) is not None


def is_dir(object_id: str) -> bool:
    """Whether the object lists a folder."""
    return object_id.endswith(DIR_SUFFIX)


def object_path(root: str, object_id: str) -> str:
    """Where the object is below `root`; text, as ten thousand Path objects are felt.

    Raises:
        ValueError: if it is no object id, whoever wrote it: it becomes a path here.
    """
    if not is_object_id(object_id):
        raise ValueError(f"not an object of DVC: {object_id!r}")
    return f"{root}{os.sep}{object_id[:2]}{os.sep}{object_id[2:]}"


def stored_size(path: str) -> int | None:
    """The size of the object file, None when there is none; a link or a device is none."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def md5_of(path: Path) -> str:
    """The md5 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def object_ids(root: Path) -> list[str]:
    """Every object below `root`, sorted; other files there do not count."""
    found: list[str] = []
    for prefix in _names(root):
        if _PREFIX.fullmatch(prefix):
            found.extend(prefix + rest for rest in _names(root / prefix) if is_object_id(prefix + rest))
    return sorted(found)


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names only, and many
    except (FileNotFoundError, NotADirectoryError):
        return []
