"""A detached CMS signature (RFC 5652) in the one spelling that is accepted. Knows its form; whether it is good, openssl says."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.errors import VerificationError
from gitreg.signing.armor import read_pem, write_pem
from gitreg.signing.der import INTEGER, OCTETS, OID, SEQUENCE, SET, Node, parse_der, parts
from gitreg.signing.wire import WireError

SIGNATURE = "SIGNED MESSAGE"
LARGEST = 16 * 1024

_CONTEXT0, _CONTEXT1 = 0xA0, 0xA1
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_DATA = bytes.fromhex("2a864886f70d010701")
_SHA256, _SHA384, _SHA512 = (bytes.fromhex(f"60864801650304020{number}") for number in (1, 2, 3))
_RSA = bytes.fromhex("2a864886f70d010101")  # the hash is named beside it
_WITH_RSA = {
    bytes.fromhex(f"2a864886f70d01010{letter}"): digest
    for letter, digest in zip("bcd", (_SHA256, _SHA384, _SHA512), strict=True)
}
_ECDSA = {
    bytes.fromhex(f"2a8648ce3d04030{number}"): digest
    for number, digest in zip((2, 3, 4), (_SHA256, _SHA384, _SHA512), strict=True)
}
_NULL = Node(0x05)


@dataclass(frozen=True)
class CmsSignature:
    """What a signature says about itself.

    Attributes:
        der: all of it.
        issuer_and_serial: which certificate is said to have signed, in DER.
    """

    der: bytes
    issuer_and_serial: bytes


def parse_cms(armored: bytes) -> CmsSignature:
    """Reads one armored signature in its one spelling, and nothing else.

    That is DER, one signer, named by issuer and serial number, with signed attributes, and nothing that no signature
    covers: neither certificates nor revocation lists nor unsigned attributes.

    Raises:
        VerificationError: step `signature`; the bytes are not exactly that.
    """
    try:
        signature = _signature(armored)
        _refuse_other_spelling(signature, armored)
    except WireError as error:
        raise VerificationError(
            f"the signature is not an X.509 signature as it should be: {error}", step="signature"
        ) from error
    return signature


def respelled_cms(armored: bytes) -> bytes:
    """The same signature in the one spelling that `parse_cms` accepts: what it does not cover is left out.

    Raises:
        WireError: it cannot be.
    """
    return write_pem(SIGNATURE, _signature(armored).der)


def _refuse_other_spelling(signature: CmsSignature, armored: bytes) -> None:
    if write_pem(SIGNATURE, signature.der) != armored:
        raise WireError(
            "it is not in the one spelling that is accepted: DER in lines of 64, without certificates, revocation lists "
            "and unsigned attributes"
        )


def _signature(armored: bytes) -> CmsSignature:
    if len(armored) > LARGEST:
        raise WireError("it has more than 16 KiB")
    kind, content = parts(parse_der(read_pem(SIGNATURE, armored)), OID, _CONTEXT0)
    if kind.content != _SIGNED_DATA or [part.tag for part in content.parts] != [SEQUENCE]:
        raise WireError("it is not signed data")
    signer = _signer(content.parts[0])
    named, digest, attributes, algorithm, value = signer.parts[1:6]
    der = _written(named, digest, attributes, algorithm, value).encoded()
    return CmsSignature(der, named.encoded())


def _signer(data: Node) -> Node:
    """The one signer; the signed content must be elsewhere, and whatever else lies here is passed over."""
    if len(data.parts) < 4:
        raise WireError("it has fewer parts than it should")
    version, digests, content, *unsigned, signers = data.parts
    if [part.tag for part in data.parts[:3]] != [INTEGER, SET, SEQUENCE] or signers.tag != SET:
        raise WireError("it has other parts than it should")
    if any(part.tag not in {_CONTEXT0, _CONTEXT1} for part in unsigned) or version.content != b"\x01":
        raise WireError("it has other parts than it should")
    if parts(content, OID)[0].content != _DATA or len(digests.parts) != 1 or len(signers.parts) != 1:
        raise WireError("it is not a detached signature of plain data by exactly one signer")
    signer = signers.parts[0]
    tags = [part.tag for part in signer.parts]
    if tags[:6] != [INTEGER, SEQUENCE, SEQUENCE, _CONTEXT0, SEQUENCE, OCTETS] or tags[6:] not in (
        [],
        [_CONTEXT1],
    ):
        raise WireError("its signer has no signed attributes, or other parts than it should")
    _refuse_weak(signer)
    return signer


def _refuse_weak(signer: Node) -> None:
    if signer.parts[0].content != b"\x01" or not signer.parts[3].parts:
        raise WireError("its signer is not named by issuer and serial number")
    digest, algorithm = _algorithm(signer.parts[2]), _algorithm(signer.parts[4])
    if digest not in {_SHA256, _SHA384, _SHA512}:
        raise WireError("its hash algorithm is not sha256, sha384 or sha512")
    if {_RSA: digest, **_WITH_RSA, **_ECDSA}.get(algorithm) != digest:
        raise WireError("its algorithm is neither RSA (PKCS 1) nor ECDSA, with the hash that it names")


def _algorithm(node: Node) -> bytes:
    if not node.parts or node.parts[0].tag != OID:
        raise WireError("an algorithm in it has no name")
    return node.parts[0].content


def _written(named: Node, digest: Node, attributes: Node, algorithm: Node, value: Node) -> Node:
    """Everything of the signature, and nothing else; algorithms, which it does not cover, are named in one way."""
    one = Node(INTEGER, b"\x01")
    digest = Node(SEQUENCE, parts=(Node(OID, _algorithm(digest)), _NULL))
    is_ecdsa = _algorithm(algorithm) in _ECDSA
    names = (Node(OID, _algorithm(algorithm)),) if is_ecdsa else (Node(OID, _RSA), _NULL)
    algorithm = Node(SEQUENCE, parts=names)
    signer = Node(SEQUENCE, parts=(one, named, digest, attributes, algorithm, value))
    content = Node(SEQUENCE, parts=(Node(OID, _DATA),))
    data = Node(SEQUENCE, parts=(one, Node(SET, parts=(digest,)), content, Node(SET, parts=(signer,))))
    return Node(SEQUENCE, parts=(Node(OID, _SIGNED_DATA), Node(_CONTEXT0, parts=(data,))))
