"""Gates: rules that a promotion must meet. One file each, and the one list of them here."""

from __future__ import annotations

from collections.abc import Iterable

from gitreg.domain.gate import Gate, GateResult
from gitreg.gates import (
    approvals,
    clean_code,
    data,
    formats,
    licence,
    no_regression,
    once,
    required,
    size,
    threshold,
)
from gitreg.gates.base import Evidence, FileFacts, GateRule

RULES: dict[str, GateRule] = {
    "threshold": threshold.judge,
    "no-regression": no_regression.judge,
    "required": required.judge,
    "clean-code": clean_code.judge,
    "data": data.judge,
    "formats": formats.judge,
    "size": size.judge,
    "once": once.judge,
    "licence": licence.judge,
    "approvals": approvals.judge,
}


def judge(gates: Iterable[Gate], evidence: Evidence) -> list[GateResult]:
    """What every gate says of a candidate, in the order given."""
    return [RULES[gate.kind](gate, evidence) for gate in gates]


__all__ = ["RULES", "Evidence", "FileFacts", "GateRule", "judge"]
