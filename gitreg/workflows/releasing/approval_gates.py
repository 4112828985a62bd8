"""Gates that ask for approvals: judged before a release is signed, when the people are known who approved."""

from __future__ import annotations

from collections.abc import Sequence

from gitreg.documents import layout
from gitreg.domain.candidate import Candidate
from gitreg.domain.gate import ApprovalsGate
from gitreg.domain.model import ModelVersion
from gitreg.domain.record import Person
from gitreg.domain.statement import Statement
from gitreg.errors import GateError
from gitreg.gates import Evidence, judge
from gitreg.store import Snapshot
from gitreg.workflows.registry import Registry
from gitreg.workflows.verification.case import Case
from gitreg.workflows.versions.demanded_gates import before_version, gates_of_release


def approval_gates(registry: Registry, accepted: Snapshot, statement: Statement) -> list[ApprovalsGate]:
    """The gates that ask for approvals before this is signed: a release's, by what was accepted before it and what is now."""
    if statement.action != "release" or statement.version is None:
        return []
    befores = before_version(registry.repository, accepted, statement.model, statement.version)
    gates = gates_of_release(accepted, befores, statement.model)
    return [gate for gate in gates if isinstance(gate, ApprovalsGate)]


def judged(
    case: Case, statement: Statement, gates: Sequence[ApprovalsGate], people: Sequence[str]
) -> GateError | None:
    """Why these gates do not let a release pass; None when they do. The authors' own approvals do not count."""
    assert statement.version is not None  # noqa: S101 - a release has one, by Statement's own law
    accepted, version = case.accepted, statement.version
    record = accepted.record(ModelVersion, layout.version_path(statement.model, version))
    candidate = accepted.record(Candidate, layout.version_candidate_path(statement.model, version))
    if record is None or candidate is None:
        return None  # release itself says what is missing
    others = tuple(_without(case, people, (record.author, candidate.author)))
    failed = [
        one.detail for one in judge(gates, Evidence(candidate, approvals=others)) if one.result == "failed"
    ]
    if not failed:
        return None
    return GateError(
        f"{statement.model} {version} waits for {'; '.join(failed)}, and those of its authors do not count",
        hint=f"gitreg release --approve {statement.model}@{version}, by somebody else",
    )


def _without(case: Case, people: Sequence[str], authors: Sequence[Person]) -> list[str]:
    """People other than the authors, whether the roles or a forge call them so."""
    names = {
        name.casefold() for one in authors for name in (one.name, one.email, one.email.partition("@")[0])
    }
    known = case.trust.roles.people
    return [
        one
        for one in dict.fromkeys(people)
        if (known[one].principal if one in known else one).casefold() not in names
    ]
