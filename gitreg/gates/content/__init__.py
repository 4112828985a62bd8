"""What a file is, by its content: every format that it could be taken for, found by reading little of it and running nothing.

A file can be several things at once, and a reader takes it for the one that it knows: so all are named, and a gate asks
that each is allowed. Knows bytes; nothing of registries.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from gitreg.gates.content.arrays import array_formats
from gitreg.gates.content.graphs import is_onnx
from gitreg.gates.content.packed import packed_formats
from gitreg.gates.content.pickles import is_pickle
from gitreg.gates.content.tensors import is_safetensors
from gitreg.gates.content.texts import text_formats
from gitreg.gates.content.view import View
from gitreg.gates.content.zips import zip_formats

UNKNOWN, EMPTY, PICKLE = "unknown", "empty", "pickle"
CARRIERS = frozenset(["zip", "npz", "npy", "gzip", "zlib", "bzip2", "xz", "lzma", "text", UNKNOWN])
"""What a pickle comes in; with one inside, that is what the file is, and whoever allows it allows anything."""
TEXTS = frozenset(["text", "json", "script"])
_MAGICS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"GGUF", "gguf"), (0, b"PAR1", "parquet"), (0, b"ARROW1\0\0", "arrow"), (4, b"TFL3", "tflite"), (0, b"{L\0\0\0\0", "ubj"),
    (0, b"CBM1", "catboost"), (0, b"\x89PNG\r\n\x1a\n", "png"), (0, b"\xff\xd8\xff", "jpeg"),
    (257, b"ustar", "tar"), (0, b"\x7fELF", "executable"), (0, b"MZ", "executable"), (0, b"\xca\xfe\xba\xbe", "executable"),
    (0, b"\xcf\xfa\xed\xfe", "executable"), (0, b"\0asm", "executable"),
    *((place, b"\x89HDF\r\n\x1a\n", "hdf5") for place in (0, *(512 << step for step in range(12)))),
)  # fmt: skip


def formats_of(stream: BinaryIO, size: int, name: str = "") -> frozenset[str]:
    """Every format that a file could be taken for; `unknown` alone when there is none.

    Args:
        stream: can seek; only parts of it are read.
        size: of the file in bytes.
        name: of the file; it can only add `script`.
    """
    view = View(stream, size)
    if not size:
        return frozenset({EMPTY})
    found = frozenset(_formats(view, name)) or frozenset({UNKNOWN})
    if TEXTS & found:
        found -= {"zlib"}  # it begins with two letters, and the pickle in it is found by itself
    return found - CARRIERS if PICKLE in found else found


def _formats(view: View, name: str) -> Iterator[str]:
    yield from (word for place, magic, word in _MAGICS if view.at(place, len(magic)) == magic)
    for is_one, word in ((is_safetensors, "safetensors"), (is_onnx, "onnx"), (is_pickle, "pickle")):
        if is_one(view):
            yield word
    yield from array_formats(view)
    yield from zip_formats(view)
    yield from packed_formats(view)
    yield from text_formats(view, name)
