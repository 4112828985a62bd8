"""Files of one state of a registry: of a commit, of a folder on disk, or none at all. Knows nothing of rules."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from gitreg.errors import RecordError
from gitreg.gitrepo import ObjectId
from gitreg.store import RECORD_LIMIT, Snapshot

Kind = Literal["file", "folder", "link", "submodule", "special"]
DELIVERED = re.compile(
    r"models/[^/]+/versions/[^/]+/artifacts|experiments/[^/]+/(?:candidates|models)/[^/]+/[^/]+"
)
"""Where `dvc pull` puts what the records name: ignored by Git, and no records."""
LINK, SUBMODULE = 0o120000, 0o160000


class Files(Protocol):
    """Files by path, `/` between parts."""

    def content(self, path: str, *, limit: int = RECORD_LIMIT) -> bytes | None:
        """A regular file's content; None where there is nothing.

        Raises:
            RecordError: if something else is there, or it is larger than `limit`.
        """

    def kind(self, path: str) -> Kind | None:
        """What is at a path; None where there is nothing."""

    def names(self, folder: str) -> list[str]:
        """What a folder holds, sorted; '' is the top."""

    def paths(self, folder: str) -> Iterator[str]:
        """Everything below a folder that is no folder."""

    def listed(self, folder: str) -> Iterator[Listed]:
        """The same as paths, with what is known of each by the way; a folder's files come together."""


class Listed(NamedTuple):
    """A path, and what a listing says of it: what is there, and the blob where it is a file of a commit."""

    path: str
    kind: Kind | None
    blob: ObjectId | None = None


class NoFiles:
    """Nothing: what was accepted before the first commit."""

    def content(self, path: str, *, limit: int = RECORD_LIMIT) -> bytes | None:  # noqa: ARG002 - nothing is anywhere
        """Nothing."""
        return None

    def kind(self, path: str) -> Kind | None:  # noqa: ARG002
        """Nothing."""
        return None

    def names(self, folder: str) -> list[str]:  # noqa: ARG002
        """Nothing."""
        return []

    def paths(self, folder: str) -> Iterator[str]:  # noqa: ARG002
        """Nothing."""
        yield from ()

    def listed(self, folder: str) -> Iterator[Listed]:  # noqa: ARG002
        """Nothing."""
        yield from ()


@dataclass(frozen=True)
class HeldFiles:
    """Files that are written nowhere yet, by path."""

    held: Mapping[str, bytes]

    def content(self, path: str, *, limit: int = RECORD_LIMIT) -> bytes | None:  # noqa: ARG002 - they are ours
        """A file."""
        return self.held.get(path)

    def kind(self, path: str) -> Kind | None:
        """A file, or a folder that has some."""
        return "file" if path in self.held else "folder" if self.names(path) else None

    def names(self, folder: str) -> list[str]:
        """What lies right below a folder."""
        start = f"{folder}/" if folder else ""
        return sorted({path[len(start) :].split("/")[0] for path in self.held if path.startswith(start)})

    def paths(self, folder: str) -> Iterator[str]:
        """Every file below a folder."""
        start = f"{folder}/" if folder else ""
        yield from (path for path in sorted(self.held) if path.startswith(start))

    def listed(self, folder: str) -> Iterator[Listed]:
        """Every file below a folder."""
        yield from (Listed(path, "file") for path in self.paths(folder))


@dataclass(frozen=True)
class CommitFiles:
    """The files of a commit."""

    snapshot: Snapshot

    def content(self, path: str, *, limit: int = RECORD_LIMIT) -> bytes | None:
        """A blob."""
        return self.snapshot.file(path, limit=limit)

    def kind(self, path: str) -> Kind | None:
        """By the tree entry's mode (git-ls-tree(1))."""
        tree = self.snapshot.tree
        entry = self.snapshot.repository.entry(tree, path) if tree else None
        if entry is None:
            return None
        other: dict[int, Kind] = {LINK: "link", SUBMODULE: "submodule"}
        return "file" if entry.is_file else "folder" if entry.is_folder else other.get(entry.mode, "special")

    def names(self, folder: str) -> list[str]:
        """A tree's entries."""
        if folder:
            return self.snapshot.names(folder)
        return sorted(self.snapshot.repository.tree(self.snapshot.tree)) if self.snapshot.tree else []

    def paths(self, folder: str) -> Iterator[str]:
        """Every entry below a tree."""
        yield from self.snapshot.paths(folder)

    def listed(self, folder: str) -> Iterator[Listed]:
        """As Git streams it, however much there is."""
        if self.snapshot.commit is None:
            return
        for path, blob in self.snapshot.repository.changed_blobs(None, self.snapshot.commit, folder):
            yield Listed(path, "file", blob) if blob else Listed(path, self.kind(path))


@dataclass(frozen=True)
class FolderFiles:
    """The files below a folder on disk. No link is followed below it."""

    root: Path

    def content(self, path: str, *, limit: int = RECORD_LIMIT) -> bytes | None:
        """A regular file, opened so that a link or a pipe cannot stand for it."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(self.root / path, flags)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise RecordError(f"it cannot be read: {error.strerror}", place=f"{path}:1:1") from error
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise RecordError("no regular file", place=f"{path}:1:1")
            content = file.read(limit + 1)
        if len(content) > limit:
            raise RecordError(
                f"the file has {status.st_size:,} bytes; a record has at most {limit:,}", place=f"{path}:1:1"
            )
        return content

    def kind(self, path: str) -> Kind | None:
        """By lstat."""
        try:
            mode = (self.root / path).lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return None
        if stat.S_ISLNK(mode):
            return "link"
        return "folder" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "special"

    def names(self, folder: str) -> list[str]:
        """A folder's entries but Git's own."""
        try:
            return sorted(name for name in os.listdir(self.root / folder) if name != ".git")  # noqa: PTH208 - names only
        except (FileNotFoundError, NotADirectoryError):
            return []

    def paths(self, folder: str) -> Iterator[str]:
        """Everything below, but what `dvc pull` brought."""
        yield from (one.path for one in self.listed(folder))

    def listed(self, folder: str) -> Iterator[Listed]:
        """The same; folders say what is in them without a question for each."""
        try:
            with os.scandir(self.root / folder) as found:
                entries = sorted((one.name, one) for one in found if one.name != ".git")
        except (FileNotFoundError, NotADirectoryError):
            return
        for name, entry in entries:
            path = f"{folder}/{name}" if folder else name
            kind = _kind(entry)
            if kind != "folder":
                yield Listed(path, kind)
            elif not DELIVERED.fullmatch(path):
                yield from self.listed(path)


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_symlink():
        return "link"
    is_folder = entry.is_dir(follow_symlinks=False)
    return "folder" if is_folder else "file" if entry.is_file(follow_symlinks=False) else "special"
