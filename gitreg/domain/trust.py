"""Who may sign what: the trust root and the roles."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from gitreg.domain.digest import Digest
from gitreg.domain.names import Name, Slug, StageName, Text
from gitreg.domain.record import Number, Record, Value
from gitreg.domain.registry import UUID, Branch
from gitreg.domain.statement import Action

TrustFile = Literal["allowed_signers", "revoked_keys", "roles.yaml", "openpgp_keys", "x509_certificates"]
NEEDED: frozenset[TrustFile] = frozenset({"allowed_signers", "revoked_keys", "roles.yaml"})


class Root(Record):
    """The trust root: which keys decide who may sign, the files that say so, and the branch that counts.

    OpenPGP and X.509 signatures count only in a registry whose root names the file with their keys.
    """

    schema_: Literal["gitreg/root/v1"] = Field(
        "gitreg/root/v1", alias="schema", description="Kind and version of this file."
    )
    registry: str = Field(pattern=UUID, description="The registry's id.")
    version: Number = Field(description="1, 2, 3 ...; each step is signed by enough keys of both sides.")
    accepted_branch: Branch = Field("main", description="The protected branch that review merges into.")
    keys: dict[Slug, Text] = Field(min_length=1, description="Root keys by person, as OpenSSH public keys.")
    threshold: Number = Field(1, description="How many of them must sign a root.")
    files: dict[TrustFile, Digest] = Field(description="sha256 of the trust files.")

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if len(set(self.keys.values())) != len(self.keys):
            raise ValueError("two people have one key")
        if self.threshold > len(self.keys):
            raise ValueError("the threshold is higher than the number of keys")
        if not self.files.keys() >= NEEDED:
            raise ValueError("files names allowed_signers, revoked_keys and roles.yaml")
        return self


class SignerEntry(Value):
    """A person or machine that signs."""

    principal: Name = Field(description="The e-mail address of the key's line in allowed_signers.")
    machine: bool = Field(False, description="Never alone where a threshold is above 1.")
    openpgp: str | None = Field(
        None,
        pattern=r"^([0-9A-F]{40}|[0-9A-F]{64})$",
        description="Fingerprint of their primary key in openpgp_keys.",
    )
    x509: str | None = Field(
        None, pattern=r"^[0-9a-f]{64}$", description="sha256 of their certificate (DER) in x509_certificates."
    )


class FormerEntry(Value):
    """A key that was rotated, not stolen."""

    key: Text = Field(description="Its fingerprint: `SHA256:...` for SSH, `openpgp:...`, `x509:...`.")
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
    former: dict[Slug, FormerEntry] = Field(
        default={}, description="Keys that were rotated, by the person's name and a number."
    )
    roles: dict[Slug, Role] = Field(
        description="Roles by model; `default` is for models without one of their own."
    )

    @model_validator(mode="after")
    def _known_people(self) -> Self:
        known = self.people.keys()
        for model, role in self.roles.items():
            for permission in permissions(role):
                stranger = next((name for name in permission.by if name not in known), None)
                if stranger is not None:
                    raise ValueError(f"roles.{model} names {stranger}, who is not among people")
        return self

    @model_validator(mode="after")
    def _own_keys(self) -> Self:
        """A key is one person's, or a threshold of two people would be reached by one; in allowed_signers it stands once."""
        held = [(f"openpgp:{one.openpgp}", name) for name, one in self.people.items() if one.openpgp]
        held += [(f"x509:{one.x509}", name) for name, one in self.people.items() if one.x509]
        held += [(one.key, re.sub(r"-[0-9]+$", "", name)) for name, one in self.former.items()]
        owners: dict[str, str] = {}
        for key, name in held:
            if owners.setdefault(key, name) != name:
                raise ValueError(f"{owners[key]} and {name} have one key, {key}")
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
    accepted_branch: Branch = Field("main", description="The branch that review merges into.")
    storage: list[Text] = Field(default=[], description="URLs of artifact storages that are expected.")
