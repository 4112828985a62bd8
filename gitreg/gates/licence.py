"""The gate that asks for an allowed licence of every data source."""

from __future__ import annotations

from gitreg.domain.gate import GateResult, LicenceGate
from gitreg.gates.base import Evidence, few, judged


def judge(gate: LicenceGate, evidence: Evidence) -> GateResult:
    """Passes when there is data, and each has a licence of the list; SPDX identifiers have no case."""
    data = evidence.candidate.data
    if not data:
        return judged(gate.kind, ["no data was recorded, so nothing tells its licence"], "")
    allowed = {one.casefold() for one in gate.allow}
    silent = [one.name for one in data if not one.licence]
    refused = [
        f"{one.name} ({one.licence})" for one in data if one.licence and one.licence.casefold() not in allowed
    ]
    faults = [f"no licence recorded for {few(silent)}"] if silent else []
    faults += [f"not allowed: {few(refused)}"] if refused else []
    return judged(gate.kind, faults, f"{few(sorted({one.licence for one in data if one.licence}))}")
