"""Locks and temporary files that a killed process left in the Git directory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gitreg.gitrepo.health import Worker
from gitreg.gitrepo.maintenance import running_collector
from gitreg.workflows.doctor.base import Check, Diagnosis, Kind, RegistrySubject, Subject, age_text, command

STALE_LOCK = Kind("stale-lock", "error", "a lock file that no process of Git holds", "rm -f -- FILE")
YOUNG_LOCK = Kind(
    "young-lock", "warning", "a lock file without a process of Git, younger than a minute", "rm -f -- FILE"
)
STALE_COLLECTOR = Kind(
    "stale-gc-pid", "warning", "the mark of a `git gc` that does not run any more", "rm -f -- FILE"
)
LEFTOVER = Kind(
    "leftover", "warning", "what a killed process left half-written a day ago or longer", "rm -rf -- FILE..."
)

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
SHOWN = 50
_OBJECTS = ("tmp_*", "obj*", "gitreg-*", "pack/tmp_*", "pack/.tmp-*", "[0-9a-f][0-9a-f]/tmp_*")
_LOCAL = ("drafts/.new-*", "drafts/.gone-*", "unpushed/files/tmp-*", "tmp-*")


def find_locks(subject: Subject) -> list[Diagnosis]:
    """Locks that stay when their holder dies, and stop everybody else (git's lockfile.h).

    One that a visible process of Git may hold is left alone. Where processes cannot be seen, an hour decides.
    """
    health = subject.repository.health
    workers = health.workers()
    found = []
    for path in health.locks():
        age = _age(path, subject)
        if age is None or _may_be_held(workers, age):
            continue
        kind = STALE_LOCK if age >= MINUTE else YOUNG_LOCK
        what = f"{path} is {age_text(age)} old, and no git process is at work here"
        why = "whoever made it was killed; what it locks cannot be changed until it is gone"
        found.append(Diagnosis(kind, what, why, command("rm", "-f", "--", str(path))))
    return found


def _may_be_held(workers: Sequence[Worker] | None, age: float) -> bool:
    if workers is None:
        return age < HOUR
    return any(age < MINUTE or not one.is_waiting for one in workers)


def find_dead_collector(subject: Subject) -> list[Diagnosis]:
    """`gc.pid` of a process that is gone."""
    path = subject.repository.common_dir / "gc.pid"
    if not path.is_file() or running_collector(subject.repository.common_dir) is not None:
        return []
    why = "a `git gc` was killed; the next one may take this for a running one"
    what = f"{path} names a process that does not run"
    return [Diagnosis(STALE_COLLECTOR, what, why, command("rm", "-f", "--", str(path)))]


def find_leftovers(subject: RegistrySubject) -> list[Diagnosis]:
    """Half-written files and folders; gitreg sweeps its own when it writes, and Git in its housekeeping."""
    objects, local = subject.repository.common_dir / "objects", subject.registry.local_state
    places = [(objects, pattern) for pattern in _OBJECTS] + [(local, pattern) for pattern in _LOCAL]
    found = sorted(
        path
        for folder, pattern in places
        for path in folder.glob(pattern)
        if (_age(path, subject) or 0) >= DAY and not path.is_symlink()
    )
    if not found:
        return []
    shown = [str(path) for path in found[:SHOWN]]
    what = f"{len(found)} half-written: {shown[0]}{' and others' if len(found) > 1 else ''}"
    why = "they take room, and nobody reads them"
    return [Diagnosis(LEFTOVER, what, why, command("rm", "-rf", "--", *shown))]


def _age(path: Path, subject: Subject) -> float | None:
    try:
        return subject.now.timestamp() - path.lstat().st_mtime
    except OSError:
        return None  # gone meanwhile: it was in use


LOCKS = Check("locks", (STALE_LOCK, YOUNG_LOCK), find_locks)
COLLECTOR = Check("gc.pid", (STALE_COLLECTOR,), find_dead_collector)
LEFTOVERS = Check("leftovers", (LEFTOVER,), find_leftovers)
