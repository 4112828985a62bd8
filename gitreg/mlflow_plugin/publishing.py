"""Sending runs to the remote of a mirror, in the background: by a process of its own, which the training never waits for.

Only mirrors are sent by themselves, for nobody looks after them. A clone that a person made is pushed by that person
(`gitreg push`), as every clone. The publisher is a process, not a thread: MLflow ends runs while Python ends, when no thread
can be begun, and hashing must not slow a training. When the program ends, it waits for its publishers, so that what was logged in
a container does not go with it, but not for ever.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from gitreg.mlflow_plugin.publisher import EVERYTHING
from gitreg.mlflow_plugin.telling import may_tell_again, tell_once
from gitreg.workflows.publishing.mirror import is_mirror
from gitreg.workflows.registry import Registry

ARTIFACTS = "artifacts"
OFTEN = 60.0
"""Seconds between two sendings of artifacts of runs that go on."""
WAIT_VARIABLE = "GITREG_PUBLISH_WAIT"
WAIT = 60.0
"""Seconds that a program waits for its publishers when it ends."""


@dataclass
class _Publisher:
    """The publisher of one mirror, for this process.

    Args:
        folder: the mirror's.
        asked: how many times something was asked for.
        done: up to which of these it was done, or failed.
        sent_artifacts: when artifacts were sent last, by the monotonic clock.
    """

    folder: Path
    asked: int = 0
    done: int = 0
    sent_artifacts: float = float("-inf")
    _process: subprocess.Popen[bytes] | None = None
    _heard: bytes = b""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def ask(self, what: str) -> None:
        """Has the work sent, and returns at once."""
        with self.lock:
            self.listen()
            self.asked += 1
            if not self._say(what):
                is_whole = self.done == self.asked - 1  # else the one before died with something still to do
                self._begin()
                self._say(what if is_whole else EVERYTHING)

    def listen(self) -> None:
        """Takes in what it answered, and tells what was in the way."""
        with self.lock:
            process = self._process
            if process is None or process.stdout is None:
                return
            while chunk := _read(process.stdout.fileno()):
                self._heard += chunk
            *lines, self._heard = self._heard.split(b"\n")
            for line in filter(None, lines):
                self._take_in(json.loads(line))

    def finish(self, until: float) -> bool:
        """Waits until all is done, but not longer than that; tells whether it is."""
        with self.lock:
            self.listen()
            if self.done < self.asked and not self._is_alive:
                self._begin()  # it was killed in between
                self._say(EVERYTHING)
            if self._process is not None and self._process.stdin is not None:
                _close(self._process)
            while self.done < self.asked and self._is_alive and time.monotonic() < until:
                time.sleep(0.01)
                self.listen()
            self.listen()  # it may have answered, and ended, between the two
            return self.done >= self.asked

    @property
    def _is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _begin(self) -> None:
        command = [sys.executable, "-m", "gitreg.mlflow_plugin.publisher", str(self.folder)]
        pipe = subprocess.PIPE
        self._heard = b""
        try:
            # a session of its own: a signal to the training's group is not for it, and it is waited for at the end
            self._process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, start_new_session=True, cwd="/"
            )
        except (OSError, TypeError) as error:  # no processes left, or no Python of its own in this program
            self._process = None
            tell_once(
                f"nothing can be sent from here: {error}; it is kept, and sent by: gitreg -C {self.folder} push"
            )
        process = self._process
        for end in (process.stdin, process.stdout) if process is not None else ():
            if end is not None:
                os.set_blocking(end.fileno(), False)

    def _say(self, what: str) -> bool:
        if not self._is_alive or self._process is None or self._process.stdin is None:
            return False
        words = f"{self.asked} {what}\n".encode()
        try:
            os.write(self._process.stdin.fileno(), words)  # whole or not at all (pipe(7), PIPE_BUF)
        except BlockingIOError:
            self.asked -= 1  # thousands wait there that are not begun yet: what they send holds this, too
        except (OSError, ValueError):
            return False
        return True

    def _take_in(self, answer: dict[str, object]) -> None:
        about, fault = f"publish {self.folder}", answer["fault"]
        self.done = max(self.done, int(str(answer["number"])))
        if fault is None:
            may_tell_again(about)
        else:
            words = f"{fault}; the training goes on, and what it logs is kept and sent with the next run that ends"
            tell_once(f"{words} (or by: gitreg -C {self.folder} push)", about=about)


_publishers: dict[Path, _Publisher] = {}
_lock = threading.Lock()
_ending = threading.Event()


def committed(registry: Registry) -> None:
    """A run ended, or something else was committed: where this is a mirror, everything is sent, in the background."""
    if is_mirror(registry):
        _publisher(registry).ask(EVERYTHING)
        if _ending.is_set():  # MLflow ends what still runs when Python ends, and that may be after our turn
            finish()


def artifacts_logged(registry: Registry) -> None:
    """Artifacts were logged to a run that goes on: they are sent now and then, in the background, without its record."""
    if not is_mirror(registry):
        return
    publisher = _publisher(registry)
    with publisher.lock:
        now = time.monotonic()
        if now - publisher.sent_artifacts >= OFTEN:
            publisher.sent_artifacts = now
            publisher.ask(ARTIFACTS)


def finish(wait: float | None = None) -> None:
    """Waits for what is being sent, within bounds, and tells what is not sent yet."""
    until = time.monotonic() + (_wait() if wait is None else wait)
    for folder, publisher in list(_publishers.items()):
        if not publisher.finish(until):
            tell_once(
                f"what was logged last is not sent yet; it is kept, and sent by: gitreg -C {folder} push"
            )


def _publisher(registry: Registry) -> _Publisher:
    folder = registry.repository.git_dir
    with _lock:
        return _publishers.setdefault(folder, _Publisher(folder))


def _wait() -> float:
    try:
        return float(os.environ.get(WAIT_VARIABLE, WAIT))
    except ValueError:
        return WAIT


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except (BlockingIOError, OSError):
        return b""


def _close(process: subprocess.Popen[bytes]) -> None:
    try:
        if process.stdin is not None:
            process.stdin.close()
    except OSError:
        return  # what was still unsent was for a process that is gone


def _start_over() -> None:
    """A forked child asks publishers of its own: its parent's answer the parent."""
    global _lock  # noqa: PLW0603 - a thread that is not here may have held it
    _lock = threading.Lock()
    _publishers.clear()


def _end() -> None:
    _ending.set()
    finish()


os.register_at_fork(after_in_child=_start_over)
atexit.register(_end)
