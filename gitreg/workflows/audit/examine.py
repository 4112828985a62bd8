"""One tag of the statements' namespace: what it says, and whether it verifies, by the steps of `verify`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gitreg.documents import layout
from gitreg.documents.layout import TagIdentity
from gitreg.domain.model import ModelVersion
from gitreg.domain.statement import Statement
from gitreg.errors import VerificationError
from gitreg.gitrepo import ObjectId
from gitreg.signing import parse_sshsig
from gitreg.workflows.audit.entry import Act, Action, Entry, Refusal
from gitreg.workflows.audit.line import Line
from gitreg.workflows.verification.approvals import REFUSALS, Approval
from gitreg.workflows.verification.case import Case
from gitreg.workflows.verification.record import check_record, check_review
from gitreg.workflows.verification.release import check_tag
from gitreg.workflows.verification.result import Log
from gitreg.workflows.verification.role import Permit, check_role
from gitreg.workflows.verification.signer import Signature, check_signature
from gitreg.workflows.verification.standing import check_memory
from gitreg.workflows.verification.statements import Claim, TagObject, check_name, check_object

LATEST = 253_000_000_000
"""Seconds: the last that a calendar of four-digit years holds, as gitrepo.commits has it."""


@dataclass(frozen=True)
class Examined:
    """A tag that was looked at.

    Args:
        entry: what came of it.
        claim: what it says, where its name is right, whatever else is wrong.
        approvals: the approvals that were proven on the way.
    """

    entry: Entry
    claim: Claim | None = None
    approvals: tuple[Approval, ...] = ()


def examine(case: Case, line: Line, ref: str) -> Examined:
    """Verifies a tag that is no approval: a release, a repeated signature, an assignment, a retirement, or none of these.

    Raises:
        MachineError, RemoteError: it could not be looked at.
    """
    identity = layout.parse_tag(ref)
    entry, claim = told(case, line, ref)
    try:
        if identity is None:
            raise VerificationError("no statement can have this name", step="names")
        if identity.action in {"release", "resign"}:
            return _released(case, entry, claim)
        return _said(case, entry, claim)
    except REFUSALS as error:
        return Examined(refused(entry, error), claim)


def refused(entry: Entry, error: Exception) -> Entry:
    """The entry, marked with the step that refuses; `record` where a file is not what it should be."""
    step = error.step if isinstance(error, VerificationError) else "record"
    return replace(entry, refusal=Refusal(step, str(error)))


def told(case: Case, line: Line, ref: str) -> tuple[Entry, Claim | None]:
    """What a tag says of itself, as far as that can be read: nothing of it is verified."""
    entry = _named(case.refs[ref], ref, layout.parse_tag(ref))
    try:
        tag = check_object(case, ref)
    except REFUSALS:
        return entry, None
    entry = _with_commit(_with_tag(entry, tag), line, ObjectId(tag.signed.target))
    try:
        claim = check_name(case, tag)
    except REFUSALS:
        return entry, None
    return entry, claim


def _named(object_: ObjectId, ref: str, identity: TagIdentity | None) -> Entry:
    if identity is None:
        return Entry("unknown", "", ref, object=object_)
    action: Action = "assign" if identity.action == "stage" else identity.action
    return Entry(
        action,
        identity.model,
        ref,
        version=identity.version,
        stage=identity.stage,
        number=identity.number,
        object=object_,
    )


def _with_tag(entry: Entry, tag: TagObject) -> Entry:
    signed = tag.signed
    when = datetime.fromtimestamp(min(signed.tagged, LATEST), UTC)
    tagged = Act(f"{signed.tagger_name} <{signed.tagger_email}>", when)
    try:
        statement = Statement.parse(signed.message)
    except ValueError:
        return replace(entry, tagged=tagged, fingerprint=_named_key(signed.signature))
    version = entry.version or statement.version
    stage = entry.stage or statement.stage
    return replace(
        entry,
        tagged=tagged,
        statement=statement,
        version=version,
        stage=stage,
        fingerprint=_named_key(signed.signature),
    )


def _named_key(signature: bytes) -> str | None:
    """The key that a signature says to be of; nobody has checked that."""
    try:
        return parse_sshsig(signature).public_key.fingerprint
    except VerificationError:
        return None


def _with_commit(entry: Entry, line: Line, commit: ObjectId) -> Entry:
    proposed, merged = line.told(commit)
    return replace(entry, commit=commit, place=line.place(commit), proposed=proposed, merged=merged)


def _released(case: Case, entry: Entry, claim: Claim | None) -> Examined:
    _, release = check_tag(case, Log(), entry.tag or "")
    proven = _signed(entry, release.signature, release.permit)
    notes = (*proven.notes, *(note for note in release.notes if note not in proven.notes))
    made = with_record(replace(proven, notes=notes), release.recorded.version)
    return Examined(made, claim, release.permit.approvals)


def with_record(entry: Entry, record: ModelVersion) -> Entry:
    """What the version's own record adds: who proposed it, and what the gates said."""
    return replace(entry, proposed=Act(str(record.author), record.created), gates=tuple(record.gates))


def _said(case: Case, entry: Entry, known: Claim | None) -> Examined:
    """An assignment or a retirement, each held to the same steps as a release."""
    log, tag = Log().run("object", check_object, case, entry.tag or "")
    log, claim = log.run("name", check_name, case, tag)
    log, signature = log.run("signature", check_signature, case, claim)
    log, permit = log.run("role", check_role, case, claim, signature)
    log, _ = log.run("review", check_review, case, claim)
    if claim.statement.version is not None:
        log, _ = log.run("record", check_record, case, claim)
    log.run("memory", check_memory, case, claim)
    return Examined(_signed(entry, signature, permit), known, permit.approvals)


def _signed(entry: Entry, signature: Signature, permit: Permit) -> Entry:
    return replace(
        entry,
        signer=permit.person,
        fingerprint=signature.fingerprint,
        approvers=tuple(one.person for one in permit.approvals),
        notes=permit.notes,
    )
