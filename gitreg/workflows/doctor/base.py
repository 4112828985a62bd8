"""What every check of the doctor is told, and what it answers."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Generic, Literal, TypeVar

from gitreg.gitrepo import Repository
from gitreg.workflows.registry import Registry

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Kind:
    """One kind of finding, as docs/doctor.md lists it.

    Args:
        code: its name, for programs.
        severity: `error` needs mending, `warning` may soon, `note` is good to know.
        meaning: what it is, in a few words.
        mend: what mends it, as a pattern.
    """

    code: str
    severity: Severity
    meaning: str
    mend: str


@dataclass(frozen=True)
class Diagnosis:
    """One finding.

    Args:
        kind: which.
        what: what was found, naming the thing.
        why: why it matters, or how it came.
        command: what to type; safe to paste into a shell. None where nothing that is typed here mends it.
    """

    kind: Kind
    what: str
    why: str
    command: str | None = None

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.kind.severity


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A repository that is examined.

    Args:
        repository: it.
        environ: the environment of whoever asks.
        now: this moment, by this machine's clock.
        place: the folder to name in commands; None where they are typed in it anyway.
        offline: ask no remote and no storage.
        deep: look at everything, however long it takes.
    """

    repository: Repository
    environ: Mapping[str, str]
    now: datetime
    place: Path | None = None
    offline: bool = False
    deep: bool = False

    def git(self, *words: str) -> str:
        """A command of Git for this repository."""
        return command("git", *self._place, *words)

    def gitreg(self, *words: str) -> str:
        """A command of gitreg for this repository."""
        return command("gitreg", *self._place, *words)

    @property
    def _place(self) -> tuple[str, ...]:
        return ("-C", str(self.place)) if self.place else ()


@dataclass(frozen=True, kw_only=True)
class RegistrySubject(Subject):
    """A repository that holds a registry."""

    registry: Registry


S = TypeVar("S", bound=Subject)


@dataclass(frozen=True)
class Check(Generic[S]):
    """One check.

    Args:
        name: what is looked at.
        kinds: everything it may find.
        find: looks.
    """

    name: str
    kinds: Sequence[Kind]
    find: Callable[[S], list[Diagnosis]]


def command(*words: str) -> str:
    """A command line whose words are what they are, whoever named them."""
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    """One word for a shell; what does not print is written by its bytes (`$'...'`, POSIX.1-2024, bash, zsh)."""
    if word.isprintable():
        return shlex.quote(word)
    return "$'" + "".join(map(_byte, word.encode("utf-8", "surrogateescape"))) + "'"


def _byte(byte: int) -> str:
    plain = 32 <= byte < 127 and chr(byte) not in "'\\"
    return chr(byte) if plain else f"\\x{byte:02x}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def age_text(seconds: float) -> str:
    """How long ago, as people say it."""
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return counted(int(seconds // size), name)
    return counted(max(int(seconds), 0), "second")
