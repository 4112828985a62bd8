"""Zip files: what PyTorch, NumPy and Keras write, and what is hidden behind something else.

A reader finds a zip file from its end (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.16), so that any file can
be one beside what it is from its begin.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from gitreg.gates.content.arrays import array_formats
from gitreg.gates.content.packed import unpacked
from gitreg.gates.content.pickles import is_pickle
from gitreg.gates.content.view import CHUNK, View

END = b"PK\x05\x06"
END64 = b"PK\x06\x06"
ENTRY, LOCAL = b"PK\x01\x02", b"PK\x03\x04"
TAIL = 22 + 65_535
LISTING = 4 * 1024 * 1024
MOST = 50_000
LOOKED = 1_000
"""Bytes and entries of a listing that is read, and entries that are looked into; more is something that nobody knows."""
OPCODES = 1_000
"""How far a pickle in an entry is followed: entries may be many, and all of them the same bytes."""
STORED, DEFLATED, ENCRYPTED = 0, 8, 1
_PICKLES = (".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth")


@dataclass(frozen=True)
class _Entry:
    name: str
    flags: int
    method: int
    size: int
    place: int


def zip_formats(view: View) -> Iterator[str]:
    """`npz`, `keras` or `zip`; with `pickle` where it holds one, and `unknown` where it could not be looked through."""
    entries = _entries(view)
    if entries is None:
        return
    inside: set[str] = set()
    for at, entry in enumerate(entries):
        if entry.name.lower().endswith(_PICKLES):
            inside.add("pickle")
        inside |= set(_inside(view, entry)) if entry.size >= 0 and at < LOOKED else {"unknown"}
    names = {entry.name for entry in entries}
    if names and inside <= {"npy", "pickle"} and all(name.endswith(".npy") for name in names):
        yield "npz"
    else:
        yield "keras" if {"config.json", "metadata.json"} <= names else "zip"
    yield from inside & {"pickle", "unknown"}


def _inside(view: View, entry: _Entry) -> Iterator[str]:
    """What an entry is, as far as it matters."""
    content = _content(view, entry)
    if content is None or content.at(0, 4) == LOCAL:
        yield "unknown"
        return
    if is_pickle(content, OPCODES):
        yield "pickle"
    yield from array_formats(content)


def _content(view: View, entry: _Entry) -> View | None:
    """An entry's begin; None where nobody can tell."""
    local = view.at(entry.place, 30)
    if len(local) < 30 or not local.startswith(LOCAL) or entry.flags & ENCRYPTED:
        return None
    begin = entry.place + 30 + sum(struct.unpack("<HH", local[26:30]))
    if entry.method == STORED:
        return view.part(begin, entry.size)
    if entry.method != DEFLATED:
        return None
    inner = unpacked(zlib.decompressobj(-15), view.at(begin, min(entry.size, CHUNK)))
    return None if inner is None else View(io.BytesIO(inner), len(inner))


def _entries(view: View) -> list[_Entry] | None:
    """What the zip file lists; None where there is none. An entry of size -1 stands for what is not looked at."""
    tail = view.at(max(0, view.size - TAIL), TAIL)
    at = tail.rfind(END)
    while at >= 0:
        found = _listed(view, max(0, view.size - TAIL) + at, tail[at : at + 22])
        if found is not None:
            return found
        at = tail.rfind(END, 0, at)
    return None


def _listed(view: View, end: int, record: bytes) -> list[_Entry] | None:
    """The entries of the listing that ends at `end`; None if that is no end of a zip file."""
    if len(record) < 22:
        return None
    count, size, place = struct.unpack("<HII", record[10:20])
    if count == 0xFFFF or 0xFFFFFFFF in {size, place}:
        wide = view.at(end - 20 - 56, 56)
        if not wide.startswith(END64):
            return None
        count, size, place = struct.unpack("<QQQ", wide[32:56])
        end -= 20 + 56
    begin = end - size
    if begin < 0 or (count and view.at(begin, 4) != ENTRY):
        return None
    if count > MOST or size > LISTING:
        return [_Entry("", 0, 0, -1, 0)]
    return list(_parsed(view.at(begin, size), count, begin - place))


def _parsed(listing: bytes, count: int, shift: int) -> Iterator[_Entry]:
    at = 0
    for _ in range(count):
        head = listing[at : at + 46]
        if len(head) < 46 or not head.startswith(ENTRY):
            yield _Entry("", 0, 0, -1, 0)
            return
        flags, method = struct.unpack("<HH", head[8:12])
        (size,) = struct.unpack("<I", head[20:24])
        name, extra, comment = struct.unpack("<HHH", head[28:34])
        (place,) = struct.unpack("<I", head[42:46])
        text = listing[at + 46 : at + 46 + name].decode("utf-8", "replace")
        yield _Entry(text, flags, method, size, place + shift)
        at += 46 + name + extra + comment
