"""Metric points into a running candidate, as a training logs them: one by one, or a batch in one call."""

from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime
from pathlib import Path

from figures import Contestant

import gitreg
from gitreg.domain.curves import MetricPoint
from gitreg.workflows.init.init_registry import InitOptions, init_registry

NAME = "gitreg log_metric"
BATCH = "gitreg, the same in one batch"


def started(place: Path) -> gitreg.ActiveCandidate:
    """A running candidate in a registry of its own."""
    moment = datetime.now(UTC)
    for role in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{role}_NAME": "Benchmark", f"GIT_{role}_EMAIL": "benchmark@example.com"}
    init_registry(
        place / "registry",
        InitOptions(signing_key="new"),
        dict(os.environ),
        now=moment,
        registry_id=str(uuid.uuid4()),
    )
    os.chdir(place)
    return gitreg.start("benchmark", registry=place / "registry", strict=True)


def contestant(place: Path, calls: int) -> Contestant:
    """One call for each point."""
    candidate = started(place)

    def act(turn: int) -> None:
        for step in range(calls):
            candidate.log_metric("loss", 0.1234567, step=turn * calls + step)

    return Contestant(NAME, 0, lambda turn: turn, act)


def batch(place: Path, calls: int) -> Contestant:
    """As many points in one append."""
    draft = started(place)._draft  # noqa: SLF001 - the batch is not in the API yet

    def arrange(turn: int) -> list[MetricPoint]:
        return [
            MetricPoint("loss", 0.1234567, turn * calls + step, datetime.now(UTC)) for step in range(calls)
        ]

    return Contestant(BATCH, 0, arrange, draft.append)
