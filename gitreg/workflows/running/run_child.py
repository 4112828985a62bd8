"""Running a command as if it had been typed itself: its terminal is ours, and signals reach it once.

A signal from the terminal (Ctrl-C) goes to the whole foreground process group, so the command has it already; a signal
that somebody sent to us alone must be passed on. The kernel says which: sigaction(2), si_code SI_KERNEL or SI_USER.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from gitreg.errors import NotFoundError

PASSED = frozenset(
    {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2}
)
"""Schedulers warn with the last two."""
ENDING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT})
SI_KERNEL = 0x80
NOT_STARTED = 127
"""As a shell says it (POSIX, Shell Command Language, 2.8.2)."""


@dataclass(frozen=True)
class Ending:
    """How a command ended.

    Args:
        code: its exit code; 128 and the signal's number when a signal ended it, as shells count.
        signal: the signal that ended it, if one did.
        asked: the signals by which somebody asked it to end.
    """

    code: int
    signal: int | None
    asked: tuple[int, ...]

    @property
    def is_killed(self) -> bool:
        """Whether it did not come to its own end."""
        return self.signal in {*ENDING, signal.SIGKILL} or (self.code != 0 and bool(self.asked))


def run_child(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Ending:
    """Runs a command to its end, with our standard input, output and error.

    Raises:
        NotFoundError: if it cannot be started; its exit code is 127.
    """
    with _received() as received:
        child = _start(command, folder, environ)
        if threading.current_thread() is threading.main_thread() and hasattr(signal, "sigwaitinfo"):
            _wait_passing(child, received)
        else:
            child.wait()
    ended_by = -child.returncode if child.returncode < 0 else None
    code = 128 + ended_by if ended_by else child.returncode
    return Ending(code, ended_by, tuple(number for number in received if number in ENDING))


def _start(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(list(command), cwd=folder, env=dict(environ))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        failure = NotFoundError(
            f"{command[0]!r} cannot be started: {reason}", hint="check the command behind --"
        )
        failure.exit_code = NOT_STARTED
        raise failure from error


def _wait_passing(child: subprocess.Popen[bytes], received: list[int]) -> None:
    """Waits for the child; the signals are blocked meanwhile and taken one by one, with what is known of them."""
    ours = {number for number in PASSED if callable(signal.getsignal(number))}
    early = list(received)
    old = signal.pthread_sigmask(signal.SIG_BLOCK, {*ours, signal.SIGCHLD})
    try:
        for number in early:
            _pass_on(child, number)
        while child.poll() is None:
            sent = signal.sigwaitinfo({*ours, signal.SIGCHLD})
            if sent.si_signo == signal.SIGCHLD:
                continue
            received.append(sent.si_signo)
            if sent.si_code != SI_KERNEL:
                _pass_on(child, sent.si_signo)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)


def _pass_on(child: subprocess.Popen[bytes], number: int) -> None:
    if child.poll() is None:
        os.kill(child.pid, number)


@contextmanager
def _received() -> Iterator[list[int]]:
    """Collects signals instead of ending by them; those that were ignored before (nohup) stay ignored, here and there."""
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    old = {number: signal.getsignal(number) for number in PASSED}
    taken = {number: action for number, action in old.items() if action not in {signal.SIG_IGN, None}}
    for number in taken:
        signal.signal(number, note)
    try:
        yield received
    finally:
        for number, action in taken.items():
            signal.signal(number, action)
