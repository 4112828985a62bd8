"""Bytes of one file, looked at by place and in bounded amounts: whatever a file says of itself, no look is large."""

from __future__ import annotations

from typing import BinaryIO

CHUNK = 64 * 1024


class View:
    """A part of a file that can be read at any place.

    Args:
        stream: can seek.
        size: how many bytes belong to the view.
        start: where in the stream it begins.
    """

    def __init__(self, stream: BinaryIO, size: int, start: int = 0) -> None:
        self._stream = stream
        self._start = start
        self.size = size

    def at(self, offset: int, count: int) -> bytes:
        """The bytes at a place; fewer, or none, where the file ends."""
        if offset < 0 or offset >= self.size or count <= 0:
            return b""
        self._stream.seek(self._start + offset)
        return self._stream.read(min(count, self.size - offset))

    def part(self, offset: int, size: int) -> View:
        """A view of what lies inside; no more than there is."""
        return View(self._stream, max(0, min(size, self.size - offset)), self._start + offset)


class Ended(Exception):  # noqa: N818 - it says where a walk stands; nothing went wrong
    """The bytes end before what was to be read does."""


class Cursor:
    """A walk through a view from its begin; what is skipped is not read."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._chunk = b""
        self._from = 0
        self.place = 0

    @property
    def left(self) -> int:
        """How many bytes there are still."""
        return self._view.size - self.place

    def take(self, count: int) -> bytes:
        """The next few bytes.

        Raises:
            Ended: if there are not so many.
        """
        begin = self.place - self._from
        if begin < 0 or begin + count > len(self._chunk):
            self._chunk, self._from, begin = self._view.at(self.place, max(CHUNK, count)), self.place, 0
        found = self._chunk[begin : begin + count]
        if len(found) < count:
            raise Ended
        self.place += count
        return found

    def number(self, count: int) -> int:
        """The next few bytes as a number, little end first."""
        return int.from_bytes(self.take(count), "little")

    def skip(self, count: int) -> None:
        """Goes on behind the next `count` bytes.

        Raises:
            Ended: if there are not so many.
        """
        if count < 0 or count > self.left:
            raise Ended
        self.place += count

    def line(self, limit: int) -> bytes:
        """The bytes up to the next line feed, which is passed over.

        Raises:
            Ended: if there is none within `limit` bytes.
        """
        for width in (256, CHUNK, limit):
            found = self._view.at(self.place, min(width, limit))
            end = found.find(b"\n")
            if end >= 0:
                self.place += end + 1
                return found[:end]
        raise Ended
