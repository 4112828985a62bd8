"""Text around bytes: OpenPGP's armor (RFC 4880, section 6) and the plain one of PEM (RFC 7468). Knows no packets.

Reading is lenient and writing has one form; who wants one spelling writes again what was read, and compares.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode

from gitreg.signing.wire import WireError

WIDTH = 64

_BODY = rb"(?P<body>(?:[A-Za-z0-9+/=]+\n)+)"
_HEADER = rb"(?:[A-Za-z]+: [^\n]*\n)*\n"


def read_openpgp(label: str, armored: bytes) -> bytes:
    """The bytes of one OpenPGP block; headers are passed over, and so is the checksum, which proves nothing.

    Raises:
        WireError: it is not one such block.
    """
    name = label.encode("ascii")
    block = rb"-----BEGIN %b-----\n%b%b-----END %b-----\n" % (name, _HEADER, _BODY, name)
    match = re.fullmatch(block, armored)
    if match is None:
        raise WireError(f"it is not one block of the kind {label}")
    lines = match["body"].split(b"\n")[:-1]
    return _decoded(b"".join(lines[:-1] if lines[-1].startswith(b"=") else lines))


def write_openpgp(label: str, blob: bytes) -> bytes:
    """The one form: no headers, lines of 64, the checksum."""
    checksum = b64encode(_crc24(blob).to_bytes(3, "big"))
    name = label.encode("ascii")
    return b"-----BEGIN %b-----\n\n%b=%b\n-----END %b-----\n" % (name, _wrapped(blob), checksum, name)


def read_pem(label: str, armored: bytes) -> bytes:
    """The bytes of one block without headers and checksum.

    Raises:
        WireError: it is not one such block.
    """
    name = label.encode("ascii")
    match = re.fullmatch(rb"-----BEGIN %b-----\n%b-----END %b-----\n" % (name, _BODY, name), armored)
    if match is None:
        raise WireError(f"it is not one block of the kind {label}")
    return _decoded(match["body"].replace(b"\n", b""))


def write_pem(label: str, blob: bytes) -> bytes:
    """The one form: lines of 64."""
    name = label.encode("ascii")
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (name, _wrapped(blob), name)


def blocks(label: str, text: bytes) -> list[bytes]:
    """The blocks of a file that has nothing but them, empty lines and lines that start with `#`.

    Raises:
        WireError: there is something else in it.
    """
    name = re.escape(label.encode("ascii"))
    block = rb"-----BEGIN %b-----\n(?:(?!-----)[^\n]*\n)+-----END %b-----\n" % (name, name)
    found = re.compile(block)
    rest = found.sub(b"", text)
    if any(line and not line.startswith(b"#") for line in rest.split(b"\n")):
        raise WireError(f"it has more than blocks of the kind {label} and comments")
    return [match[0] for match in found.finditer(text)]


def _wrapped(blob: bytes) -> bytes:
    text = b64encode(blob)
    return b"".join(text[at : at + WIDTH] + b"\n" for at in range(0, len(text), WIDTH))


def _decoded(text: bytes) -> bytes:
    try:
        return b64decode(text, validate=True)
    except binascii.Error as error:
        raise WireError("it is not base64") from error


def _crc24(blob: bytes) -> int:
    """RFC 4880, section 6.1."""
    value = 0xB704CE
    for byte in blob:
        value ^= byte << 16
        for _bit in range(8):
            value <<= 1
            if value & 0x1000000:
                value ^= 0x1864CFB
    return value
