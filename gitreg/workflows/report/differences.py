"""Metrics, params and data of a version against those of the current one; what differs first."""

from __future__ import annotations

from collections.abc import Mapping

from gitreg.domain.candidate import Candidate, DataSource
from gitreg.domain.gate import Gate, NoRegressionGate, ThresholdGate
from gitreg.errors import NotFoundError
from gitreg.store import Snapshot
from gitreg.workflows.candidates.compare import Goal, Row
from gitreg.workflows.report.values import Metric
from gitreg.workflows.searching.picks import experiment_of


def goals_of(candidates: Snapshot, experiment: str | None, gates: list[Gate]) -> dict[str, Goal]:
    """Which direction of a metric is better: as a gate that review accepted says, else as the experiment does."""
    try:
        rules = experiment_of(candidates, experiment).metrics if experiment else {}
    except NotFoundError:
        rules = {}
    goals: dict[str, Goal] = {key: rule.goal for key, rule in rules.items()}
    said = {gate.metric: gate.goal for gate in gates if isinstance(gate, NoRegressionGate) and gate.goal}
    bounds = {
        gate.metric: goal for gate in gates if isinstance(gate, ThresholdGate) and (goal := _goal(gate))
    }
    return {**bounds, **goals, **said}


def _goal(gate: ThresholdGate) -> Goal | None:
    """A bound on one side says which way is better; one on both sides says nothing."""
    if gate.at_least is not None and gate.at_most is not None:
        return None
    return "maximize" if gate.at_most is None else "minimize"


def metric_rows(
    candidate: Candidate | None, current: Candidate | None, goals: Mapping[str, Goal]
) -> tuple[Metric, ...]:
    """Every metric of either: those that differ first, of them those with a direction, then by name."""
    now, before = candidate.metrics if candidate else {}, current.metrics if current else {}
    names = sorted(now.keys() | before.keys())
    rows = [Metric(name, Row(name, (before.get(name), now.get(name)), goals.get(name))) for name in names]
    return tuple(sorted(rows, key=lambda one: (not one.row.differs, one.row.goal is None)))


def param_rows(candidate: Candidate | None, current: Candidate | None) -> tuple[Row, ...]:
    """Params that differ, by name; all of them for a first version."""
    return _differing(current.params if current else {}, candidate.params if candidate else {})


def data_rows(candidate: Candidate | None, current: Candidate | None) -> tuple[Row, ...]:
    """Data sources that differ, by name; all of them for a first version."""
    return _differing(
        _sources(current.data) if current else {}, _sources(candidate.data) if candidate else {}
    )


def _differing(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[Row, ...]:
    rows = (Row(name, (before.get(name), now.get(name))) for name in sorted(before.keys() | now.keys()))
    return tuple(row for row in rows if row.differs)


def _sources(data: list[DataSource]) -> dict[str, str]:
    """What is said of data, by name; several of one name are told apart by their order."""
    found: dict[str, str] = {}
    for one in data:
        name, times = one.name, 1
        while name in found:
            times += 1
            name = f"{one.name} ({times})"
        found[name] = source_text(one)
    return found


def source_text(one: DataSource) -> str:
    """Where it came from, its digest, what it was for and its licence."""
    parts = (one.uri, str(one.digest) if one.digest else "without a digest", one.context, one.licence or "")
    return ", ".join(filter(None, parts))
