"""Conversations: processes of Git that stay and answer many questions. Knows lines and bytes, no commands.

A fresh process costs 2 ms, a question to one that stays 0.05 to 0.1 ms.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import weakref
from collections.abc import Sequence
from typing import IO

from gitreg.errors import GitregError
from gitreg.gitrepo.process import Git, last_line, signal_name

PATIENCE = 0.5
"""Seconds in which a process that has closed its pipes ends."""


class EndedError(Exception):
    """A long-lived process ended in the middle of an answer; never leaves this package.

    Args:
        words: what it said on standard error.
    """

    def __init__(self, words: bytes) -> None:
        super().__init__(last_line(words))
        self.words = words


class Conversation:
    """One process of Git that answers many questions; the caller holds a lock around each exchange.

    The process ends with `close`, with this object, or with the interpreter. A forked child never uses its parent's
    process: see `is_ours`.
    """

    def __init__(self, git: Git, words: Sequence[str]) -> None:
        # A file, not a pipe: nobody reads it while the process lives, and a full pipe would stop the process.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        try:
            self._process = git.start(*words, errors=self._errors)
        except GitregError:
            self._errors.close()
            raise
        self._pid = os.getpid()
        self._stop = weakref.finalize(self, _stop, self._process, self._errors, self._pid)

    @property
    def is_ours(self) -> bool:
        """Whether this very process started it: after a fork both would write into one pipe."""
        return self._pid == os.getpid()

    @property
    def is_open(self) -> bool:
        """Whether it was not closed: while Python ends it is closed, and others may still have work to end (MLflow's runs)."""
        return self._stop.alive

    def say(self, words: bytes) -> None:
        """Send a question."""
        assert self._process.stdin is not None  # noqa: S101 - Popen was given a pipe
        try:
            self._process.stdin.write(words)
            self._process.stdin.flush()
        except OSError as error:
            raise self._ended() from error

    def read_line(self) -> bytes:
        """Read one line of an answer, without its end."""
        assert self._process.stdout is not None  # noqa: S101 - Popen was given a pipe
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise self._ended()
        return line[:-1]

    def read(self, size: int) -> bytes:
        """Read exactly so many bytes of an answer."""
        assert self._process.stdout is not None  # noqa: S101 - Popen was given a pipe
        content = self._process.stdout.read(size)
        if len(content) != size:
            raise self._ended()
        return content

    def close(self) -> None:
        """End the process; it has nothing to lose between two exchanges."""
        self._stop()

    def _ended(self) -> EndedError:
        code = _dying(self._process)
        self._errors.seek(0)
        words = self._errors.read(64 * 1024)
        if code is not None and code < 0:
            words += b"\ngit was ended by " + signal_name(-code).encode()
        self.close()
        return EndedError(words)


def _dying(process: subprocess.Popen[bytes]) -> int | None:
    """The exit code of a process that closed its pipes; None when it only closed them."""
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        return None


def _stop(process: subprocess.Popen[bytes], errors: IO[bytes], pid: int) -> None:
    if pid == os.getpid():
        process.terminate()  # not killed: in the middle of a transaction that would leave its locks behind
        process.wait()
    else:
        process.returncode = 0  # the parent's child is not ours to wait for
    for pipe in (process.stdin, process.stdout, errors):
        if pipe is not None:
            _close(pipe)


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:
        return  # what was still unsent was for a process that is gone


class Held:
    """A conversation that is started when first needed, and again after a fork or when it has died.

    Args:
        git: the repository.
    """

    def __init__(self, git: Git) -> None:
        self._git = git
        self._words: tuple[str, ...] = ()
        self._conversation: Conversation | None = None
        self._lock = threading.RLock()
        self._pid = os.getpid()

    @property
    def lock(self) -> threading.RLock:
        """Held by a caller around one exchange; a fork gets a fresh one, for its holder may not exist there."""
        if self._pid != os.getpid():
            self._lock = threading.RLock()
            self._pid = os.getpid()
        return self._lock

    def get(self, *words: str) -> Conversation:
        """Return the process that runs these words."""
        known = self._conversation
        if known and (not known.is_ours or not known.is_open or words != self._words):
            self.close()
        if self._conversation is None:
            self._conversation = Conversation(self._git, words)
            self._words = words
        return self._conversation

    def close(self) -> None:
        """End the process if there is one."""
        if self._conversation:
            self._conversation.close()
        self._conversation = None
