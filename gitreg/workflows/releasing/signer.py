"""Who signs here: the key that Git is configured with, whose it is by the accepted trust files, and what it may sign."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.documents import places
from gitreg.domain.statement import Statement
from gitreg.domain.trust import Roles, Root, permission_for
from gitreg.errors import CredentialsError
from gitreg.signing import (
    OtherKey,
    OtherKind,
    UserKey,
    find_user_key,
    parse_allowed_signers,
    parse_revoked_keys,
)
from gitreg.store import Snapshot
from gitreg.workflows.registry import Registry
from gitreg.workflows.verification.former import last_root


@dataclass(frozen=True)
class Signer:
    """The key that signs here, and whose it is by the accepted trust files."""

    key: UserKey
    person: str
    principal: str


def find_signer(registry: Registry, accepted: Snapshot) -> Signer:
    """Whose key Git is configured to sign with, by the accepted trust files.

    Raises:
        CredentialsError: if there is no key, or it is nobody's, or it is revoked, or was rotated.
    """
    key = configured_key(registry, accepted)
    revoked = parse_revoked_keys(accepted.file(places.REVOKED_KEYS) or b"")
    if key.public in revoked:
        raise CredentialsError(
            f"the key {key.public.fingerprint} is revoked", hint="git config user.signingkey FILE of another"
        )
    found = _owner(accepted, key)
    if found is None:
        raise CredentialsError(
            f"the key {key.public.fingerprint} is not among this registry's signers",
            hint="gitreg key add PERSON --principal MAIL KEYFILE proposes it",
        )
    _require_in_use(accepted, key)
    return Signer(key, *found)


def configured_key(registry: Registry, accepted: Snapshot) -> UserKey:
    """The key that Git is configured with, of a kind that this registry takes.

    Raises:
        CredentialsError: there is none.
    """
    return find_user_key(registry.repository.config, _identity(registry), _kinds(accepted), registry.environ)


def _require_in_use(accepted: Snapshot, key: UserKey) -> None:
    """What a rotated key signs now counts for old commits only; its owner has a new one."""
    roles = accepted.record(Roles, places.ROLES)
    until = last_root(roles, key.public.fingerprint) if roles else None
    if until is not None:
        raise CredentialsError(
            f"the key {key.public.fingerprint} was rotated: it is good up to trust root {until}",
            hint="git config user.signingkey FILE of the new one; which that is: gitreg key list",
        )


def _identity(registry: Registry) -> str:
    """The committer, by which gpg chooses a key when Git's configuration names none (git-tag(1), -s)."""
    environ, config = registry.environ, registry.repository.config
    name = environ.get("GIT_COMMITTER_NAME") or config("user.name") or ""
    return f"{name} <{environ.get('GIT_COMMITTER_EMAIL') or config('user.email') or ''}>"


def _kinds(accepted: Snapshot) -> list[OtherKind]:
    """What this registry takes beside SSH signatures."""
    root = accepted.record(Root, places.ROOT)
    named = root.files if root else {}
    files: list[tuple[str, OtherKind]] = [("openpgp_keys", "openpgp"), ("x509_certificates", "x509")]
    return [kind for file, kind in files if file in named]


def _owner(accepted: Snapshot, key: UserKey) -> tuple[str, str] | None:
    """Whose key it is, and under which address they sign."""
    roles = accepted.record(Roles, places.ROLES)
    people = roles.people if roles else {}
    if isinstance(key.public, OtherKey):
        kind, digest = key.public.kind, key.public.digest
        owns = (
            name for name, one in people.items() if digest == (one.openpgp if kind == "openpgp" else one.x509)
        )
        person = next(owns, None)
    else:
        signers = parse_allowed_signers(accepted.file(places.ALLOWED_SIGNERS) or b"")
        principal = next((signer.principal for signer in signers if signer.key == key.public), None)
        person = next((name for name, entry in people.items() if entry.principal == principal), None)
    return (person, people[person].principal) if person else None


def require_role(accepted: Snapshot, signer: Signer, statement: Statement) -> None:
    """Refuses to sign what no verifier would accept.

    Raises:
        CredentialsError: if the person may not sign it.
    """
    roles = accepted.record(Roles, places.ROLES)
    role = roles.role_of(statement.model) if roles else None
    permission = permission_for(role, statement.action, statement.stage) if role else None
    if permission is None or signer.person not in permission.by:
        raise CredentialsError(
            f"{signer.person} may not sign '{statement.title}'",
            hint=f"the roles are in {places.ROLES} of the accepted branch",
        )
