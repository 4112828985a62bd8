"""Processes of gitreg without the cost of starting Python: forked from a process that has imported everything.

A fork leads a process group of its own with whatever it starts, Git above all, so that all of it can be killed at once.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gitreg.cli.entry import outcome
from gitreg.cli.loading import load

USED = (
    "fetch",
    "list",
    "log",
    "note",
    "promote",
    "pull",
    "push",
    "recover",
    "release",
    "run",
    "status",
    "verify",
)
for _name in USED:  # a command is imported when it is called: here once, not in each fork
    load(f"gitreg.cli.{_name}:__name__")
SOON = 5.0
"""Seconds in which whoever is asked to end does so."""
ANSWERED = 60.0
"""Seconds after which a command that has not ended counts as hanging."""


@dataclass(frozen=True)
class Done:
    """How a fork ended: its exit code, minus the signal that ended it, and its words."""

    code: int
    out: str
    err: str
    seconds: float


def fork(act: Callable[[], int], folder: Path, environ: Mapping[str, str]) -> int:
    """Starts an act in a process group of its own, in a folder; returns the process id."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        with suppress(OSError):
            os.setpgid(pid, pid)  # both sides do, so that it holds for whoever comes first
        return pid
    code = 70
    try:
        with suppress(OSError):
            os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.clear()
        os.environ.update(environ)
        os.chdir(folder)
        code = act()
    except BaseException:  # noqa: BLE001 - nothing of a fork may come back into the parent's code
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Sends a signal to a fork and everything that it started."""
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


def wait(pid: int, seconds: float = ANSWERED) -> int | None:
    """Waits for a fork; its exit code, or minus the signal that ended it; None if it hangs."""
    end, code = time.monotonic() + seconds, None
    while time.monotonic() < end:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            break
        time.sleep(0.002)
    return code


def wait_for_the_rest(pid: int, seconds: float) -> bool:
    """Waits for whatever a fork started, and that is in its group still; whether all of it ended."""
    end = time.monotonic() + seconds
    while _has_members(pid):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@dataclass(frozen=True)
class Begun:
    """A command that was begun: its process, since when, and what it says."""

    pid: int
    since: float
    out: IO[bytes]
    err: IO[bytes]


def begin(words: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Begun:
    """Begins a command of gitreg as its own process would."""
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - closed when it has ended

    def act() -> int:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        return outcome(list(words), os.environ)

    since = time.monotonic()
    return Begun(fork(act, folder, environ), since, out, err)


def end(begun: Begun, seconds: float = ANSWERED) -> Done:
    """Waits for a command, and kills it if it hangs."""
    pid, texts = begun.pid, []
    code = wait(pid, seconds)
    if code is None:
        kill(pid)
        wait(pid)
        code = -signal.SIGALRM
    wait_for_the_rest(pid, SOON)
    for file in (begun.out, begun.err):
        with file:
            file.seek(0)
            texts.append(file.read().decode(errors="replace").strip())
    return Done(code, *texts, time.monotonic() - begun.since)


def command(
    words: Sequence[str], folder: Path, environ: Mapping[str, str], seconds: float = ANSWERED
) -> Done:
    """Runs a command of gitreg as its own process would, and kills it if it hangs."""
    return end(begin(words, folder, environ), seconds)


def must(words: Sequence[str], folder: Path, environ: Mapping[str, str]) -> str:
    """Runs a command of gitreg that must succeed, and returns what it said on standard output.

    Raises:
        RuntimeError: with what it said, if it failed.
    """
    done = command(words, folder, environ)
    if done.code != 0:
        raise RuntimeError(f"gitreg {' '.join(words)} ended with {done.code}: {done.err}")
    return done.out


def _has_members(group: int) -> bool:
    """Whether somebody of a process group still runs; those that only wait to be reaped do not."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError, IndexError):
                fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
                if int(fields[2]) == group and fields[0] not in "ZX":
                    return True
    return False
