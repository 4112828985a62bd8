"""The registry's own record."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gitreg.domain.gate import Gate
from gitreg.domain.names import Name, StageName, Text
from gitreg.domain.record import Record, Value

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
BRANCH = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$"


class ForgeSettings(Value):
    """Where merge requests are made."""

    kind: Literal["local", "push-options", "gitlab"] = Field(description="How.")
    url: Text | None = Field(None, description="URL of the forge.")
    project: Text | None = Field(None, description="Path of the project there.")


class RegistrySettings(Record):
    """The registry: the Git repository that holds all records."""

    schema_: Literal["gitreg/registry/v1"] = Field(
        "gitreg/registry/v1", alias="schema", description="Kind and version of this file."
    )
    id: str = Field(pattern=UUID, description="A uuid; signatures name it.")
    name: Name = Field(description="What people call it.")
    accepted_branch: str = Field(
        "main", pattern=BRANCH, description="The protected branch that review merges into."
    )
    storage: str = Field(
        "store",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$",
        description="The DVC remote of .dvc/config that holds artifacts.",
    )
    forge: ForgeSettings | None = Field(
        None, description="Where merge requests are made; found from the remote when left out."
    )
    stages: list[StageName] = Field(
        default=["staging", "production"], description="Places that versions serve in."
    )
    gates: list[Gate] = Field(default=[], description="Rules for the promotion of every model.")
    registration: Literal["direct", "proposal"] = Field(
        "direct", description="What MLflow's own call for registering does."
    )
