"""What a gate is: a rule from its settings and the evidence to a result. It prints nothing and reads no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from gitreg.domain.candidate import ArtifactSummary, Candidate, DataSource
from gitreg.domain.gate import GateResult
from gitreg.domain.model import Model

Verdict = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True)
class FileFacts:
    """What was found out about a file of a model.

    Args:
        path: its path in the model.
        formats: what it could be taken for, by its content.
        findings: what scanners say against it.
    """

    path: str
    formats: frozenset[str]
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What gates look at; what no gate asks for is not looked up, and stands as None.

    Args:
        candidate: the one that is to be promoted.
        goals: which direction of a metric is better, by the experiment's rules; absent means maximize.
        serving: the candidate behind the version in each stage of the model, where there is one.
        approvals: who approved, without the author; None while nobody was asked, which is before a release.
        description: what the version says is new in it; None while there is no version.
        model: the model's record.
        artifacts: what the promoted files hold.
        sections: headings of the version's card that have text below them; None while people may still write it.
        branches: which branches hold the candidate's commit, by the patterns that gates name; '' is the accepted branch.
        files: what was found out about each file.
        versions: other versions of the model that are made of the same candidate, or proposed to be.
        again: whether another version of the same candidate was asked for.
    """

    candidate: Candidate
    goals: Mapping[str, Literal["maximize", "minimize"]] = field(default_factory=dict)
    serving: Mapping[str, Candidate] = field(default_factory=dict)
    approvals: tuple[str, ...] | None = None
    description: str | None = None
    model: Model | None = None
    artifacts: ArtifactSummary | None = None
    sections: tuple[str, ...] | None = None
    branches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: tuple[FileFacts, ...] | None = None
    versions: tuple[str, ...] = ()
    again: bool = False


class GateRule(Protocol):
    """One gate's rule; it gets only settings of its own kind."""

    def __call__(self, gate: Any, evidence: Evidence) -> GateResult:  # noqa: ANN401 - the list in __init__ pairs kinds
        """What the gate says."""
        ...


def judged(kind: str, faults: Sequence[str], detail: str) -> GateResult:
    """Failed with the faults, where there are any; passed otherwise, with what was seen."""
    if faults:
        return GateResult(kind=kind, result="failed", detail="; ".join(faults))
    return GateResult(kind=kind, result="passed", detail=detail)


def few(words: Sequence[str], most: int = 3) -> str:
    """A list of words, the first few of them: a detail is read by people."""
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more


def sources_of(candidate: Candidate, word: str) -> list[DataSource]:
    """The candidate's data of that name or context."""
    return [one for one in candidate.data if word in {one.name, one.context}]
