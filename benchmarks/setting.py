"""What a row of the benchmarks is given: where to work, what to work on, how large and how often."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from budgets import Budget
from figures import Contestant, Figure, Skipped, in_turns
from machine import describe
from report import Run
from stock import Stock


@dataclass(frozen=True)
class Scale:
    """How large everything is.

    Args:
        name: of the scale.
        searched: candidates in the registries that are searched.
        logged: candidates in the registries that one is logged into.
        batch: candidates logged at once.
        releases: versions in a registry.
        shown: experiments that DVC shows.
        large: bytes of a large artifact.
        files: of an artifact of many files.
        pulled: bytes of a version that is pulled.
        points: of a long training.
        rounds: at most.
        patience: milliseconds after which a contestant takes no further turns.
    """

    name: str
    searched: tuple[int, ...]
    logged: tuple[int, ...]
    batch: int
    releases: int
    shown: int
    large: int
    files: int
    pulled: int
    points: int
    rounds: int
    patience: float

    @property
    def searched_most(self) -> int:
        """The largest registry that is searched."""
        return self.searched[-1]


USUAL = Scale(
    "usual",
    searched=(10_000, 100_000),
    logged=(0, 10_000, 100_000),
    batch=1000,
    releases=1000,
    shown=200,
    large=2**30,
    files=10_000,
    pulled=10_000_000,
    points=1_000_000,
    rounds=1000,
    patience=20_000,
)
FULL = replace(USUAL, name="full", searched=(10_000, 100_000, 1_000_000), points=10_000_000, patience=60_000)
QUICK = Scale(
    "quick",
    searched=(60,),
    logged=(60,),
    batch=10,
    releases=1,
    shown=3,
    large=2**20,
    files=20,
    pulled=10_000,
    points=20,
    rounds=1,
    patience=10_000,
)


@dataclass(frozen=True)
class Words:
    """What a page says of a row: its name, title, what a reader must know, and whom the others are compared with."""

    name: str
    title: str
    notes: str
    reference: str


@dataclass(frozen=True)
class Setting:
    """Where a row works.

    Args:
        folder: an empty one, gone afterwards.
        stock: registries and databases.
        scale: how large.
        machine: what it was like before anything was measured.
    """

    folder: Path
    stock: Stock
    scale: Scale
    machine: Mapping[str, str]

    @classmethod
    def at(cls, folder: Path, stock: Stock, scale: Scale) -> Setting:
        """On this machine, as it is now."""
        return cls(folder, stock, scale, describe(folder))

    def place(self, name: str) -> Path:
        """A new folder."""
        place = self.folder / name
        place.mkdir(parents=True)
        return place

    def contest(
        self,
        words: Words,
        made: Sequence[Contestant | Skipped],
        budgets: Sequence[Budget],
        rounds: int,
        patience: float | None = None,
    ) -> Run:
        """Measures those that can take part, in turns."""
        contestants = [each for each in made if isinstance(each, Contestant)]
        say(f"{words.name}: measuring {len(contestants)} contestants")
        quick = self.scale.rounds < 2
        with ExitStack() as closing:
            for each in contestants:
                closing.callback(each.close)
            figures = in_turns(
                contestants,
                min(rounds, self.scale.rounds),
                warm_up=0 if quick else min(2, rounds // 3),
                patience=patience or self.scale.patience,
            )
        return self.told(words, figures, [each for each in made if isinstance(each, Skipped)], budgets)

    def told(
        self, words: Words, figures: Sequence[Figure], skipped: Sequence[Skipped], budgets: Sequence[Budget]
    ) -> Run:
        """A run of what was measured in another way than by turns."""
        missing = list({each.name: each for each in skipped}.values())
        return Run(
            words.name, words.title, words.notes, words.reference, self.machine, figures, missing, budgets
        )


def say(words: str) -> None:
    """Tells who waits what is done."""
    print(f"{words} ...", file=sys.stderr, flush=True)
