"""Candidates: one combination of code, data and configuration, with what came of it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from gitreg.domain.digest import Digest
from gitreg.domain.names import CandidateId, Key, LoggedModelId, Name, Slug, Text
from gitreg.domain.record import (
    SPARSE,
    Count,
    Extra,
    Integer,
    Number,
    Person,
    Record,
    Tags,
    Time,
    Value,
)
from gitreg.domain.words import display_name

Status = Literal["running", "scheduled", "finished", "failed", "killed"]
GitCommit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class Code(Value):
    """The first component: which code ran."""

    repository: Text | None = Field(None, description="URL of the code's remote, without credentials.")
    commit: GitCommit | None = Field(None, description="The newest commit that the code's remote has.")
    branch: Text | None = Field(None, description="The branch that was checked out.")
    dirty: bool = Field(
        False,
        description="Whether there was more than the commit: then .gitreg/code.patch among the artifacts holds it.",
    )
    command: list[Text] = Field(default=[], description="The command that ran, word by word.")


class DataSource(Value):
    """The second component: which data was used."""

    name: Name = Field(description="What the data is called.")
    uri: Text = Field(description="Where it was read from: a path or a URL, without credentials.")
    digest: Digest | None = Field(None, description="Digest of the content.")
    context: Text = Field("", description="What it was used for, e.g. 'training'.")
    licence: Text | None = Field(None, description="Its licence, as an SPDX identifier, e.g. 'CC-BY-4.0'.")
    kind: Text = Field(
        "",
        json_schema_extra=SPARSE,
        description="What kind of source it is, in MLflow's words, e.g. 'local'.",
    )
    source: Text = Field(
        "",
        json_schema_extra=SPARSE,
        description="The source as the program that read it describes it, often JSON.",
    )
    fingerprint: Text = Field(
        "", json_schema_extra=SPARSE, description="MLflow's digest, which is of a sample of the content."
    )
    columns: Text = Field(
        "", json_schema_extra=SPARSE, description="Names and types of what it holds, as JSON."
    )
    profile: Text = Field("", json_schema_extra=SPARSE, description="Figures about its content, as JSON.")
    tags: Tags = Field(default={}, json_schema_extra=SPARSE)


class Curve(Value):
    """Summary of a metric that has more than one point."""

    points: Number = Field(description="How many points were logged.")
    min: float = Field(description="The smallest value.")
    max: float = Field(description="The largest value.")


class ModelLink(Value):
    """A logged model that a candidate used or made."""

    id: LoggedModelId = Field(description="The logged model's id.")
    role: Literal["input", "output"] = Field(description="Whether the candidate used it or made it.")
    step: Integer = Field(0, description="The step at which it was made.")


class Environment(Value):
    """What the code ran in."""

    python: Text = Field("", description="Version of Python.")
    platform: Text = Field("", description="Operating system and machine.")
    packages: Digest | None = Field(None, description="Digest of the list of installed packages.")


class Pipeline(Value):
    """The CI job that logged the candidate."""

    provider: Text = Field("gitlab", description="Which CI.")
    project: Text | None = Field(None, description="Path or URL of the project.")
    pipeline: Text | None = Field(None, description="The pipeline's id or URL.")
    job: Text | None = Field(None, description="The job's id or URL.")
    merge_request: Text | None = Field(None, description="The merge request's number or URL.")


class ArtifactSummary(Value):
    """What an artifact holds, in three numbers."""

    files: Count = Field(description="Number of files.")
    size: Count = Field(description="Their size in bytes.")
    manifest: Digest = Field(description="sha256 of the manifest beside this record.")


class Candidate(Record):
    """One combination of code, data and configuration, with its params, metrics, metadata and artifacts."""

    schema_: Literal["gitreg/candidate/v1"] = Field(
        "gitreg/candidate/v1", alias="schema", description="Kind and version of this file."
    )
    id: CandidateId = Field(description="32 random hex digits; an MLflow run id as it stands.")
    experiment: Slug = Field(description="Slug of the experiment.")
    name: Name = Field(description="Given by people, or made from what differs.")
    status: Status = Field(
        "finished",
        description="How it ended; one that is running or scheduled was committed while it goes on.",
    )
    created: Time = Field(description="When it started, UTC.")
    finished: Time | None = Field(None, description="When it ended, UTC.")
    author: Person = Field(description="Whose Git identity logged it.")
    parent: CandidateId | None = Field(
        None, description="The candidate that this one is nested in, e.g. a sweep."
    )
    code: Code = Field(Code(), description="Which code ran.")
    data: list[DataSource] = Field(default=[], description="Which data was used.")
    params: dict[Key, Text] = Field(default={}, description="The configuration, as text as it was given.")
    metrics: dict[Key, float] = Field(
        default={}, description="Last value of each metric: highest step, then latest time, then value."
    )
    points: dict[Key, tuple[Integer, Time | None]] = Field(
        default={}, description="Step and time of a last value that was logged with either."
    )
    curves: dict[Key, Curve] = Field(
        default={},
        description="Metrics with more than one point; the points are .gitreg/curves.csv among the artifacts.",
    )
    tags: Tags = Field(default={})
    notes: Text = Field("", description="What people write about it.")
    environment: Environment | None = Field(None, description="What the code ran in.")
    ci: Pipeline | None = Field(None, description="The CI job that logged it.")
    artifacts: ArtifactSummary | None = Field(
        None, description="What its artifacts hold; null when it has none."
    )
    deleted: Time | None = Field(None, description="When it was deleted; null while it is not.")
    extra: Extra = Field(default={})
    user: Text = Field(
        "",
        json_schema_extra=SPARSE,
        description="Who ran it, by the name that the program gave: MLflow's user_id.",
    )
    models: list[ModelLink] = Field(
        default=[], json_schema_extra=SPARSE, description="Logged models that it used or made."
    )

    @field_validator("artifacts")
    @classmethod
    def _sha256(cls, value: ArtifactSummary | None) -> ArtifactSummary | None:
        if value is not None and value.manifest.algorithm != "sha256":
            raise ValueError("a manifest is named by its sha256")
        return value

    @model_validator(mode="after")
    def _points_of_metrics(self) -> Self:
        for field, named in (("points", self.points), ("curves", self.curves)):
            stray = next((key for key in named if key not in self.metrics), None)
            if stray is not None:
                raise ValueError(f"{field}.{stray} has no metric of that name")
        return self

    def __str__(self) -> str:
        return f"{self.experiment}/{self.id[:8]}"


def name_from(params: dict[str, str], candidate: str) -> str:
    """A name for a candidate that was given none: its first params, or the start of its id."""
    words = ",".join(f"{key}={value}" for key, value in list(params.items())[:4])
    try:
        return display_name(words[:120].strip())
    except ValueError:
        return candidate[:8]
