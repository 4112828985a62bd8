"""Step 6, signature: whose key signed which bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Never

from gitreg.documents import places
from gitreg.errors import VerificationError
from gitreg.signing import OtherKind, verify, verify_openpgp, verify_x509
from gitreg.workflows.verification.case import Case
from gitreg.workflows.verification.statements import Claim

NAMESPACE = "git"
STEP = "signature"


@dataclass(frozen=True)
class Signature:
    """Who signed a statement, as allowed_signers or the roles call them, and with which key.

    Args:
        principal: the tagger's address.
        fingerprint: `SHA256:...`, as ssh-keygen shows it; `openpgp:...` of the primary key; `x509:...` of the certificate.
    """

    principal: str
    fingerprint: str

    @property
    def detail(self) -> str:
        """For the report."""
        return f"{self.principal} with {self.fingerprint}"


def check_signature(case: Case, claim: Claim) -> Signature:
    """Step 6: the tagger signed the payload, with a key that the accepted tip allows and does not revoke.

    Raises:
        VerificationError: step `signature`.
    """
    by_kind = {"ssh": _by_ssh, "openpgp": _by_openpgp, "x509": _by_x509}
    fingerprint = by_kind[claim.tag.signed.kind](case, claim)
    return Signature(claim.tag.signed.tagger_email, fingerprint)


def _by_ssh(case: Case, claim: Claim) -> str:
    signed = claim.tag.signed
    key = verify(
        signed.payload,
        signed.signature,
        principal=signed.tagger_email,
        namespace=NAMESPACE,
        allowed=case.trust.allowed,
        revoked=case.trust.revoked,
        environ=case.environ,
    )
    return key.fingerprint


def _by_openpgp(case: Case, claim: Claim) -> str:
    signed, keys = claim.tag.signed, case.trust.openpgp_keys
    if keys is None:
        return _not_taken("OpenPGP", places.OPENPGP_KEYS)
    key = verify_openpgp(
        signed.payload,
        signed.signature,
        expected=_expected(case, signed.tagger_email, "openpgp"),
        keys=keys,
        revoked=case.trust.revoked,
        environ=case.environ,
    )
    return key.fingerprint


def _by_x509(case: Case, claim: Claim) -> str:
    signed, certificates = claim.tag.signed, case.trust.x509_certificates
    if certificates is None:
        return _not_taken("X.509", places.X509_CERTIFICATES)
    key = verify_x509(
        signed.payload,
        signed.signature,
        expected=_expected(case, signed.tagger_email, "x509"),
        certificates=certificates,
        revoked=case.trust.revoked,
        environ=case.environ,
    )
    return key.fingerprint


def _not_taken(kind: str, path: str) -> Never:
    raise VerificationError(
        f"it has an {kind} signature, and this registry takes none: its trust root names no {path}", step=STEP
    )


def _expected(case: Case, principal: str, kind: OtherKind) -> frozenset[str]:
    """The digests of the keys of whoever signs under this address, also of those that were rotated."""
    roles = case.trust.roles
    people = [name for name, entry in roles.people.items() if entry.principal == principal]
    now = {roles.people[name].openpgp if kind == "openpgp" else roles.people[name].x509 for name in people}
    former = {
        entry.key.removeprefix(f"{kind}:")
        for name, entry in roles.former.items()
        if re.sub(r"-[0-9]+$", "", name) in people and entry.key.startswith(f"{kind}:")
    }
    return frozenset(digest for digest in now | former if digest)
