"""Compressed files: which compression, and whether a pickle begins inside, as joblib writes them."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from gitreg.gates.content.pickles import is_pickle
from gitreg.gates.content.view import CHUNK, View

INPUT = 1024 * 1024
"""A block of bzip2 has up to 900,000 bytes, and gives nothing before its end."""
MEMORY = 64 * 1024 * 1024
"""What a stream of xz may ask for; a header can ask for 4 GiB."""


class _Unpacker(Protocol):
    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes: ...


_ZLIB_HEADS = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_KINDS: tuple[tuple[str, tuple[bytes, ...], Callable[[], _Unpacker] | None], ...] = (
    ("gzip", (b"\x1f\x8b",), lambda: zlib.decompressobj(31)),
    ("zlib", _ZLIB_HEADS, zlib.decompressobj),
    ("bzip2", (b"BZh",), bz2.BZ2Decompressor),
    ("xz", (b"\xfd7zXZ\x00",), lambda: lzma.LZMADecompressor(memlimit=MEMORY)),
    ("lzma", (b"\x5d\x00\x00",), lambda: lzma.LZMADecompressor(memlimit=MEMORY)),
    ("zstd", (b"\x28\xb5\x2f\xfd",), None),
    ("lz4", (b"\x04\x22\x4d\x18",), None),
    ("7z", (b"7z\xbc\xaf\x27\x1c",), None),
)


def packed_formats(view: View) -> Iterator[str]:
    """The compression, and `pickle` where one is inside; `unknown` where nobody can tell."""
    head = view.at(0, 8)
    for name, magics, unpacker in _KINDS:
        if head.startswith(magics):
            inner = unpacked(unpacker(), view.at(0, INPUT)) if unpacker else None
            if not inner and name == "zlib":
                continue  # two letters of text, probably
            yield name
            if not inner:
                yield "unknown"
            elif is_pickle(View(io.BytesIO(inner), len(inner))):
                yield "pickle"


def unpacked(unpacker: _Unpacker, head: bytes) -> bytes | None:
    """The first bytes inside, as many as one look takes; None when it is not what it seems."""
    try:
        return unpacker.decompress(head, CHUNK)
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, MemoryError):
        return None
