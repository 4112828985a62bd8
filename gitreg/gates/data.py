"""The gate that asks for a digest of every data source."""

from __future__ import annotations

from gitreg.domain.gate import DataGate, GateResult
from gitreg.gates.base import Evidence, few, judged, sources_of


def judge(gate: DataGate, evidence: Evidence) -> GateResult:
    """Passes when there is data, all that was asked for, and each has a digest."""
    data = evidence.candidate.data
    if not data:
        return judged(gate.kind, ["no data was recorded"], "")
    absent = [word for word in gate.sources if not sources_of(evidence.candidate, word)]
    unknown = [one.name for one in data if one.digest is None]
    faults = [f"no data {few(absent)}"] if absent else []
    faults += [f"no digest of {few(unknown)}"] if unknown else []
    return judged(gate.kind, faults, f"digests of {few([one.name for one in data])}")
