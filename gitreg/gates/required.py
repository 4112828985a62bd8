"""The gate that asks for what people must have written down."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.domain.gate import GateResult, RequiredGate
from gitreg.gates.base import Evidence, few, judged


def judge(gate: RequiredGate, evidence: Evidence) -> GateResult:
    """Passes when all of it is there and not empty; sections that are still to be written make it skipped."""
    faults = list(_absent(gate, evidence))
    if not faults and gate.sections and evidence.sections is None:
        detail = f"README.md of the proposal needs {few(gate.sections)}, which is asked for at release"
        return GateResult(kind=gate.kind, result="skipped", detail=detail)
    wanted = [*gate.fields, *gate.tags, *gate.params, *gate.metrics, *gate.sections]
    return judged(gate.kind, faults, f"{few(wanted)} there")


def _absent(gate: RequiredGate, evidence: Evidence) -> Iterator[str]:
    candidate = evidence.candidate
    groups = (
        ("fields", [one for one in gate.fields if not _is_there(one, evidence)]),
        ("tags", [key for key in gate.tags if not candidate.tags.get(key, "").strip()]),
        ("params", [key for key in gate.params if not candidate.params.get(key, "").strip()]),
        ("metrics", [key for key in gate.metrics if key not in candidate.metrics]),
        ("sections", [one for one in gate.sections if not _has_section(one, evidence)]),
    )
    for what, names in groups:
        if names:
            yield f"{what} missing: {few(names)}"


def _is_there(field: str, evidence: Evidence) -> bool:
    candidate, model = evidence.candidate, evidence.model
    match field:
        case "description":
            return evidence.description is None or bool(evidence.description.strip())
        case "notes":
            return bool(candidate.notes.strip())
        case "code":
            return candidate.code.commit is not None
        case "data":
            return bool(candidate.data)
        case "environment":
            return candidate.environment is not None
        case "ci":
            return candidate.ci is not None
        case "model-description":
            return model is not None and bool(model.description.strip())
        case "owners":
            return model is not None and bool(model.owners)
    return False


def _has_section(title: str, evidence: Evidence) -> bool:
    """Whether the card has it; a card that is still to be written may."""
    if evidence.sections is None:
        return True
    return title.casefold() in {one.casefold() for one in evidence.sections}
