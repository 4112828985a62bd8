"""What an import did, or would do: counts by kind, and what is to be told. Knows no source and no registry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal["experiments", "runs", "logged models", "models", "versions"]
State = Literal["new", "there", "changed", "clash", "left out"]
"""`new` is imported; `there` was imported before; `changed` was, and differs at the source now; `clash` is something else of that
name or id here; `left out` cannot be imported, or was not asked for."""
KINDS: tuple[Kind, ...] = get_args(Kind)
STATES: tuple[State, ...] = get_args(State)
MOST_NOTICES = 50


@dataclass
class Report:
    """Counts and notices, as they come."""

    counts: Counter[tuple[Kind, State]] = field(default_factory=Counter)
    notices: list[str] = field(default_factory=list)
    further: int = 0
    is_whole: bool = True

    def count(self, kind: Kind, state: State, number: int = 1) -> None:
        """Counts things of a kind."""
        self.counts[kind, state] += number

    def tell(self, words: object, *, lost: bool = True) -> None:
        """Notes a sentence for people; only the first are kept.

        Args:
            words: the sentence.
            lost: whether something that the source has is not here.
        """
        self.is_whole = self.is_whole and not lost
        if len(self.notices) < MOST_NOTICES:
            self.notices.append(str(words))
        else:
            self.further += 1

    def tell_all(self, words: Iterable[object]) -> None:
        """Notes several sentences about what is not here."""
        for one in words:
            self.tell(one)

    def rows(self) -> list[tuple[str, list[int]]]:
        """Counts of each kind, in the order of `STATES`."""
        return [(kind, [self.counts[kind, state] for state in STATES]) for kind in KINDS]

    @property
    def made(self) -> int:
        """How many things were, or would be, imported."""
        return sum(number for (_, state), number in self.counts.items() if state == "new")
