"""A shared registry, and a runner that clones it for jobs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from desk import Desk
from runner import Runner


@pytest.fixture
def runner(desk: Desk) -> Runner:
    """A runner for a registry with one candidate, shared by its remote."""
    desk.log()
    desk.share()
    return Runner(desk)


@pytest.fixture
def proposed(runner: Runner) -> Runner:
    """The same with version 1.0.0 of churn, for production, proposed."""
    desk = runner.desk
    candidate = desk.log(metrics={"auc": 0.91})
    desk.publish()
    desk.promote(candidate, stage="production")
    return runner


@pytest.fixture
def untouched(tmp_path: Path) -> Callable[[], bool]:
    """Whether nothing of WORDS was run, wherever a job works."""
    return lambda: not list(tmp_path.rglob("pwned*"))
