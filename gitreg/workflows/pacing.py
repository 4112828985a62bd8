"""How a writer keeps out of the way of others: chance and waiting, given by whoever acts, and what it remembers of a crowd.

A writer that lost a race remembers it for a while (`gitreg/crowded` in the Git directory holds when). Nothing is ordered by
that clock; it only chooses between two ways that are both right.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from gitreg.workflows.registry import Registry

CROWDED = "crowded"
REMEMBERED = timedelta(seconds=30)
"""For how long a lost race is taken for a sign of more to come."""

RECENT = timedelta(seconds=10)
"""A commit of others that is younger, by their clock and ours, is a sign that they are at work now."""

FOLDING_SHARE = 1 / 64
"""How often a writer in a crowd tries the branch itself, folding what waits in the inbox: rarely, or folders race too."""

LOOKING_SHARE = 1 / 8
"""How often a writer that won at once looks into the inbox nevertheless."""

FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
"""Seconds; the wait doubles from try to try, and each is a random part of it (full jitter)."""


@dataclass(frozen=True)
class Pacing:
    """Chance and waiting.

    Args:
        random: for names of inbox refs, and for jitter.
        sleep: waits for so many seconds.
    """

    random: Random
    sleep: Callable[[float], None]

    def name(self) -> str:
        """32 random hex digits."""
        return f"{self.random.getrandbits(128):032x}"

    def is_folding_turn(self) -> bool:
        """Whether it is this writer's turn to try the branch in a crowd."""
        return self.random.random() < FOLDING_SHARE

    def is_looking_turn(self) -> bool:
        """Whether it is this writer's turn to look for an inbox when nothing hints at one."""
        return self.random.random() < LOOKING_SHARE

    def wait(self, tries: int) -> None:
        """Waits after a number of tries that were lost."""
        self.sleep(self.random.random() * min(LONGEST_WAIT, FIRST_WAIT * 2**tries))


def is_crowded(registry: Registry, now: datetime) -> bool:
    """Whether a race was lost here a moment ago."""
    try:
        then = datetime.fromisoformat((registry.local_state / CROWDED).read_text())
        return abs(now - then) < REMEMBERED
    except (OSError, ValueError, TypeError):
        return False


def is_recent(then: datetime, now: datetime) -> bool:
    """Whether others were at work a moment ago."""
    return abs(now - then) < RECENT


def remember_crowd(registry: Registry, now: datetime) -> None:
    """Notes a lost race; when that cannot be written, nothing is lost but a little speed."""
    with suppress(OSError):
        (registry.local_state / CROWDED).write_text(now.isoformat())


def forget_crowd(registry: Registry) -> None:
    """Notes a race that was won."""
    with suppress(OSError):
        (registry.local_state / CROWDED).unlink(missing_ok=True)
