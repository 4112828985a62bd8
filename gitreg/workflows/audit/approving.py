"""Signed approvals in an audit: each beside what it approves, or alone while that is not signed yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gitreg.documents import layout
from gitreg.domain.trust import Permission, permission_for
from gitreg.errors import VerificationError
from gitreg.workflows.audit.entry import Entry
from gitreg.workflows.audit.examine import Examined, refused, told
from gitreg.workflows.audit.line import Line
from gitreg.workflows.verification.approvals import (
    REFUSALS,
    Approval,
    check_approval,
    check_approver,
    check_named,
)
from gitreg.workflows.verification.case import Case
from gitreg.workflows.verification.people import permission_of
from gitreg.workflows.verification.record import check_review
from gitreg.workflows.verification.signer import check_signature
from gitreg.workflows.verification.statements import Claim, check_name, check_object

FOLDER = "refs/tags/approve/"


def examine_approvals(
    case: Case, line: Line, statements: Sequence[Examined], refs: Sequence[str]
) -> list[Entry]:
    """Every approval's tag; those that were proven with what they approve are not proven twice."""
    claims = {_key(one.claim): one.claim for one in statements if one.claim is not None}
    proven = {approval.claim.tag.ref: approval for one in statements for approval in one.approvals}
    return [_entry(case, line, ref, claims, proven) for ref in refs]


def _key(claim: Claim) -> tuple[str, str]:
    return claim.statement.model, claim.statement.approval_id


def _entry(
    case: Case,
    line: Line,
    ref: str,
    claims: Mapping[tuple[str, str], Claim],
    proven: Mapping[str, Approval],
) -> Entry:
    entry, _ = told(case, line, ref)
    try:
        identity = layout.parse_tag(ref)
        if identity is None:
            raise VerificationError("no approval can have this name", step="names")
        approved = claims.get((identity.model, identity.statement or ""))
        if approved is None:
            return _alone(case, entry)
        approval = proven.get(ref) or _beside(case, approved, ref)
        note = f"approves {approved.tag.ref.removeprefix('refs/tags/')}"
        return _good(entry, approval.person, approval.signature.fingerprint, note)
    except REFUSALS as error:
        return refused(entry, error)


def _good(entry: Entry, person: str, fingerprint: str, note: str) -> Entry:
    return replace(entry, signer=person, fingerprint=fingerprint, notes=(note,))


def _beside(case: Case, approved: Claim, ref: str) -> Approval:
    permission = _needed(permission_of(case.trust.roles, approved.statement), ref)
    return check_approval(case, approved, permission, ref)


def _alone(case: Case, entry: Entry) -> Entry:
    """An approval of what nobody signed yet: by its own form, signature and person."""
    claim = check_name(case, check_object(case, entry.tag or ""))
    signature = check_signature(case, claim)
    statement, role = claim.statement, case.trust.roles.role_of(claim.statement.model)
    approves = statement.approves or "release"
    found = permission_for(role, approves, statement.stage) if role else None  # type: ignore[arg-type]  # checked by Statement
    permission = _needed(found, claim.tag.ref)
    check_named(permission, claim.tag.ref)
    person = check_approver(case, claim, signature)
    check_review(case, claim)
    return _good(
        entry, person, signature.fingerprint, f"approves a statement ({approves}) that nobody signed yet"
    )


def _needed(permission: Permission | None, ref: str) -> Permission:
    if permission is None:
        raise VerificationError(f"nobody may approve what {ref} approves", step="role")
    return permission
