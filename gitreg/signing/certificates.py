"""The X.509 certificates among the trust files: pinned one by one, no authority is asked. Knows no names, no dates."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from gitreg.errors import RecordError
from gitreg.signing.armor import blocks, read_pem, write_pem
from gitreg.signing.der import BITS, INTEGER, OID, SEQUENCE, Node, parse_der, parts
from gitreg.signing.keys import SMALLEST_RSA
from gitreg.signing.wire import WireError

X509_CERTIFICATES = ".gitreg/trust/x509_certificates"
LABEL = "CERTIFICATE"
LARGEST_FILE = 1024 * 1024

_RSA = bytes.fromhex("2a864886f70d010101")
_EC = bytes.fromhex("2a8648ce3d0201")
_CURVES = {
    bytes.fromhex(text) for text in ("2a8648ce3d030107", "2b81040022", "2b81040023")
}  # P-256, P-384, P-521


@dataclass(frozen=True)
class Certificate:
    """A certificate whose key is strong enough to sign here.

    Attributes:
        digest: sha256 of the DER, 64 lower-case hex digits.
        der: the certificate.
        issuer_and_serial: by what a signature names it, in DER.
    """

    digest: str
    der: bytes
    issuer_and_serial: bytes

    @property
    def pem(self) -> bytes:
        """As openssl reads it."""
        return write_pem(LABEL, self.der)


def parse_x509_certificates(text: bytes) -> Mapping[str, Certificate]:
    """Reads certificates in PEM, with `#` comments between.

    Returns:
        the certificates by the sha256 of their DER.

    Raises:
        RecordError: it is something else, a certificate stands twice, or is of a kind that is not accepted.
    """
    try:
        return _certificates(text)
    except WireError as error:
        raise RecordError(
            f"the X.509 certificates are refused: {error}",
            place=f"{X509_CERTIFICATES}:1:1",
            hint="openssl x509 -in FILE -outform PEM",
        ) from error


def certificate_of(der: bytes) -> Certificate:
    """A certificate, looked at as far as it takes to use it.

    Raises:
        WireError: it is not one that is accepted.
    """
    node = parse_der(der)
    if node.encoded() != der or node.tag != SEQUENCE or len(node.parts) != 3:
        raise WireError("it is not one certificate in DER")
    fields = list(node.parts[0].parts)
    if fields and fields[0].tag == 0xA0:
        fields = fields[1:]  # the version
    if len(fields) < 6 or fields[0].tag != INTEGER:
        raise WireError("it is not one certificate in DER")
    _refuse_weak(fields[5])
    named = Node(SEQUENCE, parts=(fields[2], fields[0]))
    return Certificate(hashlib.sha256(der).hexdigest(), der, named.encoded())


def _certificates(text: bytes) -> dict[str, Certificate]:
    if len(text) > LARGEST_FILE:
        raise WireError("it has more than 1 MiB")
    found: dict[str, Certificate] = {}
    for block in blocks(LABEL, text):
        certificate = certificate_of(read_pem(LABEL, block))
        if certificate.digest in found:
            raise WireError(f"the certificate {certificate.digest} stands in it for the second time")
        found[certificate.digest] = certificate
    return found


def _refuse_weak(key: Node) -> None:
    """RFC 5280, section 4.1.2.7, and RFC 3279: the subject's key."""
    algorithm, bits = parts(key, SEQUENCE, BITS)
    names = [part.content for part in algorithm.parts if part.tag == OID]
    if names[:1] == [_RSA]:
        number, _exponent = parts(parse_der(bits.content[1:]), INTEGER, INTEGER)
        if int.from_bytes(number.content, "big").bit_length() < SMALLEST_RSA:
            raise WireError(f"the certificate is of an RSA key with fewer than {SMALLEST_RSA} bits")
    elif names[:1] != [_EC] or not set(names[1:]) <= _CURVES or len(names) != 2:
        raise WireError(
            "the certificate is of a key that is neither RSA nor of the curves P-256, P-384, P-521"
        )
