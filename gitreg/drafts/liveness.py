"""Whether a process that wrote its mark still runs. Knows what an operating system tells of processes.

A process id alone says little, for ids are used again: on Linux a process is its id, its start in clock ticks since
boot, the boot's id and the id's name space (proc_pid_stat(5), field 22; pid_namespaces(7)). Elsewhere id and host must do.
"""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path
from typing import Literal

from gitreg.domain.names import Text
from gitreg.domain.record import Value

Liveness = Literal["running", "dead", "elsewhere"]
PROC = Path("/proc")


class ProcessMark(Value):
    """What tells one process from every other; `served` when it was a server's, which works for a training elsewhere."""

    pid: int
    host: Text
    boot: Text = ""
    space: Text = ""
    started: int | None = None
    served: bool = False


def served_mark(pid: int) -> ProcessMark:
    """The mark of a training that a server works for: that the server's process ended says nothing of the training."""
    return process_mark(pid).model_copy(update={"served": True})


def process_mark(pid: int) -> ProcessMark:
    """The mark of a process of this machine."""
    boot, space = _machine()
    return ProcessMark(pid=pid, host=socket.gethostname(), boot=boot, space=space, started=_start_of(pid))


def liveness(mark: ProcessMark) -> Liveness:
    """Whether the process runs; `elsewhere` where this machine (or container) cannot know.

    Another boot of a host of the same name is elsewhere too: two machines, or two containers, may be called alike.
    """
    if mark.served:
        return "elsewhere"
    boot, space = _machine()
    if (mark.host, mark.boot, mark.space) != (socket.gethostname(), boot, space):
        return "elsewhere"
    if not _exists(mark.pid):
        return "dead"
    return "running" if mark.started == _start_of(mark.pid) else "dead"


@cache
def _machine() -> tuple[str, str]:
    """The boot's id and the name space of process ids; empty where the system has neither."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return boot, str((PROC / "self/ns/pid").readlink())
    except OSError:
        return "", ""


def _start_of(pid: int) -> int | None:
    """When the process started, in ticks since boot; None where there is no /proc, or no such process."""
    return _own_start(pid) if pid == os.getpid() else _read_start(pid)


@cache
def _own_start(pid: int) -> int | None:
    return _read_start(pid)


def _read_start(pid: int) -> int | None:
    try:
        words = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # the second field is the program's name in parentheses, and may hold anything: count from its end
    return int(words.rpartition(")")[2].split()[19])


def _exists(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another user's
    return True


def _forget() -> None:
    """A child may be in another name space, and has another start."""
    _machine.cache_clear()
    _own_start.cache_clear()


os.register_at_fork(after_in_child=_forget)
