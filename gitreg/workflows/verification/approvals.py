"""More than one person: the signed approvals beside a statement, each proven like the statement itself.

An approval is a tag `approve/<model>/<approval id>/<person>` on the commit of what it approves. Its name is inside the signed
bytes, and the id covers everything that the approved statement says but what a forge reported. So an approval of one assignment
says nothing of a later one of the same version, and none can be copied to another name, commit or registry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gitreg.documents import layout
from gitreg.domain.statement import Statement
from gitreg.domain.trust import Permission
from gitreg.errors import NotFoundError, RecordError, UsageError, VerificationError
from gitreg.gitrepo import ObjectId
from gitreg.workflows.verification.case import Case, refuse_unless
from gitreg.workflows.verification.former import check_former
from gitreg.workflows.verification.people import machines_among, person_of
from gitreg.workflows.verification.signer import Signature, check_signature
from gitreg.workflows.verification.statements import Claim, check_name, check_object

STEP = "role"
REFUSALS = (VerificationError, RecordError, NotFoundError, UsageError, ValueError)
"""What a bad tag can make a check say; that something could not be looked at is no such thing."""

MOST_NOTES = 5
"""Anybody who may push tags can put any number of them beside a statement; a reader needs to know of a few."""


class Approvable(Protocol):
    """What can be approved: a statement that is signed already, or is about to be."""

    @property
    def statement(self) -> Statement:
        """What it says."""

    @property
    def commit(self) -> ObjectId:
        """The commit that it is of."""


@dataclass(frozen=True)
class Approval:
    """One person's signed approval, proven.

    Args:
        person: who approved, as the roles call them.
        claim: the tag and what it says.
        signature: with which key.
    """

    person: str
    claim: Claim
    signature: Signature


@dataclass(frozen=True)
class Counted:
    """The approvals that count, one a person, and what was found beside them and counts for nothing."""

    approvals: tuple[Approval, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        """Who approved."""
        return tuple(one.person for one in self.approvals)


def count_approvals(case: Case, approved: Approvable, permission: Permission, signer: str | None) -> Counted:
    """The approvals of a statement that count beside its signer: good ones, of other people, one each."""
    approvals: list[Approval] = []
    notes: list[str] = []
    for ref in approval_refs(case, approved.statement):
        try:
            approval = check_approval(case, approved, permission, ref)
        except REFUSALS as error:
            notes.append(f"{ref.removeprefix('refs/tags/')} counts for nothing: {error}")
        else:
            if approval.person != signer:
                approvals.append(approval)
    return Counted(tuple(approvals), _few(notes))


def approval_refs(case: Case, statement: Statement) -> list[str]:
    """Every tag whose name says that it approves this statement, whoever pushed it."""
    folder = layout.approvals_folder(statement.model, statement.approval_id)
    return sorted(ref for ref in case.refs if ref.startswith(folder))


def check_approval(case: Case, approved: Approvable, permission: Permission, ref: str) -> Approval:
    """One approval: its form and name, what it approves, its signature, and whether that person may.

    What is cheap comes first, so that only tags in the names of people who count cost a process.

    Raises:
        VerificationError: by the check that refuses it.
    """
    check_named(permission, ref)
    approval = check_name(case, check_object(case, ref))
    check_approves(approved, approval)
    signature = check_signature(case, approval)
    person = check_approver(case, approval, signature)
    return Approval(person, approval, signature)


def check_named(permission: Permission, ref: str) -> None:
    """The tag's name is one of gitreg's, and names a person whose approval counts.

    Raises:
        VerificationError: step `role`.
    """
    identity = layout.parse_tag(ref)
    person = identity.person if identity else None
    refuse_unless(person in permission.by, STEP, f"{person or 'nobody'} is not one of those who count")


def check_approves(approved: Approvable, approval: Claim) -> None:
    """It approves this statement, and on this commit.

    Raises:
        VerificationError: step `role`.
    """
    refuse_unless(
        approval.statement == approved.statement.approval(),
        STEP,
        "it approves something else than it is beside",
    )
    refuse_unless(
        approval.commit == approved.commit,
        STEP,
        f"it approves commit {approval.commit[:12]}, and this is of {approved.commit[:12]}",
    )


def check_approver(case: Case, approval: Claim, signature: Signature) -> str:
    """The person whose key signed is the one whose name the tag bears, and was not asked to leave that key before.

    Raises:
        VerificationError: step `role`.
    """
    person = person_of(case, signature.principal)
    identity = layout.parse_tag(approval.tag.ref)
    refuse_unless(
        identity is not None and person == identity.person, STEP, f"{person} signed it in another's name"
    )
    check_former(case, approval.commit, signature)
    return person


def check_quorum(case: Case, permission: Permission, people: Sequence[str], act: str, why: Counted) -> None:
    """Enough different people, and not machines alone.

    Raises:
        VerificationError: step `role`.
    """
    named = tuple(dict.fromkeys(people))
    beside = "".join(f"; {note}" for note in why.notes)
    refuse_unless(
        len(named) >= permission.threshold,
        STEP,
        f"to {act} takes {permission.threshold} people, and these signed: {', '.join(named)}{beside}",
    )
    refuse_unless(
        permission.threshold == 1 or machines_among(case.trust.roles, named) != named,
        STEP,
        f"to {act} takes {permission.threshold} people, and only machines signed: {', '.join(named)}{beside}",
    )


def _few(notes: list[str]) -> tuple[str, ...]:
    more = len(notes) - MOST_NOTES
    return (*notes[:MOST_NOTES], *([f"{more} more tags beside it count for nothing"] if more > 0 else []))
