"""Approving: a person's own signed tag beside what is due and takes more than one. Nothing is released by it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gitreg.documents import layout, places
from gitreg.domain.trust import Permission
from gitreg.errors import AlreadyThereError, AnswerIsNoError, CredentialsError
from gitreg.store import Author
from gitreg.workflows.registry import Registry
from gitreg.workflows.releasing.quorum import Backed, backed
from gitreg.workflows.releasing.release import require_sound
from gitreg.workflows.releasing.sign_tag import Check, Signing, sign_tag
from gitreg.workflows.releasing.signer import Signer, find_signer
from gitreg.workflows.releasing.signing_case import signing_case
from gitreg.workflows.verification.approvals import check_approval
from gitreg.workflows.verification.case import Case
from gitreg.workflows.verification.people import machines_among
from gitreg.workflows.verification.record import check_record, check_review
from gitreg.workflows.versions.due import Due


@dataclass(frozen=True)
class ApprovalPlan:
    """What one person would approve.

    Args:
        signer: who.
        wanted: what is theirs to approve, and is not approved by them yet.
        there: tags of theirs that are there already.
    """

    signer: Signer
    wanted: tuple[Backed, ...]
    there: tuple[str, ...]

    @property
    def dues(self) -> tuple[Due, ...]:
        """The approvals' own tags and statements."""
        return tuple(_approval(one.due, self.signer.person) for one in self.wanted)


def plan_approval(registry: Registry, dues: Iterable[Due]) -> ApprovalPlan:
    """What whoever signs here would approve; nothing is signed.

    Raises:
        AnswerIsNoError: if none of it takes more than one person, or an approval is there that is no good.
        CredentialsError: if there is no key, or it is a machine's, or that of somebody who may approve none of it.
    """
    accepted, dues = registry.accepted, list(dues)
    if not dues:
        raise AnswerIsNoError("nothing waits for a signature that could be approved", hint="gitreg status")
    signer = find_signer(registry, accepted)
    case = signing_case(registry, accepted)
    asked = [one for one in backed(registry, case, dues) if one.needs_approval]
    if not asked:
        raise AnswerIsNoError(
            "nothing that waits for a signature takes more than one person", hint="gitreg release"
        )
    mine = [one for one in asked if one.permission and signer.person in one.permission.by]
    _require_person(case, signer, asked[0], may=bool(mine))
    there = tuple(
        _approval(one.due, signer.person).tag for one in mine if signer.person in one.counted.people
    )
    wanted = tuple(one for one in mine if signer.person not in one.counted.people)
    for one in wanted:
        _require_free(case, one, _approval(one.due, signer.person).tag)
    return ApprovalPlan(signer, wanted, there)


def approve(registry: Registry, plan: ApprovalPlan, author: Author) -> list[str]:
    """Signs what was planned, and sends each tag alone.

    Returns:
        the tags' full ref names.

    Raises:
        AnswerIsNoError: if it should not be signed by anybody.
        ConflictError: if the same person approved it elsewhere meanwhile.
    """
    accepted = registry.accepted
    signing = Signing(registry, accepted, plan.signer, author)
    for one in plan.wanted:
        require_sound(accepted, one.due.statement)
    return [sign_tag(signing, _approval(one.due, plan.signer.person), _check(one)) for one in plan.wanted]


def _approval(due: Due, person: str) -> Due:
    statement = due.statement
    tag = layout.approve_tag(statement.model, statement.approval_id, person)
    return Due(tag, due.commit, statement.approval())


def _check(one: Backed) -> Check:
    """What verification will ask of the approval, and of the commit that it is of."""

    def check(case: Case, ref: str) -> None:
        assert one.permission is not None  # noqa: S101 - nothing is wanted where nobody may
        approval = check_approval(case, one.due, one.permission, ref)
        check_review(case, approval.claim)
        if approval.claim.statement.version is not None:
            check_record(case, approval.claim)

    return check


def _require_person(case: Case, signer: Signer, asked: Backed, *, may: bool) -> None:
    title = asked.due.statement.title
    if not may:
        raise CredentialsError(
            f"{signer.person} may not approve '{title}': that is for {_by(asked.permission)}",
            hint=f"the roles are in {places.ROLES} of the accepted branch",
        )
    if machines_among(case.trust.roles, (signer.person,)):
        raise CredentialsError(
            f"{signer.person} is a machine, and '{title}' is for people to approve",
            hint="let a person approve it, and the machine sign: gitreg release",
        )


def _require_free(case: Case, one: Backed, tag: str) -> None:
    """A name that is taken by a tag which counts for nothing stays taken: tags never move."""
    if tag not in case.refs:
        return
    name = tag.removeprefix("refs/tags/")
    why: Sequence[str] = [note for note in one.counted.notes if note.startswith(f"{name} ")]
    raise AlreadyThereError(
        why[0] if why else f"{name} is there, and counts for nothing",
        hint=f"find out who made it; whoever may delete tags on the remote removes {name}, then approve again",
    )


def _by(permission: Permission | None) -> str:
    return " or ".join(permission.by) if permission else "nobody"
