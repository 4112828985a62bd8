"""By which key a tag says to be signed, of any kind. A claim: enough for a list, never to believe it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gitreg.documents import places
from gitreg.signing import (
    Certificate,
    OpenpgpKey,
    SignedTag,
    parse_openpgp_keys,
    parse_sshsig,
    parse_x509_certificates,
)
from gitreg.signing.cms import parse_cms
from gitreg.signing.openpgp import parse_openpgp
from gitreg.store import Snapshot

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Rings:
    """The registry's OpenPGP keys and certificates, which say what a signature means by a subkey or a serial number."""

    openpgp: Mapping[str, OpenpgpKey]
    x509: Mapping[str, Certificate]


def rings_of(accepted: Snapshot) -> Rings:
    """Those of the accepted branch.

    Raises:
        RecordError: a file is not what it should be.
    """
    openpgp, x509 = accepted.file(places.OPENPGP_KEYS), accepted.file(places.X509_CERTIFICATES)
    return Rings(
        parse_openpgp_keys(openpgp) if openpgp else {}, parse_x509_certificates(x509) if x509 else {}
    )


def claimed_key(tag: SignedTag, rings: Rings) -> str:
    """The fingerprint, `SHA256:...`, `openpgp:...` of the primary key, or `x509:...`.

    Raises:
        VerificationError: it is no signature.
    """
    if tag.kind == "openpgp":
        issuer = parse_openpgp(tag.signature).issuer
        owner = next((key.fingerprint for key in rings.openpgp.values() if issuer in key.members), issuer)
        return f"openpgp:{owner}"
    if tag.kind == "x509":
        named = parse_cms(tag.signature).issuer_and_serial
        known = (one.digest for one in rings.x509.values() if one.issuer_and_serial == named)
        return f"x509:{next(known, UNKNOWN)}"
    return parse_sshsig(tag.signature).public_key.fingerprint
