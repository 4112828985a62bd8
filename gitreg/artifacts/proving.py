"""Finding a file's bytes in whatever places may have them, and proving them by sha256 while they pass.

Knows streams and hashes, not where a delivery goes.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from gitreg.artifacts.cache import STEP, Cache, open_object_file
from gitreg.artifacts.folder import StoredFile
from gitreg.artifacts.layout import Objects
from gitreg.artifacts.progress import Advance
from gitreg.artifacts.writer import write_all
from gitreg.errors import VerificationError

CHUNK = 1024 * 1024
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Budget:
    """How many bytes may still be written: a storage that sends without end must not fill the disk."""

    def __init__(self, limit: int | None) -> None:
        self._left = limit
        self._lock = threading.Lock()
        self.was_short = False

    def spend(self, count: int) -> bool:
        """Take `count` bytes; False when there are not so many left."""
        with self._lock:
            if self._left is None:
                return True
            self._left -= count
            self.was_short = self.was_short or self._left < 0
            return self._left >= 0

    def refund(self, count: int) -> None:
        """Give back what a wrong copy took."""
        self.spend(-count)


@dataclass(frozen=True)
class Places:
    """Where bytes may be, best first, and what every reading shares.

    Args:
        cache: where to look first.
        storage: where to look then.
        budget: how much may be written.
        progress: told of the bytes.
        expected: how many bytes a file must have, as far as the records tell.
    """

    cache: Cache | None
    storage: Objects | None
    budget: Budget
    progress: Advance
    expected: Callable[[StoredFile], int | None]

    def openers(self, md5: str) -> Iterator[tuple[str, Callable[[], BinaryIO]]]:
        """A name and a way to open each place that may have the object."""
        for path in self.cache.places(md5) if self.cache else []:
            yield "in the cache", partial(open_object_file, path)
        if self.storage is not None:
            yield "in the storage", partial(self.storage.open_object, md5)


def write_proven(file: StoredFile, path: str | None, places: Places) -> None:
    """Write the first copy of `file` that is the recorded bytes to the new file `path`; None only proves it.

    Raises:
        VerificationError: if no place has such a copy; the message tells of the last.
    """
    fault = "missing"
    for where, opener in places.openers(file.md5):
        try:
            stream = opener()
        except FileNotFoundError:
            fault = f"missing {where}" if fault == "missing" else fault
            continue
        except OSError as error:
            fault = f"unreadable {where}: {error.strerror}"
            continue
        with closing(stream):
            count, proven = _copy(file, stream, path, places)
        if proven:
            return
        fault = f"{_fault(file, count, places.expected(file), opener)} {where}"
        if path is not None:
            Path(path).unlink()
    raise VerificationError(f"{file.path} is {fault}", step=STEP)


def _copy(file: StoredFile, stream: BinaryIO, path: str | None, places: Places) -> tuple[int, bool]:
    sha256, count = hashlib.sha256(), 0
    descriptor = None if path is None else os.open(path, _NEW, 0o666)
    try:
        while chunk := stream.read(CHUNK):
            count += len(chunk)
            if not places.budget.spend(len(chunk)):
                places.budget.refund(count)
                return count, False
            sha256.update(chunk)
            if descriptor is not None:
                write_all(descriptor, chunk)
            places.progress.advance(len(chunk))
    finally:
        if descriptor is not None:
            os.close(descriptor)
    proven = sha256.hexdigest() == file.sha256
    if not proven:
        places.budget.refund(count)
    return count, proven


def _fault(file: StoredFile, count: int, expected: int | None, opener: Callable[[], BinaryIO]) -> str:
    """What is wrong with a copy of `count` bytes, as far as the records let us tell."""
    if expected is not None and count < expected:
        return f"truncated to {count} of {expected} bytes"
    if expected is not None and count > expected:
        return f"longer than its {expected} bytes"
    if _md5(opener, count) == file.md5:
        return "other bytes than the manifest records: the .dvc file names an object that was never recorded"
    return "altered, truncated or longer" if expected is None else "altered"


def _md5(opener: Callable[[], BinaryIO], count: int) -> str:
    md5 = hashlib.md5(usedforsecurity=False)
    with closing(opener()) as stream:
        while count > 0 and (chunk := stream.read(min(CHUNK, count))):
            md5.update(chunk)
            count -= len(chunk)
    return md5.hexdigest()
