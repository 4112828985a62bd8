"""Times of several contestants, taken in turns, so that a noisy moment hits all alike.

Knows clocks and numbers; not what is being timed.
"""

from __future__ import annotations

import gc
import math
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any


@dataclass(frozen=True)
class Contestant:
    """One thing that is timed.

    Args:
        name: what it is, as the table says it.
        size: how much there was before.
        arrange: makes what a turn needs; not timed.
        act: what is timed, with what `arrange` made.
        close: ends what serves it.
        case: which of several tasks, where a benchmark has several.
    """

    name: str
    size: int
    arrange: Callable[[int], Any]
    act: Callable[[Any], object]
    close: Callable[[], object] = lambda: None
    case: str = ""


@dataclass(frozen=True)
class Skipped:
    """A peer that could not take part, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Figure:
    """What was measured of one contestant, in the order of the rounds.

    Args:
        name: of the contestant.
        size: how much there was before.
        samples: one for each round.
        case: which of several tasks.
        unit: of the samples.
    """

    name: str
    size: int
    samples: tuple[float, ...]
    case: str = ""
    unit: str = "ms"

    @property
    def median(self) -> float:
        """As many took less as took more."""
        return statistics.median(self.samples)

    @property
    def spread(self) -> tuple[float, float]:
        """From the fastest tenth to the slowest tenth."""
        return quantile(self.samples, 0.1), quantile(self.samples, 0.9)


def quantile(samples: Sequence[float], share: float) -> float:
    """The value below which a share of the samples lies, between neighbours by proportion."""
    ordered = sorted(samples)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def in_turns(
    contestants: Sequence[Contestant], repeat: int, *, warm_up: int = 2, patience: float = math.inf
) -> list[Figure]:
    """Times every contestant once a round, in another order each round, after rounds that do not count.

    What others have written is brought to the disk before each turn, so that nobody waits for the bytes of the one
    before; and what the interpreter holds already is no longer searched for garbage, so that one library's many
    objects do not slow down the others.

    Args:
        contestants: who takes part.
        repeat: rounds that count.
        warm_up: rounds before, that do not.
        patience: milliseconds after which a contestant takes no further turns; the one that went over it counts.
    """
    samples: list[list[float]] = [[] for _ in contestants]
    spent = [0.0] * len(contestants)
    dice = Random(0)
    for turn in range(repeat + warm_up):
        if turn == warm_up:
            gc.collect()
            gc.freeze()
        for index in dice.sample(range(len(contestants)), len(contestants)):
            if spent[index] > patience:
                continue
            taken = _take(contestants[index], turn)
            spent[index] += taken
            if turn >= warm_up or spent[index] > patience:
                samples[index].append(taken)
    gc.unfreeze()
    return [
        Figure(contestant.name, contestant.size, tuple(each), contestant.case)
        for contestant, each in zip(contestants, samples, strict=True)
    ]


def _take(contestant: Contestant, turn: int) -> float:
    arranged = contestant.arrange(turn)
    os.sync()
    start = time.perf_counter_ns()
    contestant.act(arranged)
    return (time.perf_counter_ns() - start) / 1e6
