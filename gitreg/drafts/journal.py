"""A file that is only ever appended to, by any number of processes at once. Knows bytes and lines, not what they say.

POSIX write(2): with O_APPEND the offset is set to the end and the bytes are written as one step, so lines of several
processes never mix. A process that dies loses nothing that `append` returned from; a power cut may, unless the append
was synced.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from gitreg.errors import MachineError, NotFoundError, UsageError

OPEN, SEALED = 0o600, 0o400
CHUNK = 1 << 20
_sync_data = getattr(os, "fdatasync", os.fsync)
"""Length and bytes are enough to read it back (fdatasync(2)); macOS has only the whole."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a journal, without the line feed before it."""

    number: int
    text: bytes


class Journal:
    """An append-only file of lines, each with its line feed before it.

    It is sealed by taking the right to write away, before the last reader reads. A writer looks for the seal *after*
    each write: so whatever was acknowledged was there before the seal, and that reader sees it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: int | None = None
        self._refusal: OSError | None = None
        self._synced = 0
        self._start_over()

    @staticmethod
    def make(path: Path, lines: bytes = b"") -> None:
        """Makes a journal of some lines, which nobody else may read."""
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OPEN), "wb"
        ) as file:
            file.write(lines)

    def append(self, lines: bytes, *, synced: bool = False) -> None:
        """Appends lines, each beginning with its line feed; when this returns, they are kept.

        Args:
            lines: what is appended.
            synced: whether a power cut may not lose it either; threads that wait for the disk together share one sync.

        Raises:
            NotFoundError: if the journal was sealed or is gone: the lines may not be kept.
            MachineError: if they cannot be written, for a full disk say.
        """
        descriptor = self._writable()
        try:
            count = os.write(descriptor, lines)
            while count < len(lines):  # a disk that is nearly full: say the line that was cut once more
                lines = lines[_cut_line(lines, count) :]
                count = os.write(descriptor, lines)
            status = os.fstat(descriptor)
            if synced:
                self._sync(descriptor, status.st_size)
        except OSError as error:
            what = f"{self.path} cannot be written"
            raise MachineError.of(error, what) or UsageError(f"{what}: {error.strerror}") from error
        if not status.st_nlink or not status.st_mode & stat.S_IWUSR:
            raise self._ended()

    def lines(self) -> Iterator[Line]:
        """Every line from the first; what others append meanwhile may or may not be among them.

        A reader may see a line that is being written cut short (write(2) is one step for writers only), and then it is
        the last: what came of it meanwhile is not taken for a line of its own.
        """
        try:
            with self.path.open("rb") as file:
                for number, text in enumerate(file, 1):
                    if text != b"\n":
                        yield Line(number, text.rstrip(b"\n"))
                    if not text.endswith(b"\n"):
                        return
        except FileNotFoundError:
            raise self._ended() from None

    def telling(self) -> Iterator[bytes]:
        """Every line but metric points, from the first."""
        try:
            with self.path.open("rb") as file:
                yield from (text.rstrip(b"\n") for text in file if _is_telling(text.rstrip(b"\n")))
        except FileNotFoundError:
            raise self._ended() from None

    def lines_after(self, offset: int) -> Iterator[tuple[bytes, int]]:
        """Every line after `offset`, where a line ended, and where it ends itself; as `lines`, which counts them too."""
        try:
            with self.path.open("rb") as file:
                file.seek(offset)
                for text in file:
                    offset += len(text)
                    if text != b"\n":
                        yield text.rstrip(b"\n"), offset
                    if not text.endswith(b"\n"):
                        return
        except FileNotFoundError:
            raise self._ended() from None

    def news(self, offset: int) -> tuple[list[bytes], int]:
        """What may have been appended after `offset` but metric points, and the offset to ask from next."""
        descriptor, rest = self._descriptor(), b""
        found: list[bytes] = []
        while chunk := os.pread(descriptor, CHUNK, offset + len(rest)):
            *whole, last = (rest + chunk).split(b"\n")
            found.extend(text for text in whole if _is_telling(text))
            offset += len(rest) + len(chunk) - len(last)
            rest = last
        return [*found, rest] if _is_telling(rest) else found, offset

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps out other threads and processes that ask for the same: for what is looked up before it is said."""
        descriptor = self._writable()  # before the lock, which is another one after a fork
        with self._lock:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)

    @property
    def is_open(self) -> bool:
        """Whether it is there, and was not sealed."""
        try:
            return bool(self.path.stat().st_mode & stat.S_IWUSR)
        except (FileNotFoundError, NotADirectoryError):
            return False

    def seal(self) -> None:
        """Ends the journal: nothing is acknowledged any more."""
        with suppress(FileNotFoundError):
            self.path.chmod(SEALED)

    def unseal(self) -> None:
        """Takes the seal away: who was refused meanwhile may say it again."""
        with suppress(FileNotFoundError):
            self.path.chmod(OPEN)

    def close(self) -> None:
        """Closes the file; the next append opens it again."""
        if self._opened is not None:
            self._close()
            self._opened = None

    def _sync(self, descriptor: int, end: int) -> None:
        """Brings everything up to `end` to the disk, unless another thread's sync did so meanwhile."""
        with self._syncing:
            if self._synced < end:
                size = os.fstat(descriptor).st_size
                _sync_data(descriptor)
                self._synced = size

    def _start_over(self) -> None:
        self._pid = os.getpid()
        self._lock, self._syncing = threading.Lock(), threading.Lock()
        self._synced = 0

    def _writable(self) -> int:
        descriptor = self._descriptor()
        if self._refusal is None:
            return descriptor
        self.close()  # the seal may be taken away again
        fault = MachineError.of(self._refusal, f"{self.path} cannot be written") if self.is_open else None
        raise fault or self._ended()

    def _descriptor(self) -> int:
        if self._pid != os.getpid():
            # a fork shares its parent's open file, so locks would not tell the two apart; and a thread that is not
            # here any more may have held ours
            self.close()
            self._start_over()
        if self._opened is None:
            try:
                self._opened = self._open()
            except (FileNotFoundError, NotADirectoryError, PermissionError):
                raise self._ended() from None
            self._close = weakref.finalize(self, os.close, self._opened)
            self._close.atexit = (
                False  # MLflow ends what runs while Python ends; the kernel closes what is open then
            )
        return self._opened

    def _open(self) -> int:
        """For reading only, where it may not be written: sealed, somebody else's, or on a file system that is read-only."""
        self._refusal = None
        try:
            return os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError as error:
            if error.errno not in {errno.EACCES, errno.EPERM, errno.EROFS}:
                raise
            self._refusal = error
        return os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)

    def _ended(self) -> NotFoundError:
        return NotFoundError(f"{self.path.parent} takes no more: the draft has ended", hint="gitreg status")


def _is_telling(text: bytes) -> bool:
    """Metric points, nearly all of a journal, are nothing to look up."""
    return bool(text) and not text.startswith(b'{"kind":"metric"')


def _cut_line(lines: bytes, count: int) -> int:
    """Where to go on after `count` bytes were written: at the line that was cut, or at the next one."""
    return count if lines[count : count + 1] == b"\n" else lines.rfind(b"\n", 0, count)
