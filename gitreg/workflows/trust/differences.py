"""What a new trust root changes, in words: what its signers say yes to."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.trust_agreement import named_permissions
from gitreg.checks.trust_files import PersonKey, TrustFiles
from gitreg.domain.trust import Permission, Role, Root
from gitreg.signing import PublicKey


def differences(before: TrustFiles, after: TrustFiles) -> list[str]:
    """Each change in a line, those of people and keys first."""
    return [
        *_people(before, after),
        *_keys(before, after),
        *_roles(before, after),
        *_root(before.root, after.root),
        *_files(before, after),
    ]


def _people(before: TrustFiles, after: TrustFiles) -> Iterator[str]:
    old, new = before.roles.people, after.roles.people
    for name in sorted({*old, *new}):
        if name not in new:
            yield f"{name} ({old[name].principal}) is no signer any more"
        elif name not in old:
            yield f"{name} is {new[name].principal}{', a machine' if new[name].machine else ''}"
        elif (old[name].principal, old[name].machine) != (new[name].principal, new[name].machine):
            yield f"{name} was {old[name].principal}, and is {new[name].principal}{', a machine' if new[name].machine else ''}"


def _keys(before: TrustFiles, after: TrustFiles) -> Iterator[str]:
    old = {key.fingerprint: key for key in before.keys}
    new = {key.fingerprint: key for key in after.keys}
    for fingerprint, key in new.items():
        known = old.get(fingerprint)
        if known is None or (known.state, known.until, known.person) != (key.state, key.until, key.person):
            yield _key(key)
    for fingerprint, key in old.items():
        if fingerprint not in new:
            yield f"{key.person or 'somebody'} does not have the key {fingerprint} any more"


def _key(key: PersonKey) -> str:
    owner = f"{key.person or 'somebody'}'s key {key.fingerprint}"
    if key.state == "former":
        return f"{owner} is good up to root {key.until} only"
    return (
        f"{owner} is revoked: nothing that it signed counts" if key.state == "revoked" else f"{owner} is good"
    )


def _roles(before: TrustFiles, after: TrustFiles) -> Iterator[str]:
    old, new = before.roles.roles, after.roles.roles
    for name in sorted({*old, *new}):
        if name not in new:
            yield f"{name} has no role any more"
        elif old.get(name) != new[name]:
            yield f"{name}: {role_text(new[name])}"


def role_text(role: Role) -> str:
    """A role in a line."""
    parts = [f"{what} {permission_text(permission)}" for what, permission in named_permissions(role)]
    return ", ".join([*parts, f"formats {' '.join(role.formats)}"])


def permission_text(permission: Permission) -> str:
    """A permission as the command takes it: `2 of ada,bob`."""
    return f"{permission.threshold} of {','.join(permission.by)}"


def _root(before: Root, after: Root) -> Iterator[str]:
    for name in sorted({*before.keys, *after.keys}):
        if before.keys.get(name) != after.keys.get(name):
            key = after.keys.get(name)
            yield f"root key of {name}: {PublicKey.parse(key).fingerprint if key else 'none'}"
    if before.threshold != after.threshold:
        yield f"root keys that must sign: {after.threshold}, until now {before.threshold}"
    if before.accepted_branch != after.accepted_branch:
        yield f"accepted branch: {after.accepted_branch}, until now {before.accepted_branch}"


def _files(before: TrustFiles, after: TrustFiles) -> Iterator[str]:
    for name in ("openpgp_keys", "x509_certificates"):
        old, new = before.files.get(name), after.files.get(name)
        if old != new:
            yield f"{name} {'is new' if old is None else 'is gone' if new is None else 'changed'}"
