"""Reading what a user logs: regular files only, by names that may be stored, without a race.

A folder is listed first, so that no byte is read before every name is allowed. Then each file is opened below the
folder's descriptor, part by part, never through a link: what was listed cannot be swapped for something else.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitreg.artifacts.folder import RESERVED
from gitreg.domain.words import artifact_path, folded
from gitreg.errors import NotFoundError, UsageError

MAX_DEPTH = 100
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # non-blocking: a FIFO must not hang us
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Source:
    """A file or folder on disk, and its name in the candidate ('' puts a folder's files at the top)."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A regular file, open for reading, as it was when it was opened."""

    descriptor: int
    path: str
    size: int
    modified: int

    def check_unchanged(self, count: int) -> None:
        """Refuse a file that changed while `count` bytes of it were read.

        Raises:
            UsageError: naming the file.
        """
        now = os.fstat(self.descriptor)
        if (now.st_size, now.st_mtime_ns, count) != (self.size, self.modified, self.size):
            raise UsageError(f"{self.path} changed while it was read", hint="Log it when it is complete.")


@dataclass(frozen=True, slots=True)
class Listed:
    """A file to be read: its name in the candidate, and where below which source it is."""

    name: str
    root: Path
    parts: tuple[str, ...]
    size: int


def listed(sources: Iterable[Source]) -> list[Listed]:
    """Every file of `sources`; empty folders vanish, as they do in Git and in DVC.

    Raises:
        NotFoundError: if a source is not there.
        UsageError: for a link, a device, a FIFO or a socket, naming it.
    """
    found: list[Listed] = []
    for source in sources:
        mode, size = _kind(source.path)
        if stat.S_ISDIR(mode):
            with _opened(os.fspath(source.path), _FOLDER) as descriptor:
                found.extend(
                    Listed(_joined(source.name, parts), source.path, parts, size)
                    for parts, size in _files_below(descriptor, source.path, ())
                )
        else:
            found.append(Listed(source.name, source.path, (), size))
    return found


def check_names(files: Sequence[Listed], contents: Iterable[str]) -> None:
    """Refuse names that may not be stored, before anything is read.

    Raises:
        UsageError: naming the file and the reason.
    """
    seen: dict[str, str] = {}
    made = set(contents)
    for name in [*(file.name for file in files), *contents]:
        try:
            place = folded(artifact_path(name))
        except ValueError as error:
            raise UsageError(f"{name!r} cannot be an artifact's name: {error}") from error
        if place in seen:
            raise UsageError(f"{seen[place]!r} and {name!r} are one file where case does not count")
        if (place + "/").startswith(RESERVED) and name not in made:
            raise UsageError(f"{name!r} cannot be logged: {RESERVED} is what gitreg itself adds")
        seen[place] = name
    for place, name in seen.items():
        parts = place.split("/")
        if any("/".join(parts[:depth]) in seen for depth in range(1, len(parts))):
            raise UsageError(f"{name!r} lies below a file of the same name")


class Opener:
    """Opens listed files; keeps the descriptor of the last folder, as neighbours come one after another."""

    def __init__(self) -> None:
        self._place: tuple[Path, tuple[str, ...]] | None = None
        self._folder = ExitStack()
        self._descriptor = -1

    def __enter__(self) -> Opener:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.close()

    @contextmanager
    def open(self, file: Listed) -> Iterator[OpenFile]:
        """The file, open; refused unless it is a regular file still."""
        shown = os.fspath(file.root.joinpath(*file.parts))
        if file.parts:
            opened = _opened(file.parts[-1], _FILE, self._folder_of(file), shown)
        else:
            opened = _opened(shown, _FILE)
        with opened as descriptor:
            status = os.fstat(descriptor)
            _refuse_special(status.st_mode, shown)
            yield OpenFile(descriptor, shown, status.st_size, status.st_mtime_ns)

    def _folder_of(self, file: Listed) -> int:
        place = (file.root, file.parts[:-1])
        if place != self._place:
            self._place = None
            self._folder.close()
            descriptor = self._folder.enter_context(_opened(os.fspath(file.root), _FOLDER))
            for part in file.parts[:-1]:
                descriptor = self._folder.enter_context(
                    _opened(part, _FOLDER, descriptor, os.fspath(file.root))
                )
            self._place, self._descriptor = place, descriptor
        return self._descriptor


def _files_below(folder: int, shown: Path, parts: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    if len(parts) > MAX_DEPTH:
        raise UsageError(f"{shown} holds folders more than {MAX_DEPTH} deep")
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        path = shown / entry.name
        if entry.is_dir(follow_symlinks=False):
            with _opened(entry.name, _FOLDER, folder, os.fspath(path)) as below:
                yield from _files_below(below, path, (*parts, entry.name))
        else:
            status = os.stat(entry.name, dir_fd=folder, follow_symlinks=False)
            _refuse_special(status.st_mode, os.fspath(path))
            yield (*parts, entry.name), status.st_size


def _kind(path: Path) -> tuple[int, int]:
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"{path} is not there") from None
    if not stat.S_ISDIR(status.st_mode):
        _refuse_special(status.st_mode, os.fspath(path))
    return status.st_mode, status.st_size


def _refuse_special(mode: int, shown: str) -> None:
    if stat.S_ISLNK(mode):
        raise UsageError(f"{shown} is a symbolic link, which cannot be logged", hint="Log what it points to.")
    if not stat.S_ISREG(mode):
        raise UsageError(f"{shown} is not a regular file, so it cannot be logged")


@contextmanager
def _opened(path: str, flags: int, below: int | None = None, shown: str | None = None) -> Iterator[int]:
    try:
        descriptor = os.open(path, flags, dir_fd=below)
    except OSError as error:
        raise UsageError(f"{shown or path} cannot be read: {error.strerror}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _joined(name: str, parts: tuple[str, ...]) -> str:
    return "/".join((name, *parts) if name else parts)
