"""Indices that stay open between questions: opening one takes longer than most questions do, and its pages are read anew.

A question takes one out and puts it back, so no two threads use the same one; what other processes wrote meanwhile it sees
as any connection does. None of them is open while this process forks, for SQLite would take the parent's locks for the
child's own (https://www.sqlite.org/howtocorrupt.html, section 2.6).
"""

from __future__ import annotations

import atexit
import os
from pathlib import Path
from threading import RLock

from gitreg.index.opening import Opened

MOST = 4
"""Indices that stay open while nobody asks; each may hold 16 MB of pages."""


class Shelf:
    """The indices of one process that nobody asks at the moment."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._idle: list[Opened] = []

    def __len__(self) -> int:
        return len(self._idle)

    def take(self, folder: Path) -> Opened | None:
        """The index in a folder that was put here last, if its file is still the one there is."""
        while found := self._of(folder):
            if found.is_current():
                return found
            found.close()
        return None

    def put(self, found: Opened) -> None:
        """Keeps an index for the next question, or closes it where that is not safe."""
        if not found.rest():
            found.close()
            return
        with self._lock:
            self._idle.append(found)
            closing = self._idle[:-MOST]
            del self._idle[:-MOST]
        _close(closing)

    def close(self) -> None:
        """Closes all of them."""
        with self._lock:
            closing, self._idle = self._idle, []
        _close(closing)

    def before_fork(self) -> None:
        """Closes all of them, and lets nobody take or put one until the fork is over."""
        self._lock.acquire()
        self.close()

    def after_fork(self) -> None:
        """In parent and child: goes on."""
        self._lock.release()

    def _of(self, folder: Path) -> Opened | None:
        with self._lock:
            for at in range(len(self._idle) - 1, -1, -1):
                path = self._idle[at].path
                if path is not None and path.parent == folder:
                    return self._idle.pop(at)
        return None


def _close(found: list[Opened]) -> None:
    for one in found:
        one.close()


SHELF = Shelf()
os.register_at_fork(
    before=SHELF.before_fork, after_in_parent=SHELF.after_fork, after_in_child=SHELF.after_fork
)
atexit.register(SHELF.close)
