"""Who may sign what: the trust root and the roles."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from gitreg.domain.digest import Digest
from gitreg.domain.names import Name, Slug, StageName, Text
from gitreg.domain.record import Number, Record, Value
from gitreg.domain.registry import UUID
from gitreg.domain.statement import Action


class Root(Record):
    """The trust root: which keys decide who may sign, and the files that say so."""

    schema_: Literal["gitreg/root/v1"] = Field(
        "gitreg/root/v1", alias="schema", description="Kind and version of this file."
    )
    registry: str = Field(pattern=UUID, description="The registry's id.")
    version: Number = Field(description="1, 2, 3 ...; each step is signed by enough keys of both sides.")
    keys: dict[Slug, Text] = Field(min_length=1, description="Root keys by person, as OpenSSH public keys.")
    threshold: Number = Field(1, description="How many of them must sign a root.")
    files: dict[Literal["allowed_signers", "revoked_keys", "roles.yaml"], Digest] = Field(
        description="sha256 of the trust files."
    )

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.threshold > len(self.keys):
            raise ValueError("the threshold is higher than the number of keys")
        if len(self.files) != 3:
            raise ValueError("files names allowed_signers, revoked_keys and roles.yaml")
        return self


class SignerEntry(Value):
    """A person or machine that signs."""

    principal: Name = Field(description="The e-mail address of the key's line in allowed_signers.")
    machine: bool = Field(False, description="Never alone where a threshold is above 1.")


class FormerEntry(Value):
    """A signer whose key was rotated, not stolen."""

    until_root: Number = Field(description="Good for commits whose root version is at most this.")


class Permission(Value):
    """Who may do a thing, and how many of them it takes."""

    by: list[Slug] = Field(min_length=1, description="The people.")
    threshold: Number = Field(1, description="How many different people must sign.")

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.threshold > len(set(self.by)):
            raise ValueError("the threshold is higher than the number of people")
        return self


class Role(Value):
    """What may be signed for a model, by whom."""

    release: Permission = Field(description="Who may release.")
    assign: Permission | dict[StageName, Permission] = Field(
        description="Who may assign, for all stages or by stage."
    )
    formats: list[Text] = Field(default=["any"], description="Which artifact formats may be released.")


class Roles(Record):
    """Who may sign what."""

    schema_: Literal["gitreg/roles/v1"] = Field(
        "gitreg/roles/v1", alias="schema", description="Kind and version of this file."
    )
    people: dict[Slug, SignerEntry] = Field(description="Signers by name.")
    former: dict[Slug, FormerEntry] = Field(default={}, description="Signers whose keys were rotated.")
    roles: dict[Slug, Role] = Field(
        description="Roles by model; `default` is for models without one of their own."
    )

    @model_validator(mode="after")
    def _known_people(self) -> Self:
        known = self.people.keys() | self.former.keys()
        for model, role in self.roles.items():
            for permission in permissions(role):
                stranger = next((name for name in permission.by if name not in known), None)
                if stranger is not None:
                    raise ValueError(f"roles.{model} names {stranger}, who is not among people")
        return self

    def role_of(self, model: str) -> Role | None:
        """The role for a model, or the default one; None when neither is there: then nobody may sign."""
        return self.roles.get(model) or self.roles.get("default")


def permission_for(role: Role, action: Action, stage: str | None) -> Permission | None:
    """The permission that an act needs; None where nobody has it."""
    if action != "assign":
        return role.release
    return role.assign.get(stage or "") if isinstance(role.assign, dict) else role.assign


def permissions(role: Role) -> list[Permission]:
    """Every permission in a role."""
    return [role.release, *(role.assign.values() if isinstance(role.assign, dict) else [role.assign])]


class Anchor(Record):
    """What a verifier holds outside of what it verifies."""

    schema_: Literal["gitreg/anchor/v1"] = Field(
        "gitreg/anchor/v1", alias="schema", description="Kind and version of this file."
    )
    registry: str = Field(pattern=UUID, description="The registry's id.")
    keys: dict[Slug, Text] = Field(min_length=1, description="Root keys by person.")
    threshold: Number = Field(description="How many of them must sign a root.")
    root_version: Number = Field(description="The lowest root version that is accepted.")
