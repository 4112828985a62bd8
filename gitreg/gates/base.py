"""What a gate is: a rule from its settings and the evidence to a result. It prints nothing and reads no files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from gitreg.domain.candidate import Candidate
from gitreg.domain.gate import GateResult


@dataclass(frozen=True)
class Evidence:
    """What gates look at.

    Args:
        candidate: the one that is to be promoted.
        goals: which direction of a metric is better, by the experiment's rules; absent means maximize.
        serving: the candidate behind the version in each stage of the model, where there is one.
        approvals: who approved, without the author; None while nobody was asked, which is before a release.
    """

    candidate: Candidate
    goals: Mapping[str, Literal["maximize", "minimize"]] = field(default_factory=dict)
    serving: Mapping[str, Candidate] = field(default_factory=dict)
    approvals: tuple[str, ...] | None = None


class GateRule(Protocol):
    """One gate's rule; it gets only settings of its own kind."""

    def __call__(self, gate: Any, evidence: Evidence) -> GateResult:  # noqa: ANN401 - the list in __init__ pairs kinds
        """What the gate says."""
        ...
