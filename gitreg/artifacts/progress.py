"""How long work tells how far it is. Knows numbers and a label, not how they are drawn."""

from __future__ import annotations

import threading
from typing import Protocol


class Progress(Protocol):
    """What the caller shows while bytes move; the command line draws a bar."""

    def start(self, total_bytes: int, label: str) -> None:
        """Work of `total_bytes` begins; 0 if nobody knows how many."""

    def advance(self, count: int) -> None:
        """`count` more bytes are done."""

    def done(self) -> None:
        """The work ended, well or not."""


class Advance(Protocol):
    """The part of `Progress` that those need who do a share of the work."""

    def advance(self, count: int) -> None:
        """`count` more bytes are done."""


class Silent:
    """Progress that nobody watches."""

    def start(self, total_bytes: int, label: str) -> None:
        """Say nothing."""

    def advance(self, count: int) -> None:
        """Say nothing."""

    def done(self) -> None:
        """Say nothing."""


class OneAtATime:
    """Progress told by several threads, passed on by one at a time: a bar need not be thread-safe."""

    def __init__(self, progress: Advance) -> None:
        self._progress = progress
        self._lock = threading.Lock()

    def advance(self, count: int) -> None:
        """Pass `count` on."""
        with self._lock:
            self._progress.advance(count)


SILENT = Silent()
