"""A running draft's sign of life, for those who cannot see its process: on other hosts, and in other containers.

The process that owns a draft touches a file in it every half minute, however silent its training is. How old that is
says the clock of the file system, for the clocks of two hosts differ. Knows files and threads, nothing of candidates.
"""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta
from pathlib import Path

HEARTBEAT = "heartbeat"
EVERY = 30.0
"""Seconds between two beats."""
PATIENCE = 1.0
"""Seconds for a beat that is under way: a file system that hangs must not hang a fork, or the end of a training."""
SILENT = timedelta(minutes=15)
"""Who was not heard of for so long is dead: thirty beats, so that a file system may be away for a while."""
SERVED_SILENT = timedelta(days=1)
"""The same for a training that a server works for: nothing beats for it, and its epochs may be long."""


class Heartbeat:
    """Touches a draft's heartbeat until it is stopped, the draft is gone, or the process ends.

    Its thread keeps no interpreter alive, takes no signals, and is not there while the process forks: a fork copies only
    the thread that forks, with every lock as it stood, and Python warns of forks beside threads. The parent goes on
    afterwards; a child is not the owner, and does not beat.
    """

    def __init__(self, draft: Path, every: float = EVERY) -> None:
        self._path = draft / HEARTBEAT
        self._every = every
        self._owner = os.getpid()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begins to beat."""
        _beating.add(self)
        self.resume()

    def stop(self) -> None:
        """Ends; what was beaten last stays."""
        _beating.discard(self)
        self.pause()

    def pause(self) -> None:
        """Ends the thread, to be resumed."""
        thread, self._thread = self._thread, None
        if thread is not None and self._owner == os.getpid():
            self._stopping.set()
            thread.join(PATIENCE)

    def resume(self) -> None:
        """Begins a thread that no signal is given to: `gitreg run` waits for them in the main one."""
        if self._owner != os.getpid() or self._thread is not None:
            return
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._beat, args=(self._stopping,), daemon=True)
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            self._thread.start()
        except RuntimeError:
            self._thread = None  # no thread to be had: then it is what is logged that shows life
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

    def _beat(self, stopping: threading.Event) -> None:
        while touch(self._path) and not stopping.wait(self._every):
            pass


def touch(path: Path) -> bool:
    """Sets a file's time to the file system's own; False when the file is gone."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # a file system that is away for a moment comes back
    return True


_beating: set[Heartbeat] = set()


def _before_fork() -> None:
    for one in list(_beating):
        one.pause()


def _after_fork_here() -> None:
    for one in list(_beating):
        one.resume()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_here, after_in_child=_beating.clear)
