"""Is this a NumPy array, and one of numbers? An array of objects has a pickle for its content.

https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from gitreg.gates.content.view import View

MAGIC = b"\x93NUMPY"
HEADER = 10_000
"""What NumPy itself reads of a header from a stranger."""
_PLAIN = re.compile(r"[<>|=]?[?abBiufcSUVmM][0-9]*(\[[0-9a-zA-Z]+\])?")
_EXPECTED = {"descr", "fortran_order", "shape"}


def array_formats(view: View) -> Iterator[str]:
    """`npy` for numbers and text, `npy` and `pickle` for objects, nothing for what is no array."""
    if view.at(0, 6) != MAGIC:
        return
    width = 2 if view.at(6, 1) == b"\x01" else 4
    length = int.from_bytes(view.at(8, width), "little")
    descr = _description(view.at(8 + width, length)) if length <= HEADER else None
    if descr is None:
        return
    yield "npy"
    if not all(map(_PLAIN.fullmatch, _types(descr))):
        yield "pickle"


def _description(header: bytes) -> object | None:
    try:
        found = ast.literal_eval(header.decode("latin-1").strip())
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None
    return found["descr"] if isinstance(found, dict) and found.keys() == _EXPECTED else None


def _types(descr: object) -> Iterator[str]:
    """The types in a description; what is no text or list of fields is none that is plain."""
    if isinstance(descr, str):
        yield descr
    elif isinstance(descr, list):
        for field in descr:
            known = isinstance(field, tuple) and len(field) in {2, 3}
            yield from _types(field[1]) if known else ["?unknown"]
    else:
        yield "?unknown"
