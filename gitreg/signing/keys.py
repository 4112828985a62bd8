"""A public key as one line of text. Knows the shapes of keys, not whom they belong to."""

from __future__ import annotations

import binascii
import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from gitreg.errors import UsageError
from gitreg.signing.wire import WireError, WireReader

SMALLEST_RSA = 2048
LARGEST_RSA = 16384  # what OpenSSH itself can read

_LINE = re.compile(r"(?P<kind>[!-~]+) (?P<base64>[!-~]+)(?: (?P<comment>.*))?")


@dataclass(frozen=True)
class PublicKey:
    """A public SSH key. Only a well-formed key of a known kind can be made, so a value is safe to write into a file.

    There is one spelling for each key: two keys are the same key exactly when they are equal.

    Attributes:
        kind: the type's name, e.g. `ssh-ed25519`.
        base64: the key's blob in base64 (RFC 4648, with padding).
    """

    kind: str
    base64: str

    def __post_init__(self) -> None:
        try:
            _check(self.kind, _decoded(self.base64))
        except WireError as error:
            raise UsageError(f"the SSH key is refused: {error}", hint=_KINDS_HINT) from error

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads one line `kind base64 [comment]`, as it stands in a `.pub` file; no options before it.

        Raises:
            UsageError: it is not one such line, or the key is of a kind, size or form that is not accepted.
        """
        line = text.removesuffix("\n")
        match = _LINE.fullmatch(line)
        if match is None or not line.isprintable():
            raise UsageError("this is not one line with a public SSH key", hint=_KINDS_HINT)
        return cls(match["kind"], match["base64"])

    @classmethod
    def from_blob(cls, blob: bytes) -> Self:
        """The key whose wire format is `blob`.

        Raises:
            UsageError: the bytes are not a key that is accepted.
        """
        try:
            kind = WireReader(blob).word()
        except WireError as error:
            raise UsageError(f"the SSH key is refused: {error}", hint=_KINDS_HINT) from error
        return cls(kind, b64encode(blob).decode("ascii"))

    @property
    def fingerprint(self) -> str:
        """The fingerprint that `ssh-keygen -lf` shows: base64 of the blob's sha256, without padding."""
        digest = b64encode(hashlib.sha256(b64decode(self.base64)).digest())
        return "SHA256:" + digest.decode("ascii").rstrip("=")

    def __str__(self) -> str:
        return f"{self.kind} {self.base64}"


def _check(kind: str, blob: bytes) -> None:
    shape = _SHAPES.get(kind)
    if shape is None:
        raise WireError(f"{kind[:60]!r} is not a kind of key that can sign here")
    reader = WireReader(blob)
    if reader.word() != kind:
        raise WireError("its first word and its blob name different kinds")
    shape(reader)
    reader.end()


def _decoded(text: str) -> bytes:
    try:
        blob = b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise WireError("it is not base64") from error
    if b64encode(blob).decode("ascii") != text:
        raise WireError("its base64 has stray bits or padding")
    return blob


def _ed25519(reader: WireReader) -> None:
    if len(reader.string()) != 32:  # RFC 8709
        raise WireError("an ed25519 key has 32 bytes")


def _ecdsa(curve: str, size: int) -> Callable[[WireReader], None]:
    def shape(reader: WireReader) -> None:  # RFC 5656, section 3.1; OpenSSH reads uncompressed points only
        if reader.word() != curve:
            raise WireError("its curve is not the one of its kind")
        point = reader.string()
        if len(point) != 1 + 2 * size or point[0] != 4:
            raise WireError("its point is not an uncompressed one")

    return shape


def _rsa(reader: WireReader) -> None:  # RFC 4253, section 6.6
    exponent, modulus = reader.positive(), reader.positive()
    if not SMALLEST_RSA <= modulus.bit_length() <= LARGEST_RSA:
        raise WireError(f"an RSA key has between {SMALLEST_RSA} and {LARGEST_RSA} bits here")
    if exponent < 3 or exponent % 2 == 0 or modulus % 2 == 0:
        raise WireError("its numbers are not those of an RSA key")


def _on_token(shape: Callable[[WireReader], None]) -> Callable[[WireReader], None]:
    def with_application(reader: WireReader) -> None:  # OpenSSH, PROTOCOL.u2f
        shape(reader)
        reader.word()

    return with_application


_SHAPES: Mapping[str, Callable[[WireReader], None]] = {
    "ssh-ed25519": _ed25519,
    "ecdsa-sha2-nistp256": _ecdsa("nistp256", 32),
    "ecdsa-sha2-nistp384": _ecdsa("nistp384", 48),
    "ecdsa-sha2-nistp521": _ecdsa("nistp521", 66),
    "ssh-rsa": _rsa,
    "sk-ssh-ed25519@openssh.com": _on_token(_ed25519),
    "sk-ecdsa-sha2-nistp256@openssh.com": _on_token(_ecdsa("nistp256", 32)),
}
_KINDS_HINT = "Give one line of a .pub file, of one of these kinds: " + ", ".join(_SHAPES) + "."
