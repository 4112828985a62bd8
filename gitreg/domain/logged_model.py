"""Logged models: what a candidate produced, before anybody registers it (MLflow 3's logged models)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gitreg.domain.candidate import ArtifactSummary
from gitreg.domain.names import CandidateId, Key, LoggedModelId, Name, Slug, Text
from gitreg.domain.record import Extra, Integer, Person, Record, Tags, Time, Value

ModelStatus = Literal["pending", "ready", "failed", "unspecified"]


class ModelMetric(Value):
    """One value of a metric of a logged model, measured by a candidate, perhaps on some data."""

    key: Key = Field(description="The metric.")
    value: float = Field(description="Its value.")
    step: Integer = Field(0, description="The step at which it was measured.")
    time: Time = Field(description="When it was measured, UTC.")
    candidate: CandidateId = Field(description="The candidate that measured it.")
    data: Text = Field("", description="Name of the data; empty without any.")
    fingerprint: Text = Field("", description="MLflow's digest of the data; empty without any.")


class LoggedModel(Record):
    """What a candidate produced: its artifacts, and what was measured of it."""

    schema_: Literal["gitreg/logged-model/v1"] = Field(
        "gitreg/logged-model/v1", alias="schema", description="Kind and version of this file."
    )
    id: LoggedModelId = Field(description="32 random hex digits; MLflow writes `m-` before them.")
    experiment: Slug = Field(description="Slug of the experiment.")
    name: Name = Field(description="What people call it; several may be called alike.")
    type: Text = Field("", description="What kind of model it is, as the program that made it says.")
    status: ModelStatus = Field("pending", description="Whether its artifacts are whole.")
    message: Text = Field("", description="Why it is not.")
    created: Time = Field(description="When it was begun, UTC.")
    updated: Time = Field(description="When it was last changed, UTC.")
    author: Person = Field(description="Whose Git identity logged it.")
    candidate: CandidateId | None = Field(None, description="The candidate that made it.")
    params: dict[Key, Text] = Field(default={}, description="Its configuration, as text as it was given.")
    metrics: list[ModelMetric] = Field(default=[], description="What was measured of it.")
    tags: Tags = Field(default={})
    artifacts: ArtifactSummary | None = Field(None, description="What it holds; null while it holds nothing.")
    deleted: Time | None = Field(None, description="When it was deleted; null while it is not.")
    extra: Extra = Field(default={})

    def __str__(self) -> str:
        return f"{self.experiment}/m-{self.id[:8]}"
