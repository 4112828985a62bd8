"""The gate that bounds how large a model is."""

from __future__ import annotations

from gitreg.domain.gate import GateResult, SizeGate
from gitreg.gates.base import Evidence, judged


def judge(gate: SizeGate, evidence: Evidence) -> GateResult:
    """Passes when the promoted files are within both bounds; bounds are inclusive."""
    found = evidence.artifacts
    if found is None:
        return judged(gate.kind, ["it has no artifacts"], "")
    faults = []
    if gate.max_bytes is not None and found.size > gate.max_bytes:
        faults.append(f"{found.size} bytes, and {gate.max_bytes} are allowed")
    if gate.max_files is not None and found.files > gate.max_files:
        faults.append(f"{found.files} files, and {gate.max_files} are allowed")
    return judged(gate.kind, faults, f"{found.size} bytes in {found.files} files")
