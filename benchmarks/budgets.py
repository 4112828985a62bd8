"""Budgets: what a figure may be at most, as ratios within one run, and whether it is. Measures nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from figures import Figure, Skipped

NAMED = 4
"""How many cases over a budget are named, the worst first."""
SMALLEST = 1e-9
State = Literal["kept", "missed", "not known"]


@dataclass(frozen=True)
class Term:
    """So many times what another contestant took.

    Args:
        factor: how many times.
        name: the contestant.
        size: of the contestant's figure; the same as that of the figure that is judged when None.
    """

    factor: float
    name: str
    size: int | None = None


@dataclass(frozen=True)
class Budget:
    """What each figure of a contestant may be at most: the sum of the terms, and something more.

    Args:
        words: the budget, as the design says it.
        name: the contestant whose figures are judged.
        terms: what they are compared with.
        plus: what may be added, in the figures' unit.
        size: only figures of this size are judged; those of every size when None.
    """

    words: str
    name: str
    terms: tuple[Term, ...] = ()
    plus: float = 0.0
    size: int | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether a budget was kept, and by how much: the worst case is what counts."""

    words: str
    state: State
    detail: str


def judge(budget: Budget, figures: Sequence[Figure], skipped: Sequence[Skipped] = ()) -> Verdict:
    """Compares every figure that the budget speaks of with its limit."""
    limits = [(figure, _limit(budget, figure, figures)) for figure in _subjects(budget, figures)]
    judged = [(figure, limit) for figure, limit in limits if limit is not None]
    if not judged:
        return Verdict(budget.words, "not known", _missing(budget, figures, skipped))
    worst_first = sorted(judged, key=lambda pair: pair[0].median / (pair[1] or SMALLEST), reverse=True)
    over = [_said(*pair) for pair in worst_first if pair[0].median > pair[1]]
    if not over:
        return Verdict(budget.words, "kept", _said(*worst_first[0]))
    count = f"; {len(over)} of {len(judged)} over" if judged[1:] else ""
    return Verdict(budget.words, "missed", f"{'; '.join(over[:NAMED])}{count}")


def _subjects(budget: Budget, figures: Sequence[Figure]) -> Iterator[Figure]:
    return (each for each in figures if each.name == budget.name and budget.size in {None, each.size})


def _limit(budget: Budget, figure: Figure, figures: Sequence[Figure]) -> float | None:
    """The most that this figure may be; None where somebody to compare with is missing."""
    limit = budget.plus
    for term in budget.terms:
        other = _found(term, figure, figures)
        if other is None:
            return None
        limit += term.factor * other.median
    return limit


def _found(term: Term, figure: Figure, figures: Sequence[Figure]) -> Figure | None:
    size = figure.size if term.size is None else term.size
    return next(
        (one for one in figures if (one.name, one.size, one.case) == (term.name, size, figure.case)), None
    )


def _missing(budget: Budget, figures: Sequence[Figure], skipped: Sequence[Skipped]) -> str:
    """Why there is nothing to compare: somebody was skipped, or the size was not asked for."""
    wanted = {budget.name, *(term.name for term in budget.terms)}
    reasons = [f"{each.name}: {each.reason}" for each in skipped if each.name in wanted]
    absent = sorted(wanted - {each.name for each in figures} - {each.name for each in skipped})
    reasons += [f"{name}: not measured" for name in absent]
    return "; ".join(reasons) or "not measured at the sizes it speaks of"


def _said(figure: Figure, limit: float) -> str:
    where = [each for each in (figure.case, f"{figure.size:,}" if figure.size else "") if each]
    place = f" ({', '.join(where)})" if where else ""
    return f"{figure.median:,.2f} of {limit:,.2f} {figure.unit}{place}"
