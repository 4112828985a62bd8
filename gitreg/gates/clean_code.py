"""The gate that asks for code that others have: a commit on an accepted branch, and nothing beside it."""

from __future__ import annotations

from gitreg.domain.candidate import Code
from gitreg.domain.gate import CleanCodeGate, GateResult
from gitreg.gates.base import Evidence, few, judged
from gitreg.gates.patterns import matches


def judge(gate: CleanCodeGate, evidence: Evidence) -> GateResult:
    """Passes when the commit is recorded, clean, and held by one of the branches."""
    code = evidence.candidate.code
    if code.commit is None:
        return judged(gate.kind, ["no commit was recorded"], "")
    commit = code.commit[:12]
    faults = [f"there was more than commit {commit}: changes that nobody else has"] if code.dirty else []
    if gate.repository is not None:
        faults += _elsewhere(gate, code)
        return judged(gate.kind, faults, f"commit {commit} of {gate.repository}, as recorded")
    held = [name for pattern in gate.branches or [""] for name in evidence.branches.get(pattern, ())]
    if not held:
        where = few(gate.branches) if gate.branches else "the accepted branch"
        faults.append(f"commit {commit} is not on {where}, as far as it is known here")
    return judged(gate.kind, faults, f"commit {commit} on {few(held)}")


def _elsewhere(gate: CleanCodeGate, code: Code) -> list[str]:
    """What does not fit for code of another repository, which is not asked: its record is taken at its word."""
    if code.repository is None or _plain(code.repository) != _plain(gate.repository or ""):
        return [f"the code is of {code.repository or 'no repository'}, not of {gate.repository}"]
    if gate.branches and not any(matches(pattern, code.branch or "") for pattern in gate.branches):
        return [f"the code is of branch {code.branch or 'none'}, not of {few(gate.branches)}"]
    return []


def _plain(url: str) -> str:
    """A repository's URL without what does not matter to Git hosts."""
    return url.rstrip("/").removesuffix(".git")
