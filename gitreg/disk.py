"""Files among other processes: brought to the disk, claimed while they are made, swept when their maker died.

A claim is a lock of flock(2) on the file or folder itself: the kernel lets go of it when its holder ends, however it
ends, so what nobody holds is what a dead process left. Where a file system has no such locks (NFS refuses them on
folders), a day without a change says the same. Knows paths, and nothing of what is in them.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

DAY = 24 * 3600
CLOCK = ".clock"
_TRIES = 100
_STEP = 0.002
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def sync_path(path: Path | str) -> None:
    """Brings one file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_all(paths: Iterable[Path]) -> None:
    """Brings files and folders to the disk, each once, in the order given."""
    for path in dict.fromkeys(paths):
        sync_path(path)


@contextmanager
def claimed_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder that only its owner may read, held while the block runs; `sweep` leaves it alone.

    It is gone after the block, unless the block renamed it.
    """
    path, descriptor = _claimed(parent, prefix)
    try:
        yield path
    finally:
        if _is_there(path, descriptor):
            shutil.rmtree(path, ignore_errors=True)
        with suppress(OSError):  # a fork may have this descriptor, too, and would hold what was renamed
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def is_claimed(descriptor: int) -> bool:
    """Takes the claim of an open file or folder; tells whether somebody else has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


@contextmanager
def queue(path: Path, patience: float) -> Iterator[None]:
    """Waits for its turn among the processes of this machine that want the same, as long as it has patience.

    Its turn comes in any case: whoever is in front may hang, and the queue only makes races rare, it decides none.

    Args:
        path: a file that stands for what they want; it is made when missing, and stays.
        patience: seconds.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        yield  # nothing may be written there, or it is full: whoever comes to write will say so
        return
    try:
        limit = time.monotonic() + patience
        with suppress(OSError):  # no locks here
            while is_claimed(descriptor) and time.monotonic() < limit:
                time.sleep(_STEP)
        yield
    finally:
        os.close(descriptor)


def sweep(folder: Path, prefix: str) -> None:
    """Removes the files and folders of that prefix whose makers died; never what is in use, and never with an error."""
    with suppress(OSError), os.scandir(folder) as entries:
        sweep_paths([Path(entry.path) for entry in entries if entry.name.startswith(prefix)])


def sweep_paths(paths: Iterable[Path]) -> None:
    """Removes those of some files and folders whose makers died."""
    for path in paths:
        with suppress(OSError):
            _sweep(path)


def clock_of(folder: Path) -> float | None:
    """The time by the clock of the file system that `folder` is on, which may be another machine's.

    Times of files there can be compared with it, whatever the clock of this machine says. None where nothing may be
    written.
    """
    try:
        descriptor = os.open(folder / CLOCK, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        os.utime(descriptor)
        return os.fstat(descriptor).st_mtime
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _claimed(parent: Path, prefix: str) -> tuple[Path, int]:
    for _ in range(_TRIES):
        path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        try:
            descriptor = os.open(path, _OPEN | os.O_DIRECTORY)
        except FileNotFoundError:
            continue  # swept before it could be held
        if _is_held(path, descriptor):
            return path, descriptor
        os.close(descriptor)
    raise OSError(f"no folder could be made in {parent}")


def _is_held(path: Path, descriptor: int) -> bool:
    try:
        if is_claimed(descriptor):
            return False
    except OSError:
        return True  # no locks here: age must do
    return _is_there(path, descriptor)


def _is_there(path: Path, descriptor: int) -> bool:
    """Whether an open folder is still what its name says."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _sweep(path: Path) -> None:
    descriptor = os.open(path, _OPEN)
    try:
        found = os.fstat(descriptor)
        try:
            if is_claimed(descriptor):
                return
        except OSError:
            now = clock_of(path.parent)
            if now is None or now - found.st_mtime < DAY:
                return
        if stat.S_ISDIR(found.st_mode):
            shutil.rmtree(path)
        else:
            path.unlink()
    finally:
        os.close(descriptor)
