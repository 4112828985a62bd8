"""Signing the open proposal of a trust root: first what it changes is shown, then exactly that is signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gitreg.checks.trust_files import TrustFiles
from gitreg.checks.trust_signatures import lacking, signers
from gitreg.documents import places
from gitreg.domain.digest import Digest
from gitreg.domain.trust import Root
from gitreg.errors import AlreadyThereError, AnswerIsNoError, CredentialsError, NotFoundError
from gitreg.gitrepo import ObjectId
from gitreg.signing import SigningKey
from gitreg.store import Author, Snapshot, retrying
from gitreg.workflows.proposing import proposals
from gitreg.workflows.proposing.proposal_branch import Draft
from gitreg.workflows.proposing.proposals import Proposal
from gitreg.workflows.proposing.request_words import trust_words
from gitreg.workflows.publishing.exchange import fetch_unless
from gitreg.workflows.registry import Registry
from gitreg.workflows.trust.differences import differences
from gitreg.workflows.trust.next_root import configured_key, owner_of, signatures_by
from gitreg.workflows.trust.propose import Proposed, accepted_trust, message_of, open_proposal

ATTEMPTS = 5


@dataclass(frozen=True)
class ToSign:
    """What somebody is asked to sign.

    Args:
        proposal: the branch.
        accepted: the trust files as they are.
        trust: as they would be.
        key: what will sign.
        person: whose root key that is.
        changes: what is different, in words.
    """

    proposal: Proposal
    accepted: TrustFiles
    trust: TrustFiles
    key: SigningKey
    person: str
    changes: tuple[str, ...]

    @property
    def digest(self) -> Digest:
        """The sha256 of the root, for people who compare by telephone."""
        return Digest.of(self.trust.signed.content)


def to_sign(
    registry: Registry, author: Author, given: SigningKey | None = None, *, offline: bool = False
) -> ToSign:
    """The open proposal, for the caller to look at.

    Args:
        registry: the registry.
        author: whoever calls.
        given: the key to sign with; the one that Git is configured with when None.
        offline: ask nobody, send nothing.

    Raises:
        NotFoundError: none is open.
        CredentialsError: the caller's key is no root key.
        AlreadyThereError: the caller signed it.
        AnswerIsNoError, RecordError: it is not sound.
    """
    fetch_unless(registry, author, offline=offline)
    accepted, proposal, trust = _open(registry)
    key = given or configured_key(registry)
    roots = (trust.root, accepted.root)
    person = owner_of(key.public, roots)
    if person is None:
        raise CredentialsError(
            f"the key {key.public.fingerprint} is no root key, neither now nor by {proposal.name}",
            hint="gitreg key sign --key FILE; which they are: gitreg key show",
        )
    if any(person in signers(trust.signed, root, registry.environ) for root in _roots_of(key, roots)):
        lack = lacking(trust.signed, accepted.root, registry.environ)
        hint = "gitreg key show --proposed" if lack else "after review: gitreg release --merge"
        raise AlreadyThereError(f"{person} signed {proposal.name} already", hint=hint)
    return ToSign(proposal, accepted, trust, key, person, tuple(differences(accepted, trust)))


def sign_root(registry: Registry, asked: ToSign, author: Author, *, offline: bool = False) -> Proposed:
    """Adds the caller's signature to the proposal, if it still is what was shown.

    Raises:
        AnswerIsNoError: it changed meanwhile.
        ConflictError: others sign all the time.
    """
    content, roots = asked.trust.signed.content, (asked.trust.root, asked.accepted.root)
    signed = signatures_by([asked.key], content, roots, registry.environ)
    if not signed.made:
        raise CredentialsError(signed.refusals[0], hint="gitreg key sign")

    def act() -> Proposed:
        fetch_unless(registry, author, offline=offline)
        return _send(registry, content, signed.made, author, offline=offline)

    return retrying(act, ATTEMPTS)


def _send(
    registry: Registry, content: bytes, signatures: Mapping[str, bytes], author: Author, *, offline: bool
) -> Proposed:
    accepted, proposal, trust = _open(registry)
    if trust.signed.content != content:
        raise AnswerIsNoError(
            f"{proposal.name} changed while it was being signed; nothing was sent", hint="gitreg key sign"
        )
    files = _files(registry, proposal.commit)
    files |= {f"{places.SIGNATURES}/{name}": one for name, one in signatures.items()}
    changes = differences(accepted, trust)
    message = message_of(trust.root, changes)
    words = trust_words(trust.root.version, changes)
    made = proposals.propose(
        registry, Draft(proposal.branch, files, message, words=words), author, offline=offline
    )
    _, _, now = _open(registry)
    good = {
        person for root in (accepted.root, now.root) for person in signers(now.signed, root, registry.environ)
    }
    lack = lacking(now.signed, accepted.root, registry.environ)
    return Proposed(made, now.root, changes, sorted(good), lack)


def _open(registry: Registry) -> tuple[TrustFiles, Proposal, TrustFiles]:
    accepted = accepted_trust(registry)
    found = open_proposal(registry, accepted)
    if found is None:
        raise NotFoundError(
            f"no proposal of trust root {accepted.root.version + 1} is open", hint="gitreg key list"
        )
    return accepted, *found


def _files(registry: Registry, commit: ObjectId) -> dict[str, bytes | None]:
    """The trust files that a proposal has otherwise than what is accepted."""
    accepted, proposed = registry.accepted, Snapshot(registry.repository, commit)
    assert accepted.commit is not None  # noqa: S101 - there is an accepted root
    changed = registry.repository.changed_paths(accepted.commit, commit, f"{places.TRUST}/")
    return {path: proposed.file(path) for _, path in changed}


def _roots_of(key: SigningKey, roots: tuple[Root, Root]) -> list[Root]:
    return [root for root in roots if owner_of(key.public, [root])]
