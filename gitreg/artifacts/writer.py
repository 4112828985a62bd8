"""Writing objects: hashed in the one read, complete before they have their name, linked into DVC's cache.

Knows bytes and object ids, not what files were called.
"""

# Paths are text here: for ten thousand small files, Path objects cost more than the system calls.
# ruff: noqa: PTH101, PTH103, PTH105, PTH108, PTH120

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from gitreg.artifacts.durable import flush
from gitreg.artifacts.layout import DIR_SUFFIX, MODE, object_path, stored_size
from gitreg.artifacts.progress import Advance
from gitreg.artifacts.walk import OpenFile
from gitreg.disk import claimed_folder, sweep

CHUNK = 4 * 1024 * 1024
"""Large enough that handing a chunk to the other thread costs nothing beside hashing it."""

TEMPORARY = "tmp-"
TRIES = 5
_NO_LINK = {
    errno.EXDEV,
    errno.EPERM,
    errno.EMLINK,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
    errno.ENOSYS,
    errno.EACCES,
}


@dataclass(frozen=True, slots=True)
class Written:
    """What the bytes were: the md5 that finds them, the sha256 that proves them, how many."""

    md5: str
    sha256: str
    size: int


class Writer:
    """Writes objects into `unpushed`, and links each into `cache`.

    Args:
        unpushed: where what no storage has is kept.
        cache: DVC's cache, if there is one.
        synced: whether all is on the disk when the `with` block ends.
    """

    def __init__(self, unpushed: Path, cache: Path | None, *, synced: bool = False) -> None:
        self._synced = synced
        self._unpushed = os.fspath(unpushed)
        self._cache = None if cache is None else os.fspath(cache)
        self._count = 0
        self._touched: dict[str, None] = {}
        self._closing = ExitStack()

    def __enter__(self) -> Writer:
        os.makedirs(self._unpushed, exist_ok=True)
        # beside the objects: a rename does not cross file systems, and no listing of objects sees it
        beside = Path(self._unpushed).parent
        sweep(beside, TEMPORARY)
        self._temporary = os.fspath(self._closing.enter_context(claimed_folder(beside, TEMPORARY)))
        self._second = self._closing.enter_context(ThreadPoolExecutor(1))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._closing:
            if kind is None and self._synced:
                flush(self._touched)

    def content(self, data: bytes, suffix: str = "") -> Written:
        """Store bytes that are in memory; `suffix` is `.dir` for a listing."""
        written = Written(
            hashlib.md5(data, usedforsecurity=False).hexdigest(), hashlib.sha256(data).hexdigest(), len(data)
        )
        object_id = written.md5 + suffix
        if stored_size(object_path(self._unpushed, object_id)) != written.size:
            temporary, descriptor = self._new_file()
            try:
                write_all(descriptor, data)
            finally:
                os.close(descriptor)
            self._name(temporary, object_id)
        self._link(object_id, written.size)
        return written

    def listing(self, data: bytes) -> Written:
        """Store the object that lists a folder."""
        return self.content(data, DIR_SUFFIX)

    def file(self, source: OpenFile, progress: Advance) -> Written:
        """Store a file, read once; small ones are written only if they are new."""
        if source.size <= CHUNK:
            data = read_all(source.descriptor, CHUNK + 1)
            source.check_unchanged(len(data))
            progress.advance(len(data))
            return self.content(data)
        return self._large(source, progress)

    def _large(self, source: OpenFile, progress: Advance) -> Written:
        temporary, descriptor = self._new_file()
        try:
            written = self._copy(source, descriptor, progress)
        finally:
            os.close(descriptor)
        source.check_unchanged(written.size)
        if stored_size(object_path(self._unpushed, written.md5)) == written.size:
            os.unlink(temporary)
        else:
            self._name(temporary, written.md5)
        self._link(written.md5, written.size)
        return written

    def _copy(self, source: OpenFile, descriptor: int, progress: Advance) -> Written:
        md5, sha256, size = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0

        def other_half(data: bytes) -> None:
            sha256.update(data)
            write_all(descriptor, data)

        # a file that keeps growing is not followed for ever: one byte too many shows that it changed
        while size <= source.size and (chunk := os.read(source.descriptor, CHUNK)):
            other = self._second.submit(other_half, chunk)  # hashing releases the interpreter's lock
            md5.update(chunk)
            other.result()
            size += len(chunk)
            progress.advance(len(chunk))
        return Written(md5.hexdigest(), sha256.hexdigest(), size)

    def _new_file(self) -> tuple[str, int]:
        self._count += 1
        path = f"{self._temporary}{os.sep}{self._count}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
        os.fchmod(descriptor, MODE)  # whatever the umask says: DVC hashes again what is not exactly so
        return path, descriptor

    def _name(self, temporary: str, object_id: str) -> None:
        _replace(temporary, object_path(self._unpushed, object_id))

    def _link(self, object_id: str, size: int) -> None:
        # what was there already is synced too: another process may have written it a moment ago
        self._touched[object_path(self._unpushed, object_id)] = None
        if self._cache is None:
            return
        ours, place = object_path(self._unpushed, object_id), object_path(self._cache, object_id)
        if stored_size(place) == size:
            return
        self._count += 1
        try:
            _link_over(ours, f"{self._temporary}{os.sep}{self._count}", place)
        except OSError as error:
            if error.errno not in _NO_LINK:
                raise
            copy_over(ours, place)


def _replace(temporary: str, place: str) -> None:
    try:
        os.replace(temporary, place)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.replace(temporary, place)


def _link_over(ours: str, temporary: str, place: str) -> None:
    for _ in range(TRIES):
        # link(2) says ENOENT when another writer of the same bytes replaces the file just then; and when a push
        # let go of it meanwhile, the storage has it, and the cache may do without
        with suppress(FileNotFoundError):
            os.link(ours, temporary)
            _replace(temporary, place)
            return


def copy_over(ours: str, place: str) -> None:
    """Copy a file to where an object is kept: it appears whole, in the place of what was there."""
    os.makedirs(os.path.dirname(place), exist_ok=True)
    beside = Path(place).parent.parent.parent
    sweep(beside, TEMPORARY)
    with claimed_folder(beside, TEMPORARY) as folder:
        temporary = f"{folder}{os.sep}copy"
        shutil.copyfile(ours, temporary)
        os.chmod(temporary, MODE)
        os.replace(temporary, place)


def write_all(descriptor: int, data: bytes) -> None:
    """Write everything: `os.write` may write less (https://docs.python.org/3/library/os.html#os.write)."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def read_all(descriptor: int, limit: int) -> bytes:
    """Read to the end, or `limit` bytes."""
    chunks: list[bytes] = []
    left = limit
    while left and (chunk := os.read(descriptor, left)):
        chunks.append(chunk)
        left -= len(chunk)
    return b"".join(chunks)
