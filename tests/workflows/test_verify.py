"""Verification says yes to what is honest, and says what it looked at."""

from __future__ import annotations

from workshop import Workshop

from gitreg.workflows.verification.result import STEPS


def test_an_honest_release_verifies(registry: Workshop) -> None:
    """Every step passes or has nothing to do, in the order of the documentation."""
    verdict = registry.verify("churn@1.0.0")

    assert [step.name for step in verdict.steps] == list(STEPS)
    assert [step.number for step in verdict.steps] == list(range(1, 15))
    assert {step.name for step in verdict.steps if step.result != "passed"} == {"stage", "content"}
    assert (verdict.model, str(verdict.version), verdict.signer) == ("churn", "1.0.0", "ada")
    assert verdict.notes == ()
