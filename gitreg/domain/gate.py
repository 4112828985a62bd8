"""Gates as they are configured, and what came of them. The rules themselves are in gitreg.gates."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from gitreg.domain.names import Key, StageName, Text
from gitreg.domain.record import Number, Value


class ThresholdGate(Value):
    """A metric must reach a value."""

    kind: Literal["threshold"]
    metric: Key = Field(description="The metric's name.")
    at_least: float | None = Field(None, description="The smallest value that passes.")
    at_most: float | None = Field(None, description="The largest value that passes.")

    @model_validator(mode="after")
    def _some_bound(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("a threshold needs at_least or at_most")
        return self


class NoRegressionGate(Value):
    """A metric must not be worse than that of the version in a stage."""

    kind: Literal["no-regression"]
    metric: Key = Field(description="The metric's name.")
    against: StageName = Field(description="The stage whose version is the measure.")
    tolerance: float = Field(0.0, ge=0, description="How much worse is still accepted.")


class ApprovalsGate(Value):
    """People other than the author must have approved the proposal before it is released."""

    kind: Literal["approvals"]
    at_least: Number = Field(description="How many approvals; the author's own does not count.")


Gate = Annotated[ThresholdGate | NoRegressionGate | ApprovalsGate, Field(discriminator="kind")]
GATES: tuple[type[Value], ...] = get_args(get_args(Gate)[0])
"""Every kind of gate, in the order in which they are explained."""


class GateResult(Value):
    """What a gate said when a version was proposed."""

    kind: Text = Field(description="The gate's kind.")
    result: Literal["passed", "failed", "skipped"] = Field(
        description="What it said; skipped when there was nothing to compare with."
    )
    detail: Text = Field(description="The values it looked at.")
