"""How a writer keeps out of the way of others: chance and waiting, given by whoever acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

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
