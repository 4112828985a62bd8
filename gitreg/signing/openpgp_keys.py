"""The OpenPGP keys among the trust files, taken apart by primary key. Knows fingerprints, not whose they are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from gitreg.errors import RecordError
from gitreg.signing.armor import blocks, read_openpgp
from gitreg.signing.keys import SMALLEST_RSA
from gitreg.signing.openpgp import NUMBERS, Packet, packets
from gitreg.signing.wire import WireError

OPENPGP_KEYS = ".gitreg/trust/openpgp_keys"
LABEL = "PGP PUBLIC KEY BLOCK"
LARGEST_FILE = 1024 * 1024

_PRIMARY, _SUBKEY, _PRIVATE = 6, 14, {5, 7}
_BELONGING = {2, 12, 13, 14, 17}  # signatures, trust, user ids, subkeys, pictures


@dataclass(frozen=True)
class OpenpgpKey:
    """A primary key with what belongs to it.

    Attributes:
        fingerprint: of the primary key.
        members: the fingerprints of the primary key and of its subkeys that are strong enough to sign here.
        ring: the packets, as gpgv reads them.
    """

    fingerprint: str
    members: tuple[str, ...]
    ring: bytes


def parse_openpgp_keys(text: bytes) -> Mapping[str, OpenpgpKey]:
    """Reads what `gpg --armor --export` writes, once or several times, with `#` comments between.

    Returns:
        the keys by the fingerprint of their primary key.

    Raises:
        RecordError: it is something else, a key stands twice, or is of a kind that is not accepted.
    """
    try:
        return _keys(text)
    except WireError as error:
        raise RecordError(
            f"the OpenPGP keys are refused: {error}",
            place=f"{OPENPGP_KEYS}:1:1",
            hint="gpg --armor --export-options export-minimal --export FINGERPRINT",
        ) from error


def _keys(text: bytes) -> dict[str, OpenpgpKey]:
    if len(text) > LARGEST_FILE:
        raise WireError("it has more than 1 MiB")
    keys: dict[str, OpenpgpKey] = {}
    for block in blocks(LABEL, text):
        for key in map(_key, _groups(read_openpgp(LABEL, block))):
            if key.fingerprint in keys:
                raise WireError(f"the key {key.fingerprint} stands in it for the second time")
            keys[key.fingerprint] = key
    return keys


def _groups(data: bytes) -> list[list[Packet]]:
    groups: list[list[Packet]] = []
    for packet in packets(data):
        if packet.tag in _PRIVATE:
            raise WireError("it has a PRIVATE key, which must never be published: revoke it")
        if packet.tag == _PRIMARY:
            groups.append([packet])
        elif groups and packet.tag in _BELONGING:
            groups[-1].append(packet)
        else:
            raise WireError("it has something that belongs to no public key")
    return groups


def _key(group: list[Packet]) -> OpenpgpKey:
    primary = group[0]
    if reason := _weakness(primary):
        raise WireError(f"the key {_fingerprint(primary)} is {reason}")
    members = [primary, *(packet for packet in group if packet.tag == _SUBKEY and not _weakness(packet))]
    return OpenpgpKey(
        fingerprint=_fingerprint(primary),
        members=tuple(_fingerprint(packet) for packet in members),
        ring=b"".join(packet.raw for packet in group if packet.tag != 12),
    )


def _fingerprint(packet: Packet) -> str:
    """Section 12.2. SHA-1 names the key; its file is what the root keys signed, by sha256."""
    content = b"\x99" + len(packet.body).to_bytes(2, "big") + packet.body
    return hashlib.sha1(content, usedforsecurity=False).hexdigest().upper()


def _weakness(packet: Packet) -> str | None:
    """Why this key, or subkey, must not sign here."""
    body = packet.body
    if len(body) < 8 or len(body) > 0xFFFF or body[0] != 4:
        return "not of version 4"
    if body[5] not in NUMBERS:
        return "not an RSA, ECDSA or EdDSA key"
    if body[5] == 1 and int.from_bytes(body[6:8], "big") < SMALLEST_RSA:
        return f"an RSA key with fewer than {SMALLEST_RSA} bits"
    return None
