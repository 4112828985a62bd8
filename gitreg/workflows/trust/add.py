"""A new person, or one more key of somebody: who they are, never what they may do, which the roles say."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gitreg.checks.trust_files import TrustFiles
from gitreg.documents.records_json import JsonValue
from gitreg.domain.words import slug
from gitreg.errors import AlreadyThereError, AnswerIsNoError, UsageError
from gitreg.signing import AllowedSigner, PublicKey
from gitreg.workflows.trust.draft import TrustDraft
from gitreg.workflows.trust.other_key import OtherKeyFile, with_other_key

EXAMPLE = "gitreg key add bob --principal bob@example.com bob.pub"


@dataclass(frozen=True)
class NewKey:
    """Whose key is added.

    Args:
        person: what the roles call them.
        principal: their e-mail address, as in their Git configuration; None for somebody who is known.
        key: an SSH key, or another one that its owner signs tags with.
        machine: whether it is a machine, which never signs alone where several must.
        root: whether the key becomes a root key, too.
    """

    person: str
    principal: str | None
    key: PublicKey | OtherKeyFile
    machine: bool = False
    root: bool = False


def add_key(trust: TrustFiles, draft: TrustDraft, new: NewKey) -> TrustDraft:
    """The draft with a key added.

    Raises:
        UsageError: the words do not say who it is.
        AlreadyThereError: the key is somebody's, or they have a root key.
        AnswerIsNoError: the key is revoked.
    """
    if new.key.fingerprint in trust.revoked:
        raise AnswerIsNoError(
            f"{new.key.fingerprint} was revoked, and a revoked key never comes back", hint="make another one: ssh-keygen -t ed25519"
        )  # fmt: skip
    principal = _principal(draft, new)
    if new.person not in draft.roles.people:
        entry: dict[str, JsonValue] = {"principal": principal}
        if new.machine:
            entry["machine"] = True
        draft = draft.with_roles({("people", new.person): entry})
    if isinstance(new.key, OtherKeyFile):
        if new.root:
            raise UsageError(
                "only SSH keys sign trust roots", hint=f"gitreg key add {new.person} KEYFILE --root"
            )
        return with_other_key(draft, new.person, new.key)
    signer = AllowedSigner(principal, new.key)
    if not (new.root and signer in trust.allowed):  # a key that signs already may become a root key, too
        draft = draft.with_signer(signer)
    return with_root_key(draft, new.person, new.key) if new.root else draft


def _principal(draft: TrustDraft, new: NewKey) -> str:
    try:
        slug(new.person)
    except ValueError as error:
        raise UsageError(f"{new.person[:80]!a} cannot name a person: {error}", hint=EXAMPLE) from error
    people = draft.roles.people
    known = people.get(new.person)
    if known is None and new.principal is None:
        raise UsageError(f"{new.person} is not known yet, and has no --principal", hint=EXAMPLE)
    if known is not None and new.principal not in {None, known.principal}:
        raise AlreadyThereError(
            f"{new.person} is {known.principal} already", hint="give the new person another name"
        )
    if known is not None and new.machine and not known.machine:
        raise AlreadyThereError(f"{new.person} is no machine", hint="gitreg key list")
    principal = known.principal if known else new.principal
    assert principal is not None  # noqa: S101 - one of both is there by now
    other = next((name for name, entry in people.items() if entry.principal == principal), new.person)
    if other != new.person:
        raise AlreadyThereError(f"{principal} is {other} already", hint=f"gitreg key add {other} KEYFILE")
    return principal


def with_root_key(draft: TrustDraft, person: str, key: PublicKey) -> TrustDraft:
    """The draft with one more root key.

    Raises:
        AlreadyThereError: the person has one.
    """
    if person in draft.keys:
        raise AlreadyThereError(f"{person} has a root key already", hint=f"gitreg key rotate {person} NEWKEY")
    return replace(draft, keys={**draft.keys, person: str(key)})
