"""Candidates side by side: what differs, and for numbers how much, and whether that is better."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from gitreg.domain.candidate import Candidate
from gitreg.domain.times import time_text
from gitreg.errors import NotFoundError, UsageError
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.picks import experiment_of
from gitreg.workflows.searching.show_draft import find_candidate_or_draft

MOST = 100
GROUPS = ("metrics", "params", "tags")
Goal = Literal["maximize", "minimize"]
Verdict = Literal["better", "worse"]
Value = str | float | None
_ATTRIBUTES: dict[str, Callable[[Candidate], Value]] = {
    "experiment": lambda candidate: candidate.experiment,
    "name": lambda candidate: candidate.name,
    "status": lambda candidate: candidate.status,
    "code.commit": lambda candidate: candidate.code.commit,
    "code.branch": lambda candidate: candidate.code.branch,
    "code.dirty": lambda candidate: "true" if candidate.code.dirty else "false",
    "data": lambda candidate: (
        ", ".join(f"{one.name} {one.digest or one.uri}" for one in candidate.data) or None
    ),
    "created": lambda candidate: time_text(candidate.created),
    "author": lambda candidate: str(candidate.author),
    "artifacts.manifest": lambda candidate: (
        str(candidate.artifacts.manifest) if candidate.artifacts else None
    ),
    "notes": lambda candidate: candidate.notes or None,
}


@dataclass(frozen=True)
class Row:
    """One field of compared candidates.

    Args:
        field: e.g. `metrics.auc`.
        values: one for each candidate, the base first; None where it has none.
        goal: which direction of a metric is better, where the experiment says so.
    """

    field: str
    values: tuple[Value, ...]
    goal: Goal | None = None

    @property
    def differs(self) -> bool:
        """Whether the candidates do not all agree."""
        return len({repr(value) for value in self.values}) > 1

    def change(self, value: Value) -> float | None:
        """How much more a number is than the base's; None for what is no number, or the same."""
        base = self.values[0]
        if not isinstance(value, float) or not isinstance(base, float):
            return None
        if math.isnan(value) or math.isnan(base) or value == base:
            return None
        return value - base

    def verdict(self, value: Value) -> Verdict | None:
        """Whether a metric is better or worse than the base's; None where nobody said which way is better."""
        change = self.change(value)
        if change is None or self.goal is None:
            return None
        return "better" if (change > 0) == (self.goal == "maximize") else "worse"


@dataclass(frozen=True)
class Comparison:
    """Candidates side by side.

    Args:
        candidates: the first is the base, which the others are compared with.
        rows: those that differ come first, metrics before the rest.
        against: what the base was called, where it was named apart.
    """

    candidates: tuple[Candidate, ...]
    rows: tuple[Row, ...]
    against: str | None = None


def compare(registry: Registry, references: Sequence[str], against: str | None = None) -> Comparison:
    """Candidates side by side, what differs first.

    Args:
        registry: where they are.
        references: of candidates, or of versions, which were candidates once; running ones too.
        against: what they are compared with; the first of them when None.

    Raises:
        UsageError: for fewer than two or more than a hundred in all.
    """
    wanted = [*([against] if against is not None else []), *references]
    if not 2 <= len(wanted) <= MOST:
        raise UsageError(
            f"compare takes 2 to {MOST} candidates", hint="gitreg compare churn/best churn/latest"
        )
    candidates = tuple(find_candidate_or_draft(registry, reference) for reference in wanted)
    goals = _goals(registry, candidates)
    rows = [*_named_rows(candidates, goals), *_rows(candidates)]
    return Comparison(candidates, tuple(sorted(rows, key=lambda row: not row.differs)), against)


def _goals(registry: Registry, candidates: Sequence[Candidate]) -> dict[str, Goal]:
    """Of each metric; the base's experiment counts most."""
    goals: dict[str, Goal] = {}
    for slug in dict.fromkeys(candidate.experiment for candidate in candidates):
        try:
            experiment = experiment_of(registry.candidates, slug)
        except NotFoundError:
            continue
        goals = {key: rule.goal for key, rule in experiment.metrics.items()} | goals
    return goals


def _named_rows(candidates: Sequence[Candidate], goals: dict[str, Goal]) -> list[Row]:
    return [
        Row(
            f"{group}.{key}",
            tuple(getattr(candidate, group).get(key) for candidate in candidates),
            goals.get(key) if group == "metrics" else None,
        )
        for group in GROUPS
        for key in sorted({key for candidate in candidates for key in getattr(candidate, group)})
    ]


def _rows(candidates: Sequence[Candidate]) -> list[Row]:
    return [Row(name, tuple(map(get, candidates))) for name, get in _ATTRIBUTES.items()]
