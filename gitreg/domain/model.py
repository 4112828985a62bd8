"""Models and their versions: names that consumers ask for, and what they get."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gitreg.domain.candidate import ArtifactSummary
from gitreg.domain.digest import Digest
from gitreg.domain.gate import Gate, GateResult
from gitreg.domain.names import Alias, CandidateId, Key, LoggedModelId, Name, Slug, StageName, Text
from gitreg.domain.record import SPARSE, Extra, Number, Person, Record, Tags, Time, Value
from gitreg.domain.version import VersionNumber
from gitreg.errors import AnswerIsNoError

IMPORT_MARK = "gitreg.import.mark"
"""Tag of what was imported, as a digest: by it a later import sees whether the source has changed since."""


class Annotation(Value):
    """What people say of a version after it was accepted: its own record is final."""

    description: Text | None = Field(None, description="Instead of the version's own; null for that.")
    tags: dict[Key, Text | None] = Field(
        default={}, description="Beside and instead of the version's own; null takes one away."
    )
    stage: Text = Field("", description="MLflow's own stage, e.g. 'Archived'; empty without one.")
    updated: Time | None = Field(None, description="When this was last changed, UTC.")
    deleted: Time | None = Field(
        None, description="When MLflow's API deleted the version; null while it did not."
    )


class Model(Record):
    """A name that consumers ask for."""

    schema_: Literal["gitreg/model/v1"] = Field(
        "gitreg/model/v1", alias="schema", description="Kind and version of this file."
    )
    slug: Slug = Field(description="The folder's name, fixed at creation.")
    name: Name = Field(description="What people see; may change.")
    description: Text = Field("", description="What the model is for.")
    owners: list[Name] = Field(default=[], description="Who answers for it.")
    tags: Tags = Field(default={})
    gates: list[Gate] = Field(
        default=[], description="Rules that a promotion must meet, beside the registry's."
    )
    stages: dict[StageName, VersionNumber] = Field(
        default={}, description="Which version serves in which stage."
    )
    retired: dict[VersionNumber, Text] = Field(
        default={}, description="Versions that must not be used any more, and why."
    )
    deleted: Time | None = Field(None, description="When the model was deleted; null while it is not.")
    extra: Extra = Field(default={})
    created: Time | None = Field(
        None, json_schema_extra=SPARSE, description="When it was registered by MLflow's API, UTC."
    )
    updated: Time | None = Field(
        None, json_schema_extra=SPARSE, description="When MLflow's API last changed it, UTC."
    )
    aliases: dict[Alias, VersionNumber] = Field(
        default={},
        json_schema_extra=SPARSE,
        description="MLflow's aliases that are no stages of the registry.",
    )
    annotations: dict[VersionNumber, Annotation] = Field(
        default={},
        json_schema_extra=SPARSE,
        description="What was said of versions after they were accepted.",
    )

    def said_of(self, version: VersionNumber) -> Annotation:
        """What was said of a version; nothing of most."""
        return self.annotations.get(version) or Annotation()


class CandidateSource(Value):
    """Which candidate a version was made from."""

    experiment: Slug = Field(description="Slug of its experiment.")
    id: CandidateId = Field(description="Its id.")
    record: Digest = Field(description="sha256 of candidate.yaml beside this record.")


class ModelVersion(Record):
    """A promoted candidate: it has a number, and once released it never changes again."""

    schema_: Literal["gitreg/model-version/v1"] = Field(
        "gitreg/model-version/v1", alias="schema", description="Kind and version of this file."
    )
    model: Slug = Field(description="Slug of the model.")
    version: VersionNumber = Field(description="Semantic version, e.g. '1.4.0'.")
    number: Number = Field(description="MLflow's version number.")
    created: Time = Field(description="When it was proposed, UTC.")
    author: Person = Field(description="Who proposed it.")
    candidate: CandidateSource | None = Field(
        description="Where it comes from; null for one that MLflow's API registered from elsewhere."
    )
    artifacts: ArtifactSummary | None = Field(
        description="The promoted part of the candidate's artifacts; null where the registry does not hold them."
    )
    gates: list[GateResult] = Field(default=[], description="What the gates said when it was proposed.")
    description: Text = Field("", description="What is new in it.")
    tags: Tags = Field(default={})
    extra: Extra = Field(default={})
    source: Text = Field(
        "", json_schema_extra=SPARSE, description="The source that MLflow's API was given, as it was given."
    )
    run: Text = Field("", json_schema_extra=SPARSE, description="The run id that MLflow's API was given.")
    run_link: Text = Field("", json_schema_extra=SPARSE, description="The link that MLflow's API was given.")
    logged_model: LoggedModelId | None = Field(
        None, json_schema_extra=SPARSE, description="The logged model that it was registered from."
    )
    location: Text = Field(
        "",
        json_schema_extra=SPARSE,
        description="Where its artifacts are, if not here; empty where the source itself says so.",
    )

    def __str__(self) -> str:
        return f"{self.model} {self.version}"

    @property
    def origin(self) -> CandidateSource:
        """Which candidate it was made from, for whoever can do nothing without one.

        Raises:
            AnswerIsNoError: if it was registered from elsewhere.
        """
        if self.candidate is None:
            raise AnswerIsNoError(
                f"{self} was registered from {self.elsewhere}, and from no candidate of this registry",
                hint="gitreg log EXPERIMENT -a PATH, and promote that candidate",
            )
        return self.candidate

    @property
    def content(self) -> ArtifactSummary:
        """Its artifacts, for whoever can do nothing without them.

        Raises:
            AnswerIsNoError: if this registry does not hold them.
        """
        if self.artifacts is None:
            raise AnswerIsNoError(
                f"{self} was registered from {self.elsewhere}, and this registry holds no artifacts of it",
                hint="gitreg log EXPERIMENT -a PATH, and promote that candidate",
            )
        return self.artifacts

    @property
    def elsewhere(self) -> str:
        """Where it was registered from, as MLflow's API was told, on one line."""
        return ascii(self.source[:200]) if self.source else "elsewhere"

    def is_made_of(self, candidate: CandidateId) -> bool:
        """Whether it was made from that candidate."""
        return self.candidate is not None and self.candidate.id == candidate
