"""The gate of every promotion: what becomes a version is finished, is not deleted, and is no version of the model yet."""

from __future__ import annotations

from gitreg.domain.gate import GateResult, OnceGate
from gitreg.gates.base import Evidence, few, judged


def judge(gate: OnceGate, evidence: Evidence) -> GateResult:
    """Passes for such a candidate; is skipped for one that was asked for again, and says which version it is already."""
    candidate = evidence.candidate
    faults = []
    if candidate.deleted is not None:
        faults.append("the candidate is deleted")
    if candidate.status != "finished":
        faults.append(f"the candidate is {candidate.status}")
    others = few(evidence.versions)
    if others and evidence.again and not faults:
        return GateResult(kind=gate.kind, result="skipped", detail=f"asked for again; it is {others} already")
    if others and not evidence.again:
        faults.append(f"the candidate is {others} already")
    return judged(gate.kind, faults, "finished, not deleted, no other version")
