"""Listing and comparing candidates."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from gitreg.domain.candidate import Candidate
from gitreg.domain.condition import ATTRIBUTES, Condition, value_of
from gitreg.domain.words import slug_of
from gitreg.errors import NotFoundError, UsageError
from gitreg.workflows.find import candidates_of, experiment_of, experiments_in, find_candidate
from gitreg.workflows.registry import Registry

GROUPS = ("metrics", "params", "tags")


@dataclass(frozen=True)
class ListOptions:
    """Which candidates, in which order.

    Args:
        conditions: all must hold.
        experiment: name or slug; every experiment when None.
        sort: a field like `metrics.auc` or `created`; a leading `-` sorts from high to low. Newest first by default.
        limit: how many at most; None for all.
        deleted: whether deleted ones are listed too.
    """

    conditions: Sequence[Condition] = ()
    experiment: str | None = None
    sort: str = "-created"
    limit: int | None = None
    deleted: bool = False


def list_candidates(registry: Registry, options: ListOptions) -> list[Candidate]:
    """The candidates asked for; nulls last, equal ones by id.

    Raises:
        NotFoundError: if there is no such experiment.
        UsageError: for a field that cannot be sorted by.
    """
    field, falling = options.sort.removeprefix("-"), options.sort.startswith("-")
    _require_field(field)
    chosen = [
        candidate
        for candidate in _of_experiments(registry, options.experiment)
        if (options.deleted or candidate.deleted is None)
        and all(one.holds(candidate) for one in options.conditions)
    ]
    chosen.sort(key=lambda candidate: candidate.id)
    return sorted(chosen, key=lambda candidate: _order(candidate, field, falling=falling))[: options.limit]


def _of_experiments(registry: Registry, experiment: str | None) -> Iterator[Candidate]:
    snapshot = registry.candidates
    if experiment is None:
        for slug in experiments_in(snapshot):
            yield from candidates_of(snapshot, slug)
        return
    try:
        slug = slug_of(experiment)
    except ValueError as error:
        raise UsageError(f"not an experiment's name: {error}") from error
    experiment_of(snapshot, slug)
    yield from candidates_of(snapshot, slug)


def _require_field(field: str) -> None:
    """Refused before anything is read: an empty registry must not hide a slip of the hand."""
    group, _, key = field.partition(".")
    if field not in ATTRIBUTES and not (group in GROUPS and key):
        raise UsageError(
            f"cannot sort by {field!a}: there are metrics.NAME, params.NAME, tags.NAME, {', '.join(ATTRIBUTES)}",
            hint="gitreg list --sort -metrics.NAME",
        )


def _order(candidate: Candidate, field: str, *, falling: bool) -> tuple[bool, float, tuple[int, ...]]:
    value = value_of(candidate, field)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return (True, 0.0, ())
    if isinstance(value, float):
        return (False, -value if falling else value, ())
    codes = tuple(-ord(c) if falling else ord(c) for c in value)
    return (False, 0.0, (*codes, 0x110000 if falling else -1))


@dataclass(frozen=True)
class Row:
    """One field of compared candidates.

    Args:
        field: e.g. `metrics.auc`.
        values: one for each candidate; None where it has none.
        goal: which direction of a metric is better, where the experiment says so.
    """

    field: str
    values: tuple[str | float | None, ...]
    goal: Literal["maximize", "minimize"] | None = None

    @property
    def differs(self) -> bool:
        """Whether the candidates do not all agree."""
        return len({repr(value) for value in self.values}) > 1


@dataclass(frozen=True)
class Comparison:
    """Candidates side by side; rows that differ come first, metrics before the rest."""

    candidates: tuple[Candidate, ...]
    rows: tuple[Row, ...]


def compare(registry: Registry, references: Sequence[str]) -> Comparison:
    """Candidates side by side.

    Raises:
        UsageError: for fewer than two or more than a hundred.
    """
    if not 2 <= len(references) <= 100:
        raise UsageError("compare takes 2 to 100 candidates", hint="gitreg compare churn/best churn/latest")
    candidates = tuple(find_candidate(registry, reference) for reference in references)
    goals = _goals(registry, candidates)
    rows = [
        Row(field, tuple(value_of(candidate, field) for candidate in candidates), goals.get(field))
        for field in _fields(candidates)
    ]
    return Comparison(candidates, tuple(sorted(rows, key=lambda row: not row.differs)))


def _goals(registry: Registry, candidates: Sequence[Candidate]) -> dict[str, Literal["maximize", "minimize"]]:
    goals: dict[str, Literal["maximize", "minimize"]] = {}
    for slug in {candidate.experiment for candidate in candidates}:
        try:
            experiment = experiment_of(registry.candidates, slug)
        except NotFoundError:
            continue
        goals |= {f"metrics.{key}": rule.goal for key, rule in experiment.metrics.items()}
    return goals


def _fields(candidates: Sequence[Candidate]) -> list[str]:
    named = [
        f"{group}.{key}"
        for group in GROUPS
        for key in sorted({key for candidate in candidates for key in getattr(candidate, group)})
    ]
    return [
        *named,
        "experiment",
        "name",
        "status",
        "code.commit",
        "code.dirty",
        "created",
        "author",
        "artifacts.manifest",
    ]
