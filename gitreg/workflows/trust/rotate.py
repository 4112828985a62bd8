"""A key is replaced by another, or its owner leaves: it stays good for what was accepted while it was in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gitreg.checks.trust_files import PersonKey, TrustFiles
from gitreg.documents.edit import Delete, KeyPath
from gitreg.documents.records_json import JsonValue
from gitreg.errors import AnswerIsNoError, NotFoundError, UsageError
from gitreg.signing import AllowedSigner, PublicKey
from gitreg.workflows.trust.draft import TrustDraft
from gitreg.workflows.trust.other_key import FILES, OtherKeyFile, replaced_other_key


@dataclass(frozen=True)
class Rotation:
    """Which key of a person goes, and which comes.

    Args:
        person: whose.
        new: the new key; None when the person leaves.
        old: fingerprint of the key that goes, for somebody who has several.
    """

    person: str
    new: PublicKey | OtherKeyFile | None
    old: str | None = None


def rotate_key(trust: TrustFiles, draft: TrustDraft, rotation: Rotation) -> TrustDraft:
    """The draft with a key rotated.

    Raises:
        NotFoundError: there is no such person, or no such key of theirs.
        UsageError: they have several keys, and it is not said which.
        AnswerIsNoError: the new key is revoked, or was rotated itself; or too few root keys would be left.
    """
    person, new = rotation.person, rotation.new
    old = _old_keys(trust, rotation)
    if new is not None:
        draft = _with_new(trust, draft, person, new)
    changes: dict[KeyPath, JsonValue | Delete] = {}
    for fingerprint in old:
        name = former_name(draft, person, [keys[1] for keys in changes])
        changes["former", name] = {"key": fingerprint, "until_root": draft.before.version}
    return _with_root(draft.with_roles(changes), rotation, old)


def _old_keys(trust: TrustFiles, rotation: Rotation) -> list[str]:
    person = known_person(trust, rotation.person)
    current = [key for key in trust.keys if key.person == person and key.state == "current"]
    named = [
        key.fingerprint
        for key in current
        if rotation.old in {None, key.fingerprint}
        and (rotation.new is None or _kind(rotation.new) == _kind_of(key))
        and (rotation.new is None or rotation.new.fingerprint != key.fingerprint)
    ]
    if not named:
        which = rotation.old or "a key that is in use"
        raise NotFoundError(f"{person} does not have {which}", hint=f"gitreg key add {person} KEYFILE")
    if len(named) > 1 and rotation.new is not None:
        raise UsageError(
            f"{person} has {len(named)} keys: {', '.join(named)}", hint=f"gitreg key rotate {person} NEWKEY --old {named[0]}"
        )  # fmt: skip
    return named


def _kind(new: PublicKey | OtherKeyFile) -> str:
    return new.kind if isinstance(new, OtherKeyFile) else "ssh"


def _kind_of(key: PersonKey) -> str:
    return key.kind if key.kind in FILES else "ssh"


def _with_new(trust: TrustFiles, draft: TrustDraft, person: str, new: PublicKey | OtherKeyFile) -> TrustDraft:
    known = next((key for key in trust.keys if key.fingerprint == new.fingerprint), None)
    if known is not None and known.state != "current":
        raise AnswerIsNoError(
            f"{new.fingerprint} is {known.state}, and does not come back", hint="make another one: ssh-keygen -t ed25519"
        )  # fmt: skip
    if isinstance(new, OtherKeyFile):
        return replaced_other_key(draft, person, new)
    if known is not None and known.person == person:
        return draft
    return draft.with_signer(AllowedSigner(draft.roles.people[person].principal, new))


def former_name(draft: TrustDraft, person: str, taken: Sequence[str] = ()) -> str:
    """A free name for a key that a person has no more: theirs and a number."""
    names = {*draft.roles.former, *taken}
    return next(name for number in range(1, 10_000) if (name := f"{person}-{number}") not in names)


def _with_root(draft: TrustDraft, rotation: Rotation, old: list[str]) -> TrustDraft:
    """The person's root key goes with the key that it is, and with the person."""
    key = draft.keys.get(rotation.person)
    leaves = rotation.new is None and rotation.old is None
    if key is None or not (leaves or PublicKey.parse(key).fingerprint in old):
        return draft
    if isinstance(rotation.new, PublicKey):
        return replace(draft, keys={**draft.keys, rotation.person: str(rotation.new)})
    return without_root_key(draft, rotation.person)


def without_root_key(draft: TrustDraft, person: str) -> TrustDraft:
    """The draft without somebody's root key.

    Raises:
        AnswerIsNoError: too few would be left.
    """
    kept = {name: key for name, key in draft.keys.items() if name != person}
    if len(kept) < draft.threshold:
        raise AnswerIsNoError(
            f"without {person}'s key {len(kept)} root keys are left, and {draft.threshold} must sign the next root",
            hint=f"replace it: gitreg key rotate {person} NEWKEY (stolen: gitreg key revoke {person} --new NEWKEY)",
        )
    return replace(draft, keys=kept)


def known_person(trust: TrustFiles, person: str) -> str:
    """The person, if the roles know them.

    Raises:
        NotFoundError: they do not.
    """
    if person not in trust.roles.people:
        raise NotFoundError(
            f"there is nobody called {person[:80]!a} among the signers", hint="gitreg key list"
        )
    return person
