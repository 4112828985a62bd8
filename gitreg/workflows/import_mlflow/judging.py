"""What the registry's gates say of a version that was accepted elsewhere: an import is no way around them."""

from __future__ import annotations

from gitreg.domain.gate import ApprovalsGate, Gate, GateResult, OnceGate
from gitreg.domain.model import Model
from gitreg.gates import judge
from gitreg.store import Snapshot
from gitreg.workflows.registry import Registry
from gitreg.workflows.storage import open_storage
from gitreg.workflows.versions.demanded_gates import demanded_gates
from gitreg.workflows.versions.gather_evidence import Subject, gather_evidence
from gitreg.workflows.versions.look_at_files import Content
from gitreg.workflows.versions.registered_source import Made


def judged(registry: Registry, accepted: Snapshot, model: Model, made: Made) -> list[GateResult]:
    """What each gate says; that a candidate becomes a version only once is no rule of MLflow's, and not asked."""
    gates = [one for one in demanded_gates(accepted, model.slug) if not isinstance(one, OnceGate)]
    candidate, part = made.candidate, made.part
    if candidate is None or part is None:
        detail = "the registry holds no candidate or no artifacts of it, so there is nothing to look at"
        return [GateResult(kind=gate.kind, result="failed", detail=detail) for gate in gates if _asks(gate)]

    def content() -> Content:
        return Content(part, registry.cache, open_storage(registry), part.size)

    subject = Subject(candidate, model, accepted, content, again=True)
    return judge(gates, gather_evidence(registry, subject, gates)) if gates else []


def _asks(gate: Gate) -> bool:
    """Whether a gate demands anything of a version: one that allows every format does not."""
    if isinstance(gate, ApprovalsGate):
        return False
    return not ("any" in getattr(gate, "allow", ()) and not getattr(gate, "scan", ()))
