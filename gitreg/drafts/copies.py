"""Copies of the files that are logged, taken at once: what a training does to its files later does not matter.

A hard link would not do, for a file that is written again in place changes under every link. Where the file system can
share blocks (Btrfs, XFS, bcachefs: ioctl_ficlone(2)), the copy costs nothing; elsewhere its bytes are copied.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gitreg.disk import sync_all
from gitreg.errors import DraftGoneError, GitregError, MachineError, NotFoundError, UsageError

FICLONE = 0x40049409
"""From linux/fs.h; Python names it from 3.12 on."""
COPIES = "artifacts"
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # non-blocking: a FIFO must not hang us
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Copy:
    """A copied file: its path below what was logged ('' for a file by itself), and the copy's path in the draft."""

    below: str
    stored: str


def copy_in(draft: Path, source: Path, *, synced: bool = False) -> list[Copy]:
    """Copies a file, or every file of a folder, into a draft; a later copy never replaces an earlier one.

    Args:
        draft: the draft's folder.
        source: the file or folder.
        synced: whether the copies are on the disk when this returns.

    Raises:
        NotFoundError: if there is nothing at `source`; DraftGoneError if the draft is finished meanwhile.
        UsageError: for a link, a device, a FIFO, or what cannot be read or written.
    """
    copies = []
    with _writing(draft):
        folder = _fresh(draft)
        for number, below in enumerate(_files(source)):
            target = folder / str(number)
            _copy(source / below if below else source, target)
            copies.append(Copy(below, target.relative_to(draft).as_posix()))
        if synced:
            sync_all([*(draft / copy.stored for copy in copies), folder, folder.parent])
    return copies


def write_in(draft: Path, content: bytes, *, synced: bool = False) -> Copy:
    """Keeps content as a file in a draft.

    Raises:
        DraftGoneError: if the draft is finished meanwhile.
        UsageError: if it cannot be written.
    """
    with _writing(draft):
        target = _fresh(draft) / "0"
        write_new(target, content)
        if synced:
            sync_all([target, target.parent, target.parent.parent])
    return Copy("", target.relative_to(draft).as_posix())


def write_new(path: Path, content: bytes) -> None:
    """Writes a file that nobody else may read; it must not be there yet."""
    with os.fdopen(os.open(path, _WRITE, 0o600), "wb") as file:
        file.write(content)


def _fresh(draft: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix="", dir=draft / COPIES))


@contextmanager
def _writing(draft: Path) -> Iterator[None]:
    """Says what it means that something cannot be written; what has a name of its own in the draft vanishes only with all of it."""
    try:
        yield
    except FileNotFoundError:
        raise DraftGoneError(f"the draft {draft.name} is gone", hint="gitreg status") from None
    except OSError as error:
        raise _unwritable(f"{draft} cannot be written", error) from error


def _files(source: Path) -> Iterator[str]:
    try:
        mode = source.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"{source} is not there") from None
    if not stat.S_ISDIR(mode):
        yield ""
        return
    for folder, folders, names in os.walk(source, onerror=_refuse):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in sorted([*names, *links]):
            yield (Path(folder) / name).relative_to(source).as_posix()
        folders.sort()


def _refuse(error: OSError) -> None:
    raise UsageError(f"{error.filename} cannot be read: {error.strerror}") from error


def _copy(source: Path, target: Path) -> None:
    try:
        if source.is_symlink():
            raise UsageError(
                f"{source} is a symbolic link, which cannot be logged", hint="log what it points to"
            )
        with os.fdopen(os.open(source, _READ), "rb") as old:
            if not stat.S_ISREG(os.fstat(old.fileno()).st_mode):
                raise UsageError(f"{source} is not a regular file, so it cannot be logged")
            with os.fdopen(os.open(target, _WRITE, 0o600), "wb") as new:
                _fill(old, new)
    except FileNotFoundError as error:
        if not target.parent.is_dir():
            raise  # not the source, but the draft
        raise NotFoundError(f"{source} is not there") from error
    except OSError as error:
        raise _unwritable(f"{source} cannot be copied into the draft", error) from error


def _fill(old: BinaryIO, new: BinaryIO) -> None:
    try:
        fcntl.ioctl(new.fileno(), FICLONE, old.fileno())
    except OSError:
        shutil.copyfileobj(old, new, 1 << 20)


def _unwritable(what: str, error: OSError) -> GitregError:
    return MachineError.of(error, what) or UsageError(f"{what}: {error.strerror}")
