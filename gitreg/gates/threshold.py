"""The gate that asks a metric to reach a value."""

from __future__ import annotations

from gitreg.domain.gate import GateResult, ThresholdGate
from gitreg.gates.base import Evidence


def judge(gate: ThresholdGate, evidence: Evidence) -> GateResult:
    """Passes when the metric is there and within both bounds; NaN is within none."""
    value = evidence.candidate.metrics.get(gate.metric)
    if value is None:
        return GateResult(kind=gate.kind, result="failed", detail=f"{gate.metric} was not logged")
    bounds = []
    if gate.at_least is not None:
        bounds.append((value >= gate.at_least, ">=", gate.at_least))
    if gate.at_most is not None:
        bounds.append((value <= gate.at_most, "<=", gate.at_most))
    detail = " and ".join(
        f"{gate.metric} {value:g} {sign if held else f'is not {sign}'} {bound:g}"
        for held, sign, bound in bounds
    )
    return GateResult(
        kind=gate.kind, result="passed" if all(held for held, _, _ in bounds) else "failed", detail=detail
    )
