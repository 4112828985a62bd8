"""Verifies an X.509 signature by openssl, which knows one certificate. Believes no authority, no clock, no network.

Why openssl and not gpgsm, which git asks: gpgsm builds chains to roots that a folder of its own trusts, believes dates, and
by itself asks the network for revocation lists. `openssl cms` can be told to do none of that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gitreg.errors import VerificationError
from gitreg.signing.armor import read_pem
from gitreg.signing.certificates import LABEL, Certificate
from gitreg.signing.cms import parse_cms
from gitreg.signing.other_keys import OtherKey
from gitreg.signing.revoked import RevokedKey
from gitreg.signing.room import Program, run_in_room
from gitreg.signing.ssh_keygen import first_words
from gitreg.signing.wire import WireError

OPENSSL = Program("openssl", "Install OpenSSL 1.1.1 or newer (Debian's package openssl).")


def verify_x509(
    payload: bytes,
    signature: bytes,
    *,
    expected: Collection[str],
    certificates: Mapping[str, Certificate],
    revoked: Collection[RevokedKey],
    environ: Mapping[str, str],
) -> OtherKey:
    """Verifies that the key of one of the expected certificates signed `payload`, and returns which.

    Args:
        payload: the bytes that should have been signed.
        signature: the armored signature over them.
        expected: sha256 of the certificates of the person who should have signed.
        certificates: the registry's certificates by the sha256 of their DER.
        revoked: certificates that are never accepted.
        environ: only PATH is used.

    Raises:
        VerificationError: step `signature`; it could not be shown that the signature is good, for whatever reason.
    """
    claimed = parse_cms(signature)
    named = [one for one in certificates.values() if one.issuer_and_serial == claimed.issuer_and_serial]
    if not named:
        raise _refusal(
            "the certificate that the signature names is not among the registry's X.509 certificates"
        )
    certificate = next((one for one in named if one.digest in expected), named[0])
    key = OtherKey("x509", certificate.digest)
    if key in revoked:  # first, as a revoked certificate may be nobody's any more
        raise _refusal(f"the certificate {key.fingerprint} is revoked")
    if certificate.digest not in expected:
        raise _refusal(f"the certificate {key.fingerprint} is not the tagger's, by the roles")
    _ask_openssl(payload, claimed.der, certificate, environ)
    return key


def _ask_openssl(payload: bytes, der: bytes, certificate: Certificate, environ: Mapping[str, str]) -> None:
    files = {"certificate.pem": certificate.pem, "signature": der, "payload": payload}
    words = ("cms", "-verify", "-binary", "-inform", "DER", "-in", "signature", "-content", "payload")
    alone = (
        "-nointern",
        "-certfile",
        "certificate.pem",
        "-noverify",
    )  # this certificate, and no chain above it
    answer = run_in_room(
        OPENSSL,
        (*words, *alone, "-signer", "signer.pem", "-out", "/dev/null"),
        files,
        environ,
        writes="signer.pem",
    )
    if answer.returncode != 0:
        raise _refusal(f"openssl refuses the signature: {first_words(answer.stderr)}")
    try:
        signer = read_pem(LABEL, answer.written)
    except WireError as error:
        raise _refusal("openssl did not say whose signature is good") from error
    if signer != certificate.der:
        raise _refusal("openssl names another certificate than the one that was to be shown")


def _refusal(message: str) -> VerificationError:
    return VerificationError(message, step="signature")
