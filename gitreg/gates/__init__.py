"""Gates: rules that a promotion must meet. One file each, and the one list of them here."""

from __future__ import annotations

from collections.abc import Iterable

from gitreg.domain.gate import Gate, GateResult
from gitreg.gates import approvals, no_regression, threshold
from gitreg.gates.base import Evidence, GateRule

RULES: dict[str, GateRule] = {
    "threshold": threshold.judge,
    "no-regression": no_regression.judge,
    "approvals": approvals.judge,
}


def judge(gates: Iterable[Gate], evidence: Evidence) -> list[GateResult]:
    """What every gate says of a candidate, in the order given."""
    return [RULES[gate.kind](gate, evidence) for gate in gates]


__all__ = ["RULES", "Evidence", "GateRule", "judge"]
