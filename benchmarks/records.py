"""Candidates as a busy team would log them, made from nothing but a seed and a number.

The same shape and number always give the same candidate, whatever the size of the registry: a registry of 1,000 is
the beginning of one of 1,000,000. Knows records; neither Git nor files.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from random import Random
from typing import Any

from values import Quality, drawn_metrics, drawn_params

from gitreg.domain.candidate import Candidate, Code, DataSource, Environment, Status, name_from
from gitreg.domain.digest import Digest
from gitreg.domain.experiment import Experiment, MetricRule
from gitreg.domain.record import Person

GENERATION = 2
"""Raised whenever other candidates come out, so that nothing kept from before is taken for the same."""

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
PEOPLE = tuple(Person(name=f"Person {n}", email=f"person{n}@example.com") for n in range(1, 9))
TOPICS = ("main", "feature/wider", "feature/lr", "feature/new-data", "fix/leak", "experiment/distil")
DATA = ("train", "validation", "holdout", "synthetic", "public", "labels-2025")
TAGS = ("team", "stage", "device", "purpose", "ticket")
STATES: tuple[Status, ...] = ("finished", "failed", "killed")
STATE_WEIGHTS = (92, 98, 100)  # added up: of a hundred, six fail and two are killed
MISSING = 0.04
COMMIT_LASTS = 50
"""How many candidates in a row one commit of the code is tried with."""

Span = tuple[int, int]
"""At least and at most."""


@dataclass(frozen=True)
class Shape:
    """What a registry looks like.

    Where a span is open, each experiment has a width of its own in it, and now and then a candidate lacks a value.

    Args:
        seed: another seed gives other candidates.
        experiments: how many there are; the k-th is k times smaller than the first, as real ones are skewed.
        params: of each candidate, at least and at most.
        metrics: of each candidate, at least and at most.
        tags: of each candidate, at least and at most.
    """

    seed: int = 1
    experiments: int = 20
    params: Span = (10, 50)
    metrics: Span = (10, 50)
    tags: Span = (2, 5)

    @cached_property
    def slugs(self) -> tuple[str, ...]:
        """The experiments, the largest first."""
        return tuple(f"experiment-{number:02d}" for number in range(1, self.experiments + 1))

    @cached_property
    def weights(self) -> tuple[float, ...]:
        """How often each experiment is chosen, added up."""
        return tuple(accumulate(1 / rank for rank in range(1, self.experiments + 1)))

    @cached_property
    def widths(self) -> dict[str, tuple[int, int, int]]:
        """How many params, metrics and tags the candidates of each experiment have, where none is missing."""
        return {
            slug: tuple(Random(f"{self.seed}/{slug}/{span}").randint(*span) for span in self._spans)  # type: ignore[misc]
            for slug in self.slugs
        }

    @property
    def _spans(self) -> tuple[Span, Span, Span]:
        return self.params, self.metrics, self.tags

    def experiment(self, slug: str) -> Experiment:
        """The record of an experiment, as somebody has edited it: one metric says which candidate is best."""
        rules = {"auc": MetricRule(primary=True), "logloss": MetricRule(goal="minimize")}
        return Experiment.called(slug).model_copy(update={"metrics": rules})

    def candidate(self, number: int, experiment: str | None = None) -> Candidate:
        """The candidate of that number, in an experiment drawn by the numbers or in the one named."""
        dice = Random(f"{self.seed}/{number}")
        slug = dice.choices(self.slugs, cum_weights=self.weights)[0]
        identifier = f"{dice.getrandbits(128):032x}"
        slug = experiment or slug
        widths = self.widths[slug]
        params = _thinned(dice, drawn_params(dice, slug, widths[0]), self.params)
        status = dice.choices(STATES, cum_weights=STATE_WEIGHTS)[0]
        metrics = drawn_metrics(dice, Quality.of(dice, slug, params, status), widths[1])
        created = START + timedelta(seconds=30 * number, microseconds=dice.randrange(1_000_000))
        finished = created + timedelta(seconds=int(20 * math.exp(dice.uniform(0, 7))))
        return Candidate(
            id=identifier,
            experiment=slug,
            name=name_from(params, identifier),
            status=status,
            created=created,
            finished=finished,
            author=PEOPLE[_skewed(dice, len(PEOPLE))],
            code=self._code(dice, number),
            data=_data(dice),
            params=params,
            metrics=_thinned(dice, metrics, self.metrics),
            tags=_tags(dice, widths[2]),
            notes="Tried after the review of last week." if dice.random() < 0.03 else "",
            environment=Environment(python="3.11.9", platform="linux-x86_64"),
            deleted=finished + timedelta(days=1) if dice.random() < 0.01 else None,
        )

    def _code(self, dice: Random, number: int) -> Code:
        commit = Random(f"{self.seed}/commit/{number // COMMIT_LASTS}").getrandbits(160)
        return Code(
            repository="https://git.example.com/team/models",
            commit=f"{commit:040x}",
            branch=TOPICS[_skewed(dice, len(TOPICS))],
            dirty=dice.random() < 0.1,
            command=["python", "train.py"],
        )


def _thinned(dice: Random, values: dict[str, Any], span: Span) -> dict[str, Any]:
    """Some values are missing where a span is open, but never so many that it is left."""
    least, most = span
    if least == most:
        return values
    spare = len(values) - least
    missing = [name for name in list(values)[1:] if dice.random() < MISSING][:spare]
    return {name: value for name, value in values.items() if name not in missing}


def _data(dice: Random) -> list[DataSource]:
    """One or two of few sources; each has had a few contents."""
    names = dict.fromkeys(DATA[_skewed(dice, len(DATA))] for _ in range(dice.choice((1, 1, 2))))
    return [
        DataSource(
            name=name,
            uri=f"data/{name}.csv",
            digest=Digest.parse(f"md5:{dice.choice('0123456789abcdef') * 32}"),
            context="training" if place == 0 else "evaluation",
        )
        for place, name in enumerate(names)
    ]


def _tags(dice: Random, count: int) -> dict[str, str]:
    names = (*TAGS[:count], *(f"tag_{number}" for number in range(len(TAGS) + 1, count + 1)))
    return {name: f"{name}-{1 + _skewed(dice, 12)}" for name in names}


def _skewed(dice: Random, count: int) -> int:
    """A number below `count`, small ones more often: half of what people do is done by few of them."""
    return min(int(count * dice.random() ** 2), count - 1)


FIXED = Shape(params=(10, 10), metrics=(10, 10), tags=(5, 5))
"""The candidate that budgets speak of: 10 params, 10 metrics, 5 tags, none missing."""
