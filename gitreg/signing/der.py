"""ASN.1 values as trees (X.690): read from BER, which has many spellings, and written as DER, which has one.

Knows no meanings. Sets stay in their order, as what a signature covers must not change.
"""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.signing.wire import WireError, WireReader

SEQUENCE, SET, OID, INTEGER, OCTETS, BITS = 0x30, 0x31, 0x06, 0x02, 0x04, 0x03
DEEPEST = 24

_CONSTRUCTED = 0x20


@dataclass(frozen=True)
class Node:
    """A value: its tag, and its content, or its parts.

    Attributes:
        tag: class, form and number in one byte.
        content: of a primitive value.
        parts: of a constructed one.
    """

    tag: int
    content: bytes = b""
    parts: tuple[Node, ...] = ()

    def encoded(self) -> bytes:
        """The value in DER, but for the order of sets."""
        body = b"".join(part.encoded() for part in self.parts) if self.parts else self.content
        return bytes([self.tag]) + _length(len(body)) + body


def parse_der(data: bytes) -> Node:
    """The one value that these bytes are, in DER or BER.

    Raises:
        WireError: they are not exactly one value.
    """
    reader = WireReader(data)
    node = _node(reader, 0)
    reader.end()
    return node


def parts(node: Node, *tags: int) -> tuple[Node, ...]:
    """The parts of a value, which must have exactly these tags.

    Raises:
        WireError: they have others.
    """
    if tuple(part.tag for part in node.parts) != tags:
        raise WireError("it has other parts than it should")
    return node.parts


def _node(reader: WireReader, depth: int) -> Node:
    tag = reader.take(1)[0]
    if tag & 0x1F == 0x1F or depth > DEEPEST:
        raise WireError("it has a tag of several bytes, or is nested too deep")
    length = _length_of(reader)
    if length is None:
        return Node(tag, parts=_until_end(reader, tag, depth))
    body = reader.take(length)
    return Node(tag, parts=_all(body, depth)) if tag & _CONSTRUCTED else Node(tag, body)


def _all(body: bytes, depth: int) -> tuple[Node, ...]:
    inner = WireReader(body)
    found: list[Node] = []
    used = 0
    while used < len(body):
        found.append(_node(inner, depth + 1))
        used = inner.used
    return tuple(found)


def _until_end(reader: WireReader, tag: int, depth: int) -> tuple[Node, ...]:
    if not tag & _CONSTRUCTED:
        raise WireError("a value in it has no length")
    found: list[Node] = []
    while True:
        node = _node(reader, depth + 1)
        if node == Node(0):
            return tuple(found)
        found.append(node)


def _length_of(reader: WireReader) -> int | None:
    first = reader.take(1)[0]
    if first < 0x80:
        return first
    if first == 0x80:
        return None
    if first > 0x84:
        raise WireError("a length in it is too long")
    return int.from_bytes(reader.take(first & 0x7F), "big")


def _length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets
