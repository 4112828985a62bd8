"""Files that are stored already, and stay beside new ones when a folder grows. Pure values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from gitreg.artifacts.folder import StoredFile, StoredFolder


@dataclass(frozen=True)
class Kept:
    """Stored files, and how many bytes they have together; None where that is the sum of theirs.

    The size may be too large, where a file went whose own size nobody tells: it is a bound for those who fetch.
    """

    files: tuple[StoredFile, ...] = ()
    total: int | None = None

    @classmethod
    def of(cls, folder: StoredFolder, total: int | None = None) -> Kept:
        """All files of a folder, which together have so many bytes."""
        return cls(folder.files, folder.total if total is None else total)

    def joined(self, more: Kept) -> Kept:
        """These and others, of other names."""
        if not more.files:
            return self
        total = None if self.size is None or more.size is None else self.size + more.size
        return Kept((*self.files, *more.files), total)

    @property
    def size(self) -> int | None:
        """Their bytes; None where nobody knows."""
        if self.total is not None:
            return self.total
        sizes = [file.size for file in self.files if file.size is not None]
        return sum(sizes) if len(sizes) == len(self.files) else None

    def total_with(self, more: Iterable[StoredFile]) -> int | None:
        """The bytes of these and of new files; None where that is the sum of the sizes of each, or nobody knows it."""
        if self.total is None or all(file.size is not None for file in self.files):
            return None
        return self.total + sum(file.size or 0 for file in more)

    def without(self, names: Collection[str]) -> Kept:
        """Those of other names."""
        return self.where(lambda name: name not in names)

    def where(self, stays: Callable[[str], bool]) -> Kept:
        """Those whose names are to stay."""
        gone = [file for file in self.files if not stays(file.path)]
        if not gone:
            return self
        files = tuple(file for file in self.files if stays(file.path))
        total = None if self.total is None else max(self.total - sum(file.size or 0 for file in gone), 0)
        return replace(self, files=files, total=total if files else 0)
