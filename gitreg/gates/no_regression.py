"""The gate that asks a candidate to be no worse than the version in a stage."""

from __future__ import annotations

import math

from gitreg.domain.gate import GateResult, NoRegressionGate
from gitreg.gates.base import Evidence


def judge(gate: NoRegressionGate, evidence: Evidence) -> GateResult:
    """Passes when the metric is worse by at most the tolerance; is skipped when the stage has no version."""
    current = evidence.serving.get(gate.against)
    if current is None:
        return GateResult(kind=gate.kind, result="skipped", detail=f"no version is in {gate.against}")
    mine, theirs = evidence.candidate.metrics.get(gate.metric), current.metrics.get(gate.metric)
    if mine is None or theirs is None:
        who = "the candidate" if mine is None else f"the version in {gate.against}"
        return GateResult(kind=gate.kind, result="failed", detail=f"{gate.metric} was not logged for {who}")
    worse = (mine - theirs) if evidence.goals.get(gate.metric) == "minimize" else (theirs - mine)
    passed = not math.isnan(worse) and worse <= gate.tolerance
    return GateResult(
        kind=gate.kind,
        result="passed" if passed else "failed",
        detail=f"{gate.metric} {mine:g} against {theirs:g} in {gate.against}, tolerance {gate.tolerance:g}",
    )
