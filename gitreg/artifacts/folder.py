"""Stored folders: which files, under which names, and the object in which DVC lists them.

Pure values: bytes are neither read nor written here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from gitreg.artifacts.dvcfile import DvcOut
from gitreg.artifacts.layout import DIR_SUFFIX, is_dir, is_object_id
from gitreg.domain.manifest import Manifest, ManifestEntry

RESERVED = ".gitreg/"
"""What gitreg itself adds to a candidate: never part of a model."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file: its path in the folder, the md5 that finds it, the sha256 that proves it.

    `size` is None where only a listing of DVC's was read: that holds no sizes.
    """

    path: str
    md5: str
    sha256: str
    size: int | None


@dataclass(frozen=True)
class StoredFolder:
    """Files that belong together, sorted by path, and the id of the object that lists them for DVC.

    `total` is how many bytes they have together, where that is known and not of each file.
    """

    files: tuple[StoredFile, ...]
    dir_md5: str
    total: int | None = None

    @classmethod
    def of(cls, files: Iterable[StoredFile], total: int | None = None) -> Self:
        """The folder of `files`, in DVC's order."""
        ordered = tuple(sorted(files, key=lambda file: file.path))
        listing = dir_object({file.path: file.md5 for file in ordered})
        return cls(ordered, hashlib.md5(listing, usedforsecurity=False).hexdigest() + DIR_SUFFIX, total)

    @cached_property
    def manifest(self) -> Manifest:
        """The paths with their sha256: what is signed.

        Raises:
            ValueError: for a path that is not allowed, or twins.
        """
        return Manifest.of(ManifestEntry(file.path, file.sha256) for file in self.files)

    @property
    def size(self) -> int:
        """Bytes of all files.

        Raises:
            ValueError: if the sizes were not asked for when the folder was read from a listing.
        """
        if self.total is not None:
            return self.total
        sizes = [file.size for file in self.files if file.size is not None]
        if len(sizes) < len(self.files):
            raise ValueError("the sizes of these files were not looked up")
        return sum(sizes)

    def with_sizes(self, sizes: Mapping[str, int | None]) -> StoredFolder:
        """The same files, with the sizes that a place tells of their objects."""
        files = tuple(replace(file, size=sizes.get(file.md5)) for file in self.files)
        return StoredFolder(files, self.dir_md5)

    def expected(self, file: StoredFile, total: int | None) -> int | None:
        """How many bytes `file` had when it was recorded, as far as that can be told.

        A listing holds no sizes, so those of `files` are what some place has now; the record holds their sum.

        Args:
            file: one of `files`.
            total: the recorded sum; without it, `file.size` is what was recorded.
        """
        sizes = [one.size for one in self.files if one.size is not None]
        if total is None or file.size is None or len(sizes) < len(self.files):
            return file.size if total is None else None
        same = sum(1 for one in self.files if one.md5 == file.md5)
        left = total - (sum(sizes) - same * file.size)
        return left // same if left >= 0 and left % same == 0 else None

    @property
    def listing(self) -> bytes:
        """The bytes of the `.dir` object."""
        return dir_object({file.path: file.md5 for file in self.files})

    @property
    def ids(self) -> tuple[str, ...]:
        """The objects that this folder needs, each once, the listing last."""
        return (*dict.fromkeys(file.md5 for file in self.files), self.dir_md5)

    def dvc_file(self, out: str) -> bytes:
        """The text of a `.dvc` file that brings this folder to `out`, for plain `dvc pull`."""
        return DvcOut(self.dir_md5, self.size, len(self.files), out).text()

    def part(self, path: str | None) -> StoredFolder:
        """What is below `path`, under names relative to it; a file by its base name; None is the whole model."""
        if path is None:
            return StoredFolder.of(file for file in self.files if not file.path.startswith(RESERVED))
        wanted = path.rstrip("/")
        return StoredFolder.of(
            StoredFile(name, file.md5, file.sha256, file.size)
            for file in self.files
            if (name := _below(file.path, wanted)) is not None
        )


def _below(path: str, wanted: str) -> str | None:
    if path == wanted:
        return path.rpartition("/")[2]
    return path.removeprefix(wanted + "/") if path.startswith(wanted + "/") else None


def dir_object(md5s: dict[str, str]) -> bytes:
    """The bytes that DVC's `Tree.as_bytes` writes for these files (dvc_data/hashfile/tree.py)."""
    entries = [{"md5": md5s[path], "relpath": path} for path in sorted(md5s)]
    return json.dumps(entries, sort_keys=True).encode("utf-8")


def dir_object_limit(paths: Iterable[str]) -> int:
    """How many bytes the listing of these paths has at most: JSON writes a character in up to 12."""
    return 2 + sum(64 + 12 * len(path) for path in paths)


def parse_dir_object(content: bytes) -> dict[str, str]:
    """The md5 of each path in a `.dir` object.

    Raises:
        ValueError: if these are not exactly the bytes that DVC writes for some folder.
    """
    try:
        entries = json.loads(content)
        md5s = {str(entry["relpath"]): str(entry["md5"]) for entry in entries}
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ValueError("not a listing as DVC writes it") from None
    if not all(is_object_id(md5) and not is_dir(md5) for md5 in md5s.values()):
        raise ValueError("it names something that is no md5")
    if dir_object(md5s) != content:  # a name twice, other keys, other spelling: nothing that DVC wrote
        raise ValueError("not exactly a listing as DVC writes it")
    return md5s
