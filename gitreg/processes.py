"""A process and all that it started: found, and ended together. Knows process ids, nothing of Git.

A process group would be simpler, and would take the terminal away from ssh, which asks there for a passphrase
(docs/adr/0013).
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

PATIENCE = 2.0
"""Seconds that Git has for removing its locks and temporary files after SIGTERM."""
_STEP = 0.01


def end_family(process: subprocess.Popen[bytes]) -> None:
    """End a child of ours and everything below it: asked first, made to when that does not help."""
    family = [process.pid, *descendants(process.pid)] if process.poll() is None else []
    _signal(family, signal.SIGTERM)
    limit = time.monotonic() + PATIENCE
    while (living := _living(process, family)) and time.monotonic() < limit:
        time.sleep(_STEP)
    _signal(living, signal.SIGKILL)
    while _living(process, living) and time.monotonic() < limit + PATIENCE:
        time.sleep(_STEP)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


def end_descendants(of: int) -> None:
    """End everything below a process at once."""
    _signal(descendants(of), signal.SIGKILL)


def descendants(of: int) -> list[int]:
    """The processes below one, nearest first."""
    children: dict[int, list[int]] = {}
    for pid, parent in _processes():
        children.setdefault(parent, []).append(pid)
    found = [of]
    for pid in found:
        found += children.get(pid, [])
    return found[1:]


def traffic(of: int, name: str) -> int:
    """Bytes that a process, and those below it that are called `name...`, have read so far (proc(5), io, rchar).

    A number to compare with an earlier one, 0 where the system does not count.
    """
    return sum(_read_by(pid) for pid in (of, *descendants(of)) if _name(pid).startswith(name))


def _living(process: subprocess.Popen[bytes], family: Iterable[int]) -> list[int]:
    process.poll()
    return [pid for pid in family if is_running(pid)]


def is_running(pid: int) -> bool:
    """Whether a process does anything still."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    # one that ended, and that nobody waited for yet, still has its id
    return _state(pid) != "Z"


def _signal(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _processes() -> list[tuple[int, int]]:
    """Process and parent of all that run: from /proc (proc(5)), elsewhere from ps(1) of POSIX."""
    stats = [_stat(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()] if _HAS_PROC else []
    if stats:
        return [(int(one[0]), int(one[2])) for one in stats if one]
    try:
        told = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, check=False).stdout
    except OSError:
        return []
    return [(int(pid), int(parent)) for pid, parent in map(bytes.split, told.splitlines())]


_HAS_PROC = Path("/proc/self/stat").exists()


def _state(pid: int) -> str:
    stat = _stat(str(pid)) if _HAS_PROC else []
    return stat[1] if stat else "?"


def _name(pid: int) -> str:
    return _words(pid, "comm")


def _read_by(pid: int) -> int:
    found = _words(pid, "io").partition("rchar:")[2].split()
    return int(found[0]) if found else 0


def _words(pid: int, what: str) -> str:
    try:
        return Path("/proc", str(pid), what).read_text(errors="replace")
    except OSError:
        return ""


def _stat(pid: str) -> list[str]:
    """Process, state and parent; the command's name between them may hold anything, parentheses included."""
    words = _words(int(pid), "stat")
    return [pid, *words.rpartition(")")[2].split()[:2]] if words else []
