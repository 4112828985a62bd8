"""Candidates as a busy team would log them, made from nothing but a seed and a number.

The same seed and number always give the same candidate, whatever the size of the registry: a registry of 1,000 is
the beginning of one of 1,000,000. Knows records; neither Git nor files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate
from random import Random

from gitreg.domain.candidate import Candidate, Code, DataSource, Environment, name_from
from gitreg.domain.digest import Digest
from gitreg.domain.record import Person

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
PEOPLE = tuple(Person(name=f"Person {n}", email=f"person{n}@example.com") for n in range(1, 9))
OPTIMIZERS = ("adam", "adamw", "sgd", "lion")
PARAMS = ("lr", "depth", "batch_size", "optimizer", "dropout", "epochs", "l2", "seed", "features", "augment")
METRICS = (
    "auc",
    "logloss",
    "accuracy",
    "f1",
    "precision",
    "recall",
    "train_seconds",
    "val_loss",
    "train_loss",
    "ece",
)
TAGS = ("team", "stage", "device", "purpose", "ticket")


@dataclass(frozen=True)
class Shape:
    """What a registry looks like.

    Args:
        seed: another seed gives other candidates.
        experiments: how many there are; the k-th is k times smaller than the first, as real ones are skewed.
        params: of each candidate.
        metrics: of each candidate.
        tags: of each candidate.
    """

    seed: int = 1
    experiments: int = 20
    params: int = 10
    metrics: int = 10
    tags: int = 5

    @cached_property
    def slugs(self) -> tuple[str, ...]:
        """The experiments, the largest first."""
        return tuple(f"experiment-{number:02d}" for number in range(1, self.experiments + 1))

    @cached_property
    def weights(self) -> tuple[float, ...]:
        """How often each experiment is chosen, added up."""
        return tuple(accumulate(1 / rank for rank in range(1, self.experiments + 1)))

    def candidate(self, number: int, experiment: str | None = None) -> Candidate:
        """The candidate of that number, in an experiment drawn by the numbers or in the one named."""
        dice = Random(f"{self.seed}/{number}")
        drawn = dice.choices(self.slugs, cum_weights=self.weights)[0]
        identifier = f"{dice.getrandbits(128):032x}"
        params = dict(_params(dice, self.params))
        created = START + timedelta(seconds=30 * number, microseconds=dice.randrange(1_000_000))
        return Candidate(
            id=identifier,
            experiment=experiment or drawn,
            name=name_from(params, identifier),
            created=created,
            finished=created + timedelta(seconds=dice.randint(20, 20_000)),
            author=dice.choice(PEOPLE),
            code=_code(dice),
            data=[_data(dice)],
            params=params,
            metrics=dict(_metrics(dice, self.metrics)),
            tags=dict(_tags(dice, self.tags)),
            environment=Environment(python="3.11.9", platform="linux-x86_64"),
        )


def _code(dice: Random) -> Code:
    return Code(
        repository="https://git.example.com/team/models",
        commit=f"{dice.getrandbits(160):040x}",
        branch=dice.choice(("main", "feature/wider", "feature/lr")),
        command=["python", "train.py"],
    )


def _data(dice: Random) -> DataSource:
    digest = Digest.parse(f"md5:{dice.choice('0123456789abcdef') * 32}")
    return DataSource(name="train", uri="data/train.csv", digest=digest, context="training")


def _params(dice: Random, count: int) -> Iterator[tuple[str, str]]:
    for name in _names(PARAMS, "param", count):
        yield name, _param(dice, name)


def _param(dice: Random, name: str) -> str:
    if name == "optimizer":
        return dice.choice(OPTIMIZERS)
    if name in {"depth", "batch_size", "epochs", "seed"}:
        return str(2 ** dice.randint(1, 10))
    if name == "augment":
        return dice.choice(("true", "false"))
    if name == "features":
        return dice.choice(("all", "no-text", "top-100"))
    return f"{10 ** dice.uniform(-5, 0):.6g}"


def _metrics(dice: Random, count: int) -> Iterator[tuple[str, float]]:
    for name in _names(METRICS, "metric", count):
        yield name, dice.uniform(10, 20_000) if name == "train_seconds" else dice.betavariate(8, 2)


def _tags(dice: Random, count: int) -> Iterator[tuple[str, str]]:
    for name in _names(TAGS, "tag", count):
        yield name, f"{name}-{dice.randint(1, 12)}"


def _names(known: Sequence[str], more: str, count: int) -> tuple[str, ...]:
    return (*known[:count], *(f"{more}_{number}" for number in range(len(known) + 1, count + 1)))
