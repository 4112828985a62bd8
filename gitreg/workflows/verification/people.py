"""Whose signature it is, and whether that person may: what the role step asks of the signer and of everybody who approves."""

from __future__ import annotations

from gitreg.documents import places
from gitreg.domain.statement import Statement
from gitreg.domain.trust import Permission, Roles, permission_for
from gitreg.errors import VerificationError
from gitreg.workflows.verification.case import Case, refuse_unless


def act_of(statement: Statement) -> str:
    """What a statement does, in a few words."""
    return f"{statement.action} {statement.model}" + (f" to {statement.stage}" if statement.stage else "")


def permission_of(roles: Roles, statement: Statement) -> Permission | None:
    """Who may make a statement, and how many it takes; None where nobody may."""
    role = roles.role_of(statement.model)
    return permission_for(role, statement.action, statement.stage) if role else None


def person_of(case: Case, principal: str) -> str:
    """The one person who signs under this address.

    Raises:
        VerificationError: step `role`; it is nobody's, or that of several people, who could not be told apart.
    """
    people = [name for name, entry in case.trust.roles.people.items() if entry.principal == principal]
    refuse_unless(len(people) == 1, "role", f"{principal} is {len(people)} people in {places.ROLES}")
    return people[0]


def check_permitted(permission: Permission | None, person: str, act: str) -> Permission:
    """The permission, where it names the person.

    Raises:
        VerificationError: step `role`.
    """
    if permission is None or person not in permission.by:
        raise VerificationError(
            f"{person} may not {act}, by {places.ROLES} of the accepted branch", step="role"
        )
    return permission


def machines_among(roles: Roles, people: tuple[str, ...]) -> tuple[str, ...]:
    """Those of these people who are machines."""
    return tuple(person for person in people if roles.people[person].machine)
