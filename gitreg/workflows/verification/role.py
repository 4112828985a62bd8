"""Step 7, role: whether those who signed may do this for this model and stage, and are enough people."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.workflows.verification.approvals import Approval, Counted, check_quorum, count_approvals
from gitreg.workflows.verification.case import Case
from gitreg.workflows.verification.former import check_former
from gitreg.workflows.verification.people import (
    act_of,
    check_permitted,
    machines_among,
    permission_of,
    person_of,
)
from gitreg.workflows.verification.signer import Signature
from gitreg.workflows.verification.statements import Claim


@dataclass(frozen=True)
class Permit:
    """Who may say what was said.

    Args:
        person: who signed it.
        act: what they may do.
        notes: what a careful reader should know.
        approvals: of the others who count, where it takes more than one person.
    """

    person: str
    act: str
    notes: tuple[str, ...]
    approvals: tuple[Approval, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who counts, the signer first."""
        return (self.person, *(one.person for one in self.approvals))

    @property
    def detail(self) -> str:
        """For the report."""
        return f"{' and '.join(self.people)} may {self.act}"


def check_role(case: Case, claim: Claim, signature: Signature) -> Permit:
    """Step 7: the person whose key it is may do this, and with those who approved it they are as many as it takes.

    A threshold counts people, not keys, and never machines alone.

    Raises:
        VerificationError: step `role`.
    """
    act, person = act_of(claim.statement), person_of(case, signature.principal)
    permission = check_permitted(permission_of(case.trust.roles, claim.statement), person, act)
    check_former(case, claim.commit, signature)
    counted = Counted()
    if permission.threshold > 1:
        counted = count_approvals(case, claim, permission, person)
    people = (person, *counted.people)
    check_quorum(case, permission, people, act, counted)
    return Permit(person, act, (*_machine_notes(case, people), *counted.notes), counted.approvals)


def _machine_notes(case: Case, people: tuple[str, ...]) -> tuple[str, ...]:
    machines = machines_among(case.trust.roles, people)
    return tuple(f"{person} is a machine: whoever rules it could sign." for person in machines)
