"""Who signs here: the key that Git is configured with, whose it is by the accepted trust files, and what it may sign."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.documents import places
from gitreg.domain.statement import Statement
from gitreg.domain.trust import Roles, permission_for
from gitreg.errors import CredentialsError
from gitreg.signing import SigningKey, find_signing_key, parse_allowed_signers, parse_revoked_keys
from gitreg.store import Snapshot
from gitreg.workflows.registry import Registry


@dataclass(frozen=True)
class Signer:
    """The key that signs here, and whose it is by the accepted trust files."""

    key: SigningKey
    person: str
    principal: str


def find_signer(registry: Registry, accepted: Snapshot) -> Signer:
    """Whose key Git is configured to sign with, by the accepted trust files.

    Raises:
        CredentialsError: if there is no key, or it is nobody's, or it is revoked.
    """
    config = registry.repository.config
    key = find_signing_key(
        format=config("gpg.format"),
        key=config("user.signingkey"),
        program=config("gpg.ssh.program"),
        environ=registry.environ,
    )
    roles = accepted.record(Roles, places.ROLES)
    signers = parse_allowed_signers(accepted.file(places.ALLOWED_SIGNERS) or b"")
    revoked = parse_revoked_keys(accepted.file(places.REVOKED_KEYS) or b"")
    if key.public in revoked:
        raise CredentialsError(
            f"the key {key.public.fingerprint} is revoked", hint="git config user.signingkey FILE of another"
        )
    principal = next((signer.principal for signer in signers if signer.key == key.public), None)
    people = roles.people if roles else {}
    person = next((name for name, entry in people.items() if entry.principal == principal), None)
    if principal is None or person is None:
        raise CredentialsError(
            f"the key {key.public.fingerprint} is not among this registry's signers",
            hint=f"ask a signer to add it to {places.ALLOWED_SIGNERS} and {places.ROLES}",
        )
    return Signer(key, person, principal)


def require_role(accepted: Snapshot, signer: Signer, statement: Statement) -> None:
    """Refuses to sign what no verifier would accept.

    Raises:
        CredentialsError: if the person may not sign it, or not alone.
    """
    roles = accepted.record(Roles, places.ROLES)
    role = roles.role_of(statement.model) if roles else None
    permission = permission_for(role, statement.action, statement.stage) if role else None
    if permission is None or signer.person not in permission.by:
        raise CredentialsError(
            f"{signer.person} may not sign '{statement.title}'",
            hint=f"the roles are in {places.ROLES} of the accepted branch",
        )
    if permission.threshold > 1:
        raise CredentialsError(
            f"'{statement.title}' takes {permission.threshold} people, and this gitreg signs for one",
            hint=f"a signature that no verifier accepts would use up the tag's name; see {places.ROLES}",
        )
