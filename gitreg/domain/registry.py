"""The registry's own record."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from gitreg.domain.forge_place import PROJECT, URL, forge_project, forge_url
from gitreg.domain.gate import Gate
from gitreg.domain.names import Name, StageName
from gitreg.domain.record import Record, Value

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
BRANCH = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$"


def branch(value: str) -> str:
    """The name of a branch, as Git allows them (git-check-ref-format), that is none of gitreg's own.

    Raises:
        ValueError: with what is wrong.
    """
    if not re.fullmatch(BRANCH[1:-1], value):
        raise ValueError("a branch has 1 to 200 of A-Z a-z 0-9 . _ / - and starts with a letter or digit")
    for part in value.split("/"):
        if not part or part.startswith(".") or part.endswith((".", ".lock")) or ".." in part:
            raise ValueError(
                "a branch must not hold '..', '//' or parts that begin with '.' or end in '.' or '.lock'"
            )
    if value.split("/", maxsplit=1)[0].lower() in {"gitreg", "head"}:
        raise ValueError(f"a branch must not be called '{value}': the word has another meaning")
    return value


Branch = Annotated[str, AfterValidator(branch), WithJsonSchema({"type": "string", "pattern": BRANCH})]
ForgeUrl = Annotated[
    str, AfterValidator(forge_url), WithJsonSchema({"type": "string", "pattern": f"^{URL}$"})
]
ForgeProject = Annotated[
    str, AfterValidator(forge_project), WithJsonSchema({"type": "string", "pattern": f"^{PROJECT}$"})
]


class ForgeSettings(Value):
    """Where merge requests are made."""

    kind: Literal["local", "push-options", "gitlab"] = Field(
        description="How: not at all, by options of a push, or by GitLab's API."
    )
    url: ForgeUrl | None = Field(
        None, description="URL of the forge, 'https://gitlab.example.com'; of the remote's host unless given."
    )
    project: ForgeProject | None = Field(
        None, description="Path of the project there, 'group/name'; the remote's path unless given."
    )


class RegistrySettings(Record):
    """The registry: the Git repository that holds all records."""

    schema_: Literal["gitreg/registry/v1"] = Field(
        "gitreg/registry/v1", alias="schema", description="Kind and version of this file."
    )
    id: str = Field(pattern=UUID, description="A uuid; signatures name it.")
    name: Name = Field(description="What people call it.")
    accepted_branch: Branch = Field("main", description="The protected branch that review merges into.")
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
