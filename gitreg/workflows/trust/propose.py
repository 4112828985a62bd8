"""Proposing the next trust root: a change is made on what is accepted, or on a proposal that its author signed already."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gitreg.checks import CommitFiles, HeldFiles
from gitreg.checks.trust_agreement import agreement_faults
from gitreg.checks.trust_files import TrustFiles, read_trust
from gitreg.checks.trust_signatures import lacking, signers
from gitreg.documents import layout, places
from gitreg.domain.trust import Root
from gitreg.errors import AlreadyThereError, AnswerIsNoError, CredentialsError, NotFoundError, RecordError
from gitreg.gitrepo import ObjectId
from gitreg.signing import SigningKey
from gitreg.store import Author, Snapshot
from gitreg.workflows.proposing import proposals
from gitreg.workflows.proposing.proposal_branch import Draft
from gitreg.workflows.proposing.proposals import Proposal, find_proposal
from gitreg.workflows.proposing.request_words import trust_words
from gitreg.workflows.publishing.exchange import fetch_unless
from gitreg.workflows.registry import Registry
from gitreg.workflows.trust.differences import differences
from gitreg.workflows.trust.draft import TrustDraft, draft_of
from gitreg.workflows.trust.next_root import (
    Signatures,
    configured_key,
    next_files,
    owner_of,
    signatures_by,
)

_HINTS = {
    places.ROLES: "first change who may: gitreg key role MODEL ...; or give them another key: --new NEWKEY"
}
Change = Callable[[TrustFiles, TrustDraft], TrustDraft]


@dataclass(frozen=True)
class How:
    """How a proposal is made.

    Args:
        offline: ask nobody, send nothing.
        anew: give an open proposal up, and start from what is accepted.
        rehearsal: make no signature, as nothing will come of it.
        keys: keys of the caller's that sign beside the configured one.
    """

    offline: bool = False
    anew: bool = False
    rehearsal: bool = False
    keys: Sequence[SigningKey] = ()


@dataclass(frozen=True)
class Proposed:
    """A new trust root that waits for signatures and review.

    Args:
        proposal: its branch.
        root: it.
        changes: what it changes, in words.
        signed: who signed it.
        lacking: whose signatures it needs still.
        notes: what the caller should know.
    """

    proposal: Proposal
    root: Root
    changes: Sequence[str]
    signed: Sequence[str] = ()
    lacking: Sequence[str] = ()
    notes: Sequence[str] = field(default=())


def propose_trust(registry: Registry, change: Change, author: Author, how: How) -> Proposed:
    """Makes the next trust root, or adds to the open proposal of it, and signs it where the caller has a root key.

    Args:
        registry: the registry.
        change: makes the draft, from the trust files that it starts with and a draft that changes nothing.
        author: who proposes.
        how: how.

    Raises:
        AnswerIsNoError: nobody could use the result, or another one's proposal is open.
        AlreadyThereError: that is accepted already.
    """
    fetch_unless(registry, author, offline=how.offline)
    accepted = accepted_trust(registry)
    keys, refusal = _own_keys(registry, how)
    base = _base(registry, accepted, keys, how)
    draft = change(base, draft_of(base, accepted.root))
    if draft.files == accepted.files and _same_root(draft, accepted.root):
        raise AlreadyThereError("the accepted trust files say all of that already", hint="gitreg key list")
    signatures = _signatures(keys, draft, accepted, how, registry.environ)
    proposed = send(registry, accepted, draft, signatures.made, author, offline=how.offline)
    notes = [*refusal, *signatures.refusals] if not proposed.signed else signatures.refusals
    return Proposed(
        proposed.proposal, proposed.root, proposed.changes, proposed.signed, proposed.lacking, tuple(notes)
    )


def send(
    registry: Registry,
    accepted: TrustFiles,
    draft: TrustDraft,
    signatures: Mapping[str, bytes],
    author: Author,
    *,
    offline: bool,
) -> Proposed:
    """Writes a proposal of the next root, and sends it where there is a remote."""
    after = _read_back(accepted, draft, signatures)
    changes = differences(accepted, after)
    branch = layout.trust_branch(draft.root.version)
    files, message = next_files(accepted, draft, signatures), message_of(after.root, changes)
    words = trust_words(after.root.version, changes)
    proposal = proposals.propose(
        registry, Draft(branch, files, message, words=words), author, offline=offline
    )
    good = {
        *signers(after.signed, accepted.root, registry.environ),
        *signers(after.signed, after.root, registry.environ),
    }
    lack = lacking(after.signed, accepted.root, registry.environ)
    return Proposed(proposal, after.root, changes, sorted(good), lack)


def message_of(root: Root, changes: Sequence[str]) -> str:
    """The words for the commit of a proposal: what it changes, by the files and by nobody's claim."""
    return f"Propose trust root {root.version}\n\n" + "".join(f"- {line}\n" for line in changes)


def accepted_trust(registry: Registry) -> TrustFiles:
    """The accepted trust files.

    Raises:
        NotFoundError: there are none.
        RecordError: they are broken.
    """
    found = read_trust(CommitFiles(registry.accepted))
    if found is None:
        raise NotFoundError("the accepted branch has no trust root", hint="gitreg init")
    return found


def open_proposal(registry: Registry, accepted: TrustFiles) -> tuple[Proposal, TrustFiles] | None:
    """The open proposal of the next root, and its trust files; None where there is none.

    Raises:
        AnswerIsNoError: it is broken, or of something else: anybody may push a branch of that name.
    """
    proposal = find_proposal(registry, layout.trust_branch(accepted.root.version + 1))
    if proposal is None:
        return None
    try:
        found = trust_at(registry, proposal.commit)
        fault = next(agreement_faults(found), None)
    except (NotFoundError, RecordError) as error:
        raise _unsound(proposal, str(error)) from error
    if (found.root.version, found.root.registry) != (accepted.root.version + 1, accepted.root.registry):
        raise _unsound(proposal, "it does not follow the accepted trust root")
    if fault is not None:
        raise _unsound(proposal, ": ".join(fault))
    return proposal, found


def _unsound(proposal: Proposal, why: str) -> AnswerIsNoError:
    hint = "give it up: the same change with --anew (gitreg key add, role, rotate, revoke ...)"
    return AnswerIsNoError(f"{proposal.name} is not sound: {why}", hint=hint)


def trust_at(registry: Registry, commit: ObjectId) -> TrustFiles:
    """The trust files of a commit.

    Raises:
        NotFoundError: there are none.
    """
    found = read_trust(CommitFiles(Snapshot(registry.repository, commit)))
    if found is None:
        raise NotFoundError(f"commit {commit[:12]} has no trust root")
    return found


def _own_keys(registry: Registry, how: How) -> tuple[list[SigningKey], list[str]]:
    try:
        return [configured_key(registry), *how.keys], []
    except CredentialsError as error:
        return list(how.keys), [error.message]


def _base(registry: Registry, accepted: TrustFiles, keys: Sequence[SigningKey], how: How) -> TrustFiles:
    """What a change starts with. Whoever signs answers for all of a root, so never with what they have not signed."""
    found = None if how.anew else open_proposal(registry, accepted)
    if found is None:
        return accepted
    proposal, trust = found
    roots = (trust.root, accepted.root)
    mine = {owner for key in keys if (owner := owner_of(key.public, roots))}
    good = {person for root in roots for person in signers(trust.signed, root, registry.environ)}
    if mine and not mine & good:
        raise AnswerIsNoError(
            f"{proposal.name} is open, and you have not signed what it changes",
            hint="gitreg key sign, and then this again; or this with --anew, which gives that one up",
        )
    return trust


def _same_root(draft: TrustDraft, root: Root) -> bool:
    now = (dict(draft.keys), draft.threshold, draft.accepted_branch)
    return now == (root.keys, root.threshold, root.accepted_branch)


def _signatures(
    keys: Sequence[SigningKey], draft: TrustDraft, accepted: TrustFiles, how: How, environ: Mapping[str, str]
) -> Signatures:
    roots = (draft.root, accepted.root)
    if how.rehearsal:
        owners = [owner for key in keys if (owner := owner_of(key.public, roots))]
        return Signatures({f"{owner}.sig": b"" for owner in owners})
    return signatures_by(keys, draft.content, roots, environ)


def _read_back(accepted: TrustFiles, draft: TrustDraft, signatures: Mapping[str, bytes]) -> TrustFiles:
    """The draft as verifiers will read it.

    Raises:
        AnswerIsNoError: nobody could use it.
    """
    files = next_files(accepted, draft, signatures)
    held = {path: content for path, content in files.items() if content is not None}
    after = read_trust(HeldFiles(held))
    assert after is not None  # noqa: S101 - a draft has a root
    fault = next(agreement_faults(after), None)
    if fault is not None:
        raise AnswerIsNoError(f"{fault[0]}: {fault[1]}", hint=_HINTS.get(fault[0], "gitreg key show"))
    return after
