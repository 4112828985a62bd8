"""OpenPGP's packets (RFC 4880), as far as it takes to say who claims to have signed, and to allow one spelling only.

Knows the form; whether a signature is good, gpgv says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from gitreg.errors import VerificationError
from gitreg.signing.armor import read_openpgp, write_openpgp
from gitreg.signing.wire import WireError, WireReader

SIGNATURE = "PGP SIGNATURE"
LARGEST = 16 * 1024
HASHES = {8: "sha256", 9: "sha384", 10: "sha512"}  # section 9.4, without MD5, SHA-1, RIPEMD-160 and SHA-224
NUMBERS = {1: 1, 19: 2, 22: 2}  # how many numbers a signature by RSA, ECDSA, EdDSA has

_CREATED, _EXPIRES, _ISSUER, _FINGERPRINT = 2, 3, 16, 33


@dataclass(frozen=True)
class Packet:
    """A packet and the bytes it came from.

    Attributes:
        tag: what it is (section 4.3).
        body: its content.
        raw: header and content.
    """

    tag: int
    body: bytes
    raw: bytes


@dataclass(frozen=True)
class OpenpgpSignature:
    """What a signature says about itself.

    Attributes:
        issuer: the fingerprint of the key, or of the subkey, that is said to have made it.
        algorithm: the number of the key's algorithm.
        hash_algorithm: with which the payload was hashed, e.g. `sha256`.
        covered: the part of the signature that it covers itself.
        start: the first two bytes of the digest.
        numbers: the signature proper.
    """

    issuer: str
    algorithm: int
    hash_algorithm: str
    covered: bytes
    start: bytes
    numbers: bytes

    def matches(self, payload: bytes) -> bool:
        """Whether the digest's two bytes in clear, which no signature covers, are those of this payload (section 5.2.4)."""
        trailer = self.covered + b"\x04\xff" + len(self.covered).to_bytes(4, "big")
        return hashlib.new(self.hash_algorithm, payload + trailer).digest()[:2] == self.start


def parse_openpgp(armored: bytes) -> OpenpgpSignature:
    """Reads one armored signature in its one spelling, and nothing else.

    Raises:
        VerificationError: step `signature`; the bytes are not exactly that.
    """
    try:
        signature = _signature(armored)
        _refuse_other_spelling(signature, armored)
    except WireError as error:
        raise VerificationError(
            f"the signature is not an OpenPGP signature as it should be: {error}", step="signature"
        ) from error
    return signature


def respelled_openpgp(armored: bytes) -> bytes:
    """The same signature in the one spelling that `parse_openpgp` accepts.

    Raises:
        WireError: it cannot be.
    """
    return _written(_signature(armored))


def packets(data: bytes) -> Iterator[Packet]:
    """The packets, one after the other; lengths that are not known from the start are refused (section 4.2)."""
    reader = WireReader(data)
    at = 0
    while at < len(data):
        first = reader.take(1)[0]
        if first & 0xC0 == 0x80:
            tag, octets = (first >> 2) & 15, (1, 2, 4, 0)[first & 3]
            length = int.from_bytes(reader.take(octets), "big") if octets else -1
            size = 1 + octets
        else:
            tag, (length, octets) = first & 63, _new_length(reader) if first & 0x80 else (-1, 0)
            size = 1 + octets
        if length < 0:
            raise WireError("a packet in it has no length, or it is not OpenPGP at all")
        body = reader.take(length)
        yield Packet(tag, body, data[at : at + size + length])
        at += size + length


def _new_length(reader: WireReader) -> tuple[int, int]:
    """A length of the newer kind (section 4.2.2), also that of a subpacket, and how many bytes it took."""
    first = reader.take(1)[0]
    if first < 192:
        return first, 1
    if first < 224:
        return ((first - 192) << 8) + reader.take(1)[0] + 192, 2
    return (reader.number(), 5) if first == 255 else (-1, 1)


def mpi(reader: WireReader) -> bytes:
    """A number with its length in bits, written the shortest way (section 3.2)."""
    head = reader.take(2)
    bits = int.from_bytes(head, "big")
    data = reader.take((bits + 7) // 8)
    if int.from_bytes(data, "big").bit_length() != bits:
        raise WireError("a number in it is not written the shortest way")
    return head + data


def _signature(armored: bytes) -> OpenpgpSignature:
    if len(armored) > LARGEST:
        raise WireError("it has more than 16 KiB")
    found = list(packets(read_openpgp(SIGNATURE, armored)))
    if [packet.tag for packet in found] != [2]:
        raise WireError("it has not exactly one packet, a signature")
    body = found[0].body
    reader = WireReader(body)
    version, purpose, algorithm, digest = reader.take(4)
    if version != 4 or purpose != 0:
        raise WireError("it is not a version 4 signature of a binary document")
    if algorithm not in NUMBERS:
        raise WireError(f"its algorithm {algorithm} is not RSA, ECDSA or EdDSA")
    if digest not in HASHES:
        raise WireError(f"its hash algorithm {digest} is not sha256, sha384 or sha512")
    hashed = reader.take(int.from_bytes(reader.take(2), "big"))
    reader.take(int.from_bytes(reader.take(2), "big"))  # not covered; what it should be is known
    start = reader.take(2)
    numbers = b"".join(mpi(reader) for _number in range(NUMBERS[algorithm]))
    reader.end()
    issuer = _issuer(hashed)
    return OpenpgpSignature(issuer, algorithm, HASHES[digest], body[: 6 + len(hashed)], start, numbers)


def _issuer(hashed: bytes) -> str:
    said: dict[int, bytes] = {}
    for kind, value in _subpackets(hashed):
        if kind in {_CREATED, _ISSUER, _FINGERPRINT} and kind in said:
            raise WireError("it says twice who made it, or when")
        said[kind] = value
    if _EXPIRES in said:
        raise WireError("it expires, and no clock is trusted here")
    fingerprint = said.get(_FINGERPRINT, b"")
    if _CREATED not in said or len(fingerprint) != 21 or fingerprint[0] != 4:
        raise WireError("it does not cover when it was made, and by which version 4 key")
    if said.get(_ISSUER, fingerprint[-8:]) != fingerprint[-8:]:
        raise WireError("it names two makers")
    return fingerprint[1:].hex().upper()


def _subpackets(area: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and value of each (section 5.2.3.1); the bit that makes one critical is gpgv's to heed."""
    reader = WireReader(area)
    at = 0
    while at < len(area):
        length, octets = _new_length(reader)
        if length < 1:
            raise WireError("a part of it has no length")
        content = reader.take(length)
        yield content[0] & 0x7F, content[1:]
        at += octets + length


def _refuse_other_spelling(signature: OpenpgpSignature, armored: bytes) -> None:
    if _written(signature) != armored:
        raise WireError(
            "it is not in the one spelling that is accepted: no armor headers, lines of 64, shortest lengths, "
            "and nothing but the issuer's key id outside of what the signature covers"
        )


def _written(signature: OpenpgpSignature) -> bytes:
    covered = signature.covered
    key_id = bytes.fromhex(signature.issuer)[-8:]
    told = any(kind == _ISSUER for kind, _value in _subpackets(covered[6:]))
    beside = b"" if told else bytes([9, _ISSUER]) + key_id
    body = covered + len(beside).to_bytes(2, "big") + beside + signature.start + signature.numbers
    head = (
        b"\x88" + len(body).to_bytes(1, "big") if len(body) < 256 else b"\x89" + len(body).to_bytes(2, "big")
    )
    return write_openpgp(SIGNATURE, head + body)
