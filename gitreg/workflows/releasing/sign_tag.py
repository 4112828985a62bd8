"""Making a signed tag: written, verified as anybody would verify it, and only then named and sent.

The tag's name is the compare-and-swap. A signature that no verifier accepts would use the name up, so it is refused before.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from gitreg.domain.record import Person
from gitreg.errors import ConflictError, CredentialsError, GitregError, RemoteError, VerificationError
from gitreg.gitrepo import ZERO, ObjectId, RefUpdate
from gitreg.signing import format_tag, sign
from gitreg.store import Author, Snapshot
from gitreg.workflows.publishing.exchange import send
from gitreg.workflows.registry import Registry
from gitreg.workflows.releasing.signer import Signer
from gitreg.workflows.releasing.signing_case import signing_case, with_tags
from gitreg.workflows.verification.approvals import REFUSALS
from gitreg.workflows.verification.case import Case
from gitreg.workflows.verification.record import check_record, check_review
from gitreg.workflows.verification.role import check_role
from gitreg.workflows.verification.signer import check_signature
from gitreg.workflows.verification.stage import check_chain
from gitreg.workflows.verification.statements import check_name, check_object
from gitreg.workflows.versions.due import Due

TAGS = "refs/tags/"
THEIRS = "refs/gitreg/theirs"
"""Where a tag that was faster is put for a moment, to be read."""

Check = Callable[[Case, str], object]
"""What a verifier would ask of the tag of that name."""


@dataclass(frozen=True)
class Signing:
    """Who signs, in which registry, by what the accepted branch held when it was looked at."""

    registry: Registry
    accepted: Snapshot
    signer: Signer
    author: Author

    @cached_property
    def case(self) -> Case:
        """What a verifier would rest on; each signature is looked at beside what was there before the first."""
        return signing_case(self.registry, self.accepted)


def check_statement(case: Case, ref: str) -> None:
    """What verification will ask of a statement's tag: its form, signature, role, review, record and place in the chain.

    Raises:
        VerificationError: by the step that refuses it.
    """
    claim = check_name(case, check_object(case, ref))
    check_role(case, claim, check_signature(case, claim))
    check_review(case, claim)
    if claim.statement.version is not None:
        check_record(case, claim)
    if claim.statement.action == "assign":
        check_chain(
            case, claim, (claim.statement.sequence or 1) - 1
        )  # older links were checked when they were made


def sign_tag(signing: Signing, one: Due, check: Check = check_statement) -> str:
    """Signs one tag and sends it.

    Returns:
        its full name.

    Raises:
        VerificationError: if nobody would accept it; nothing was named or sent then.
        ConflictError: if somebody made a tag of that name first; the message says who, and none is left here.
    """
    registry = signing.registry
    tag = _written(signing, one)
    _require_good(signing, one, tag, check)
    try:
        registry.repository.update_refs([RefUpdate(one.tag, tag, ZERO)], f"gitreg: {one.statement.title}")
    except ConflictError as error:
        raise _lost(signing, one, registry.repository.resolve(one.tag)) from error
    try:
        send(registry, one.tag, tag, None)
    except GitregError as error:
        # a tag that is only here is no release; left here, it would hide that the release is still due
        registry.repository.update_refs([RefUpdate(one.tag, ZERO, tag)], "gitreg: not sent")
        if isinstance(error, ConflictError):
            raise _lost(signing, one, _theirs(registry, one.tag)) from error
        raise
    return one.tag


def _written(signing: Signing, one: Due) -> ObjectId:
    """The tag object; nothing points at it yet."""
    signer, author = signing.signer, signing.author
    tagger = Person(name=author.name, email=signer.principal)
    name, when = one.tag.removeprefix(TAGS), int(author.when.timestamp())
    payload = format_tag(one.commit, name, str(tagger), when, "+0000", one.statement.message())
    signature = sign(payload, signer.key, "git", signing.registry.environ)
    return signing.registry.repository.write_tag(payload + signature)


def _require_good(signing: Signing, one: Due, tag: ObjectId, check: Check) -> None:
    case = with_tags(signing.case, {one.tag: tag})
    try:
        check(case, one.tag)
    except REFUSALS as error:
        step = error.step if isinstance(error, VerificationError) else "record"
        raise VerificationError(
            f"{one.tag.removeprefix(TAGS)} would not verify ({step}), and was not made: {error}",
            step=step,
            hint="gitreg validate",
        ) from error


def _theirs(registry: Registry, tag: str) -> ObjectId | None:
    """The tag of that name on the remote, brought here without a name of its own."""
    if registry.remote is None:
        return None
    with suppress(ConflictError, CredentialsError, RemoteError):
        registry.repository.fetch(registry.remote, [f"+{tag}:{THEIRS}"])
    found = registry.repository.resolve(THEIRS)
    if found is not None:
        registry.repository.update_refs([RefUpdate(THEIRS, ZERO, found)], "gitreg: read")
    return found


def _lost(signing: Signing, one: Due, theirs: ObjectId | None) -> ConflictError:
    """Who was faster, by the tag that is there."""
    return ConflictError(
        f"{one.tag.removeprefix(TAGS)} exists already: {_winner(signing, one.tag, theirs)}; nothing was signed here",
        hint="gitreg release shows what is still due",
    )


def _winner(signing: Signing, ref: str, tag: ObjectId | None) -> str:
    if tag is None:
        return "somebody was faster"
    case = with_tags(signing.case, {ref: tag})
    who, fault = signed_by(case, ref)
    return f"{who} was faster" if who else f"somebody put a tag there that is no good ({fault})"


def signed_by(case: Case, ref: str) -> tuple[str | None, str]:
    """Who signed a tag that is there, as allowed_signers calls them; nobody, and why, where its signature is no good."""
    try:
        claim = check_name(case, check_object(case, ref))
        return check_signature(case, claim).principal, ""
    except REFUSALS as error:
        return None, str(error)
