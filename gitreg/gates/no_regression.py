"""The gate that asks a candidate to be no worse than the version in a stage, measured on the same data."""

from __future__ import annotations

import math

from gitreg.domain.candidate import Candidate, DataSource
from gitreg.domain.gate import GateResult, NoRegressionGate
from gitreg.gates.base import Evidence, few, sources_of

EVALUATION = frozenset(["eval", "evaluation", "test", "testing", "valid", "validation"])
"""Contexts of data that models are measured on, as people and MLflow call them."""


def judge(gate: NoRegressionGate, evidence: Evidence) -> GateResult:
    """Passes when the metric is worse by at most the tolerance; is skipped when the stage has no version."""
    current = evidence.serving.get(gate.against)
    if current is None:
        return GateResult(kind=gate.kind, result="skipped", detail=f"no version is in {gate.against}")
    mine, theirs = evidence.candidate.metrics.get(gate.metric), current.metrics.get(gate.metric)
    if mine is None or theirs is None:
        who = "the candidate" if mine is None else f"the version in {gate.against}"
        return GateResult(kind=gate.kind, result="failed", detail=f"{gate.metric} was not logged for {who}")
    goal = gate.goal or evidence.goals.get(gate.metric)
    worse = (mine - theirs) if goal == "minimize" else (theirs - mine)
    passed = not math.isnan(worse) and worse <= gate.tolerance
    words = f"{gate.metric} {mine:g} against {theirs:g} in {gate.against}, tolerance {gate.tolerance:g}"
    fault = _other_data(gate, evidence.candidate, current) if gate.same_data else None
    return GateResult(
        kind=gate.kind,
        result="passed" if passed and fault is None else "failed",
        detail=f"{words}; {fault}" if fault else words,
    )


def _other_data(gate: NoRegressionGate, mine: Candidate, theirs: Candidate) -> str | None:
    """Why the two values cannot be compared; None when both were measured on the same data."""
    for who, one in (("the candidate", mine), (f"the version in {gate.against}", theirs)):
        absent = [word for word in gate.data if not sources_of(one, word)]
        if absent:
            return f"{who} has no data {few(absent)}"
    ours, others = _measured(gate, mine), _measured(gate, theirs)
    for who, data in (("the candidate", ours), (f"the version in {gate.against}", others)):
        if not data:
            return f"{who} does not say on which data it was measured"
        unknown = [one.name for one in data if one.digest is None]
        if unknown:
            return f"{who} has no digest of {few(unknown)}"
    if {one.digest for one in ours} != {one.digest for one in others}:
        return (
            f"measured on other data ({few([one.name for one in ours])}) than the version in {gate.against}"
        )
    return None


def _measured(gate: NoRegressionGate, candidate: Candidate) -> list[DataSource]:
    """The data that a metric was measured on: what the gate names, else what is for evaluation, else all there is."""
    if gate.data:
        return [one for one in candidate.data if one.name in gate.data or one.context in gate.data]
    return [one for one in candidate.data if one.context.lower() in EVALUATION] or candidate.data
