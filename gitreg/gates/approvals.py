"""The gate that asks for people's approvals, which only a release can know."""

from __future__ import annotations

from gitreg.domain.gate import ApprovalsGate, GateResult
from gitreg.gates.base import Evidence


def judge(gate: ApprovalsGate, evidence: Evidence) -> GateResult:
    """Passes when enough people approved; is skipped while nobody was asked."""
    if evidence.approvals is None:
        return GateResult(
            kind=gate.kind, result="skipped", detail=f"{gate.at_least} approvals are asked for at release"
        )
    people = sorted(set(evidence.approvals))
    passed = len(people) >= gate.at_least
    named = f" ({', '.join(people)})" if people else ""
    return GateResult(
        kind=gate.kind,
        result="passed" if passed else "failed",
        detail=f"{len(people)} of {gate.at_least} approvals{named}",
    )
