"""Step 6, signature: whose key signed which bytes."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.signing import verify
from gitreg.workflows.verification.case import Case
from gitreg.workflows.verification.statements import Claim

NAMESPACE = "git"


@dataclass(frozen=True)
class Signature:
    """Who signed a statement, as allowed_signers calls them, and with which key: `SHA256:...`, as ssh-keygen shows it."""

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
    return Signature(signed.tagger_email, key.fingerprint)
