"""Every check, one after another: the one visible list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gitreg.errors import GitregError
from gitreg.workflows.doctor import (
    clock,
    clone,
    content,
    damage,
    drafts,
    forge,
    locks,
    mlflow,
    opening,
    remote,
    room,
    settings,
)
from gitreg.workflows.doctor.base import Check, Diagnosis, Kind, RegistrySubject, S, Subject

UNFINISHED = Kind("check-failed", "warning", "something that could not be looked at", "what its message says")

REPOSITORY_CHECKS: tuple[Check[Subject], ...] = (
    settings.GIT,
    settings.IDENTITY,
    settings.SETTINGS,
    locks.LOCKS,
    locks.COLLECTOR,
    clock.FILE_CLOCK,
    damage.DAMAGE,
    room.DISK,
    mlflow.TRAPS,
)
REGISTRY_CHECKS: tuple[Check[RegistrySubject], ...] = (
    clone.BRANCHES,
    clone.SHAPE,
    drafts.DRAFTS,
    locks.LEFTOVERS,
    content.WAITING,
    content.MISSING,
    room.STORAGE,
    remote.REMOTE,
    remote.INBOX_REFS,
    forge.FORGE,
    clock.FUTURE_COMMITS,
    settings.SIGNING_KEY,
    settings.MERGING,
)
ORDER = ("error", "warning", "note")


@dataclass(frozen=True)
class Examination:
    """What was found, the worst first.

    Args:
        findings: it.
        checks: how many checks looked.
    """

    findings: tuple[Diagnosis, ...]
    checks: int

    @property
    def is_sound(self) -> bool:
        """Whether nothing needs mending."""
        return all(one.severity != "error" for one in self.findings)


@dataclass(frozen=True)
class Extent:
    """How far to look: `offline` asks no remote and no storage, `deep` looks at everything there is."""

    offline: bool = False
    deep: bool = False


def kinds() -> list[Kind]:
    """Every kind of finding that there is."""
    checked = [check.kinds for check in REPOSITORY_CHECKS] + [check.kinds for check in REGISTRY_CHECKS]
    return [*opening.KINDS, *(kind for some in checked for kind in some), UNFINISHED]


def examine(
    path: Path, environ: Mapping[str, str], *, now: datetime, extent: Extent, place: Path | None = None
) -> Examination:
    """Looks at everything; changes nothing.

    Args:
        path: a folder in the registry.
        environ: the environment of whoever asks.
        now: this moment.
        extent: how far to look.
        place: the folder to name in commands; None where they are typed in it anyway.
    """
    repository = opening.open_repository(path, environ)
    if isinstance(repository, Diagnosis):
        return Examination((repository,), 1)
    with repository:
        told = {
            "repository": repository, "environ": environ, "now": now, "place": place,
            "offline": extent.offline, "deep": extent.deep,
        }  # fmt: skip
        subject = Subject(**told)  # type: ignore[arg-type]
        found = _made(REPOSITORY_CHECKS, subject)
        registry = opening.find_registry(subject)
        if isinstance(registry, Diagnosis):
            return _sorted([registry, *found], 1 + len(REPOSITORY_CHECKS))
        found += _made(REGISTRY_CHECKS, RegistrySubject(registry=registry, **told))  # type: ignore[arg-type]
        return _sorted(found, 1 + len(REPOSITORY_CHECKS) + len(REGISTRY_CHECKS))


def _made(checks: Sequence[Check[S]], subject: S) -> list[Diagnosis]:
    return [finding for check in checks for finding in _answer(check, subject)]


def _answer(check: Check[S], subject: S) -> list[Diagnosis]:
    try:
        return check.find(subject)
    except (GitregError, OSError) as error:
        return [Diagnosis(UNFINISHED, f"{check.name}: {error}", "this could not be looked at; the rest was")]


def _sorted(found: Sequence[Diagnosis], checks: int) -> Examination:
    return Examination(tuple(sorted(found, key=lambda one: ORDER.index(one.severity))), checks)
