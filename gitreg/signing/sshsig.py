"""An SSH signature taken apart (OpenSSH, PROTOCOL.sshsig). Knows its form; whether it is good, ssh-keygen says."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from gitreg.errors import UsageError, VerificationError
from gitreg.signing.keys import PublicKey
from gitreg.signing.wire import WireError, WireReader

BEGIN = "-----BEGIN SSH SIGNATURE-----"
END = "-----END SSH SIGNATURE-----"
LARGEST = 16 * 1024  # a signature by the largest RSA key has less than 6 KiB

_ARMOR = re.compile(rf"{BEGIN}\n(?P<body>(?:[A-Za-z0-9+/=]+\n)+){END}\n".encode("ascii"))
_WIDTHS = range(64, 77)  # ssh-keygen writes 70, the protocol advises 76, PEM writers take 64
_RSA_ALGORITHMS = ("rsa-sha2-256", "rsa-sha2-512")


@dataclass(frozen=True)
class SshSignature:
    """What a signature says about itself.

    Attributes:
        public_key: the key that is said to have signed.
        namespace: the purpose it was made for, e.g. `git`.
        hash_algorithm: `sha256` or `sha512`, with which the payload was hashed.
        algorithm: the signature algorithm of the key.
    """

    public_key: PublicKey
    namespace: str
    hash_algorithm: str
    algorithm: str


def parse_sshsig(armored: bytes) -> SshSignature:
    """Reads one armored signature and nothing else.

    One signature has one spelling here, because what is unsigned (line breaks, spare bits, the reserved field) would
    let anybody make a second object that verifies as well.

    Raises:
        VerificationError: step `signature`; the bytes are not exactly one signature in that spelling.
    """
    try:
        reader = WireReader(_unarmored(armored))
        signature = _body(reader)
        reader.end()
    except (WireError, UsageError) as error:
        raise VerificationError(
            f"the signature is not an SSH signature as it should be: {error}", step="signature"
        ) from error
    return signature


def _unarmored(armored: bytes) -> bytes:
    match = _ARMOR.fullmatch(armored) if len(armored) <= LARGEST else None
    if match is None:
        raise WireError("it is not one armored block of at most 16 KiB")
    lines = match["body"].split(b"\n")[:-1]
    text, width = b"".join(lines), len(lines[0])
    if [text[at : at + width] for at in range(0, len(text), width)] != lines or (
        len(lines) > 1 and width not in _WIDTHS
    ):
        raise WireError("its lines are not of one length between 64 and 76")
    try:
        blob = b64decode(text, validate=True)
    except binascii.Error as error:
        raise WireError("it is not base64") from error
    if b64encode(blob) != text:
        raise WireError("its base64 has stray bits or padding")
    return blob


def _body(reader: WireReader) -> SshSignature:
    if reader.take(6) != b"SSHSIG" or reader.number() != 1:
        raise WireError("it is not an SSHSIG of version 1")
    key = PublicKey.from_blob(reader.string())
    namespace = reader.word()
    if reader.string():  # ssh-keygen neither reads nor covers it, so it could carry anything
        raise WireError("its reserved field is not empty")
    hash_algorithm = reader.word()
    if hash_algorithm not in {"sha256", "sha512"}:
        raise WireError("its hash algorithm is neither sha256 nor sha512")
    algorithm = WireReader(reader.string()).word()
    if algorithm not in (_RSA_ALGORITHMS if key.kind == "ssh-rsa" else (key.kind,)):
        raise WireError("its algorithm does not belong to its key")
    return SshSignature(key, namespace, hash_algorithm, algorithm)
