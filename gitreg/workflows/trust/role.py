"""Who may release and assign: a model's role, so that nobody has to edit roles.yaml by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from gitreg.documents.edit import DELETE
from gitreg.domain.trust import Permission, Role
from gitreg.domain.words import slug
from gitreg.errors import NotFoundError, UsageError
from gitreg.workflows.trust.draft import TrustDraft

EXAMPLE = "gitreg key role default --release '2 of ada,bob' --assign ada,bob"
_PEOPLE = re.compile(r"(?:(?P<count>[1-9][0-9]{0,2}) of )?(?P<people>[^\s,=]+(?:,\s*[^\s,=]+)*)")
_ASSIGN = re.compile(r"(?:(?P<stage>[a-z][a-z0-9-]{0,31})=)?(?P<rest>.+)")


@dataclass(frozen=True)
class RoleChange:
    """What a role says from now on; the rest of it stays, and a new role starts as the default one is.

    Args:
        name: the model, or `default`.
        release: who may release.
        assign: who may assign, by stage; under None for every stage.
        formats: which artifact formats may be released; None leaves them.
    """

    name: str
    release: Permission | None = None
    assign: dict[str | None, Permission] = field(default_factory=dict)
    formats: Sequence[str] | None = None


def permission_of(words: str) -> Permission:
    """The permission that `ada,bob` or `2 of ada,bob` means.

    Raises:
        UsageError: it means none.
    """
    match = _PEOPLE.fullmatch(words.strip())
    if match is None:
        raise UsageError(f"{words[:80]!a} does not say who may: write PEOPLE or 'N of PEOPLE'", hint=EXAMPLE)
    people = [name.strip() for name in match["people"].split(",")]
    count = int(match["count"] or 1)
    if count > len(set(people)):
        raise UsageError(f"{words[:80]!a} takes {count} people and names {len(set(people))}", hint=EXAMPLE)
    try:
        return Permission(by=[slug(name) for name in dict.fromkeys(people)], threshold=count)
    except ValueError as error:
        raise UsageError(f"{words[:80]!a} does not name people: {error}", hint="gitreg key list") from error


def assignment_of(words: str) -> tuple[str | None, Permission]:
    """The stage and permission that `production=2 of ada,bob` means; without a stage it is of all of them.

    Raises:
        UsageError: it means nothing.
    """
    match = _ASSIGN.fullmatch(words)
    if match is None:
        raise UsageError(f"{words[:80]!a} does not say who may assign", hint=EXAMPLE)
    return match["stage"], permission_of(match["rest"])


def with_role(draft: TrustDraft, change: RoleChange, stages: Sequence[str]) -> TrustDraft:
    """The draft with a role made or changed.

    Args:
        draft: the trust files.
        change: what is to be different.
        stages: those that the registry has: what may be assigned where nothing is said about it.

    Raises:
        UsageError: there is no such stage, or a new role lacks a part.
        NotFoundError: it names somebody who is not among the signers.
    """
    roles = draft.roles
    base = roles.roles.get(change.name) or roles.roles.get("default")
    release = change.release or (base.release if base else None)
    assign = _assign(change, base, stages)
    if release is None or not assign:
        raise UsageError(
            f"the role of {change.name} is new: say who may release, and who may assign", hint=EXAMPLE
        )
    formats = list(change.formats or (base.formats if base else ["any"]))
    role = Role(release=release, assign=assign, formats=formats)
    _require_known(draft, role, change.name)
    return draft.with_roles({("roles", change.name): role.model_dump(mode="json")})


def without_role(draft: TrustDraft, name: str) -> TrustDraft:
    """The draft without a model's own role: it falls under the default one.

    Raises:
        NotFoundError: it has none.
    """
    if name not in draft.roles.roles:
        raise NotFoundError(f"{name} has no role of its own", hint="gitreg key show")
    return draft.with_roles({("roles", name): DELETE})


def _assign(
    change: RoleChange, base: Role | None, stages: Sequence[str]
) -> Permission | dict[str, Permission] | None:
    before = base.assign if base else None
    if None in change.assign:
        before = change.assign[None]
    named = {stage: permission for stage, permission in change.assign.items() if stage is not None}
    unknown = next((stage for stage in named if stage not in stages), None)
    if unknown is not None:
        raise UsageError(
            f"this registry has no stage {unknown}; it has {', '.join(stages)}",
            hint="add it to `stages` in gitreg.yaml, by a merge request",
        )
    if not named:
        return before
    kept = dict.fromkeys(stages, before) if isinstance(before, Permission) else dict(before or {})
    return {**{stage: one for stage, one in kept.items() if one is not None}, **named}


def _require_known(draft: TrustDraft, role: Role, name: str) -> None:
    permissions = [role.release, *(role.assign.values() if isinstance(role.assign, dict) else [role.assign])]
    people = draft.roles.people
    stranger = next((one for permission in permissions for one in permission.by if one not in people), None)
    if stranger is not None:
        raise NotFoundError(
            f"the role of {name} would name {stranger}, who is not among the signers",
            hint=f"gitreg key add {stranger} --principal MAIL KEYFILE",
        )
