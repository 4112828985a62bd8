"""Params as people choose them and metrics that follow from them. Knows numbers; no records.

Grids and habits make most params skewed; what a candidate is worth depends on them, and its metrics agree with each
other about it, as those of real trainings do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

SEARCHED = frozenset({"lr", "dropout", "l2"})
HABITS = {
    "lr": ("0.001", "0.0003", "0.01", "0.1", "3e-05", "0.0001", "0.003", "1e-05", "0.03"),
    "dropout": ("0.1", "0.0", "0.2", "0.5", "0.3"),
    "l2": ("0", "0.0001", "0.01", "1e-06"),
    "optimizer": ("adamw", "adam", "sgd", "lion"),
    "features": ("all", "no-text", "top-100"),
}
"""Params of which people mostly take the first."""
CHOICES = {
    "depth": ("4", "6", "6", "8", "8", "8", "12", "16"),
    "batch_size": ("32", "64", "64", "128", "128", "128", "256", "1024"),
    "epochs": ("5", "10", "10", "20", "20", "50", "100"),
    "augment": ("true", "false"),
}
"""Params on a grid."""
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
LOSSES = frozenset({"logloss", "val_loss", "train_loss"})
DIVERGED = 0.005
"""The share of trainings whose losses are not a number in the end."""


def drawn_params(dice: Random, experiment: str, count: int) -> dict[str, str]:
    """Params of one candidate; every third experiment searches at random instead of on a grid."""
    free = sum(map(ord, experiment)) % 3 == 0
    names = (*PARAMS[:count], *(f"param_{number}" for number in range(len(PARAMS) + 1, count + 1)))
    return {name: _param(dice, name, free=free) for name in names}


def _param(dice: Random, name: str, *, free: bool) -> str:
    if free and name in SEARCHED:
        return f"{10 ** dice.uniform(-5, -0.5):.6g}"
    if name in HABITS:
        return _habit(dice, HABITS[name])
    if name in CHOICES:
        return dice.choice(CHOICES[name])
    if name == "seed":
        return str(dice.randrange(5)) if dice.random() < 0.8 else str(dice.randrange(100_000))
    return _further(dice, int(name.rpartition("_")[2]))


def _further(dice: Random, number: int) -> str:
    """Params without a name of their own, of four sorts in turn."""
    sort = number % 4
    if sort == 0:
        return f"{dice.lognormvariate(0, 1):.4g}"
    if sort == 1:
        return _habit(dice, tuple(f"option-{letter}" for letter in "abcdef"))
    if sort == 2:
        return str(dice.choice((1, 2, 4, 8, 16, 32)))
    return f"/data/team/config/v{1 + dice.randrange(4)}/stage-{number}.yaml"


def _habit(dice: Random, choices: tuple[str, ...]) -> str:
    """The first most often: half, a quarter, an eighth, ..."""
    return choices[min(int(-math.log2(1 - dice.random())), len(choices) - 1)]


@dataclass(frozen=True)
class Quality:
    """What a training was worth: the cause of all its metrics.

    Args:
        level: log-odds of being right.
        seconds: how long it trained.
        diverged: whether its losses ended as NaN.
    """

    level: float
    seconds: float
    diverged: bool

    @classmethod
    def of(cls, dice: Random, experiment: str, params: Mapping[str, str], status: str) -> Quality:
        """Follows from the experiment and the params, with some luck."""
        task = sum(map(ord, experiment)) % 7 / 4
        lr = float(params.get("lr", "0.001"))
        depth, epochs = int(params.get("depth", "8")), int(params.get("epochs", "20"))
        level = (
            0.8 + task - 0.15 * (math.log10(max(lr, 1e-9)) + 3) ** 2 + 0.03 * depth + 0.1 * math.log(epochs)
        )
        luck = dice.gauss(0, 0.4) - (1.0 if status == "failed" else 0.0)
        seconds = 3.0 * depth * epochs * math.exp(dice.gauss(0, 0.3))
        return cls(level + luck, seconds, dice.random() < DIVERGED)


def drawn_metrics(dice: Random, quality: Quality, count: int) -> dict[str, float]:
    """Metrics of one candidate."""
    names = (*METRICS[:count], *(f"metric_{number}" for number in range(len(METRICS) + 1, count + 1)))
    return {name: _metric(dice, name, quality) for name in names}


def _metric(dice: Random, name: str, quality: Quality) -> float:
    if name == "train_seconds":
        return quality.seconds
    right = 1 / (1 + math.exp(-quality.level - dice.gauss(0, 0.1)))
    if name in LOSSES:
        if quality.diverged:
            return math.inf if name == "train_loss" else math.nan
        return -math.log(right) * (0.8 if name == "train_loss" else 1.0)
    return 0.2 * (1 - right) * dice.random() if name == "ece" else right
