"""Locks that a killed Git left: found to be nobody's, and removed, so that the next act needs no person.

Git's lock is a file that its maker removes (lockfile.h), and SIGKILL keeps it from that. A lock is nobody's when no
process of Git works in this repository, and it has stood for longer than Git holds one to move a ref or set a value, which
is milliseconds. Processes of another container or machine are not seen: for them the time alone has to do. Where
processes are not seen at all, an hour decides.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable
from pathlib import Path

from gitreg.disk import clock_of
from gitreg.gitrepo.health import Health, Worker

MOMENT, HOUR = 2.0, 3600.0
"""Seconds."""

_SHORT = ("refs/", "packed-refs.lock", "packed-refs.new", "HEAD.lock", "config.lock", "logs/")
"""What is locked for a moment only; the index may be locked for as long as a merge takes, and is the user's."""


def remove_abandoned(health: Health, common: Path) -> bool:
    """Remove what locks nobody holds any more; tell whether a lock is gone. Waits until a young one is old enough.

    Args:
        health: of the repository.
        common: its common Git directory.
    """
    locks = _short_locks(health, common)
    if not locks:
        return False
    descriptor = os.open(common, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # two that mend at once could take a new lock for the old one
        time.sleep(MOMENT)
        return _remove(locks, health, common)
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _short_locks(health: Health, common: Path) -> dict[Path, os.stat_result]:
    found = {}
    for path in health.locks():
        if path.is_relative_to(common) and path.relative_to(common).as_posix().startswith(_SHORT):
            try:
                found[path] = path.lstat()
            except FileNotFoundError:
                continue
    return found


def _remove(locks: dict[Path, os.stat_result], health: Health, common: Path) -> bool:
    workers, now = health.workers(), clock_of(common)
    gone = False
    for path, seen in locks.items():
        try:
            found = path.lstat()
        except FileNotFoundError:
            gone = True
            continue
        is_same = os.path.samestat(found, seen) and found.st_mtime_ns == seen.st_mtime_ns
        if is_same and now is not None and _is_nobodys(workers, now - found.st_mtime):
            path.unlink(missing_ok=True)
            gone = True
    return gone


def _is_nobodys(workers: Iterable[Worker] | None, age: float) -> bool:
    if workers is None:
        return age >= HOUR
    return age >= MOMENT and all(one.is_waiting for one in workers)
