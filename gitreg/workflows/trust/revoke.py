"""A key is lost to somebody else: from now on it signs nothing, and what it signed counts for nothing."""

from __future__ import annotations

from dataclasses import replace

from gitreg.checks.trust_files import PersonKey, TrustFiles
from gitreg.documents.edit import DELETE, Delete, KeyPath
from gitreg.documents.records_json import JsonValue
from gitreg.errors import AlreadyThereError, NotFoundError, UsageError
from gitreg.signing import PublicKey
from gitreg.workflows.trust.add import NewKey, add_key
from gitreg.workflows.trust.draft import TrustDraft
from gitreg.workflows.trust.other_key import FILES
from gitreg.workflows.trust.rotate import former_name, known_person, without_root_key

KINDS = ("SHA256:", "openpgp:", "x509:")


def revoked_by(trust: TrustFiles, who: str) -> list[str]:
    """The fingerprints that a revocation is about: one key, or all of a person.

    Raises:
        NotFoundError: there is no such key or person.
        AlreadyThereError: all of it is revoked.
    """
    by_name = who.startswith(KINDS)
    person = who if by_name else known_person(trust, who)
    found = [key for key in _keys(trust) if (key.fingerprint if by_name else key.person) == person]
    if not found:
        raise NotFoundError(
            f"there is no key {who}" if by_name else f"{who} has no key", hint="gitreg key list"
        )
    lost = list(dict.fromkeys(key.fingerprint for key in found if key.state != "revoked"))
    if not lost:
        raise AlreadyThereError(f"{who} is revoked already", hint="gitreg key list")
    return lost


def _keys(trust: TrustFiles) -> list[PersonKey]:
    """Root keys, too, which may be kept for that alone."""
    known = {key.fingerprint for key in trust.keys}
    roots = [(person, PublicKey.parse(key)) for person, key in trust.root.keys.items()]
    alone = [
        PersonKey(person, key.fingerprint, key.kind, "current")
        for person, key in roots
        if key.fingerprint not in known
    ]
    return [*trust.keys, *alone]


def revoke_keys(
    trust: TrustFiles, draft: TrustDraft, lost: list[str], new: PublicKey | None = None
) -> TrustDraft:
    """The draft with keys revoked.

    Args:
        trust: the trust files that it starts with.
        draft: the same, to be changed.
        lost: fingerprints.
        new: the key that their one owner has from now on.

    Raises:
        AnswerIsNoError: too few root keys would be left.
        UsageError: there is a new key, and the lost ones are of several people or of nobody.
    """
    if new is not None:
        draft = _replaced(trust, draft, lost, new)
    roots = {PublicKey.parse(key): person for person, key in draft.keys.items()}
    owners = {PublicKey.parse(key): _principal(draft, person) for person, key in trust.root.keys.items()}
    owners |= {signer.key: signer.principal for signer in trust.allowed}
    for key, principal in owners.items():
        if key.fingerprint in lost:
            # plain Git, which may know no revocation file, must not find it among the signers any more
            draft = draft.without_signer(key).with_revoked(f"{key} {principal}")
    for key, person in roots.items():
        if key.fingerprint in lost:
            draft = without_root_key(draft, person)
    stale: dict[KeyPath, JsonValue | Delete] = {
        ("former", name): DELETE
        for name, entry in draft.roles.former.items()
        if entry.key in lost and entry.key.startswith("SHA256:")
    }
    return _without_others(draft.with_roles(stale) if stale else draft, lost)


def _replaced(trust: TrustFiles, draft: TrustDraft, lost: list[str], new: PublicKey) -> TrustDraft:
    people = {key.person for key in _keys(trust) if key.fingerprint in lost}
    person = people.pop() if len(people) == 1 else None
    if person is None:
        raise UsageError(
            "it is not known whose the lost key is, so --new cannot be theirs", hint="gitreg key list"
        )
    key = draft.keys.get(person)
    if key is not None and PublicKey.parse(key).fingerprint in lost:
        draft = replace(draft, keys={**draft.keys, person: str(new)})
    return add_key(trust, draft, NewKey(person, None, new))


def _principal(draft: TrustDraft, person: str) -> str:
    entry = draft.roles.people.get(person)
    return entry.principal if entry else person


def _without_others(draft: TrustDraft, lost: list[str]) -> TrustDraft:
    """OpenPGP keys and certificates are revoked by comments, which ssh-keygen and Git pass over.

    Whose they were stays to be read in the roles, as that of a former key: revocation comes before that.
    """
    for person, entry in draft.roles.people.items():
        for kind, digest in (("openpgp", entry.openpgp), ("x509", entry.x509)):
            if digest is not None and f"{kind}:{digest}" in lost:
                gone: dict[str, JsonValue] = {"key": f"{kind}:{digest}", "until_root": draft.before.version}
                draft = draft.with_roles(
                    {("people", person, kind): DELETE, ("former", former_name(draft, person)): gone}
                )
    for fingerprint in lost:
        kind, sign, digest = fingerprint.partition(":")
        if sign and kind in FILES:
            draft = draft.with_revoked(f"# {kind} {digest}")
    return draft
