"""Is this a safetensors file? https://github.com/huggingface/safetensors#format, without holes and without a rest.

Whatever else the file could be taken for would have to lie in a hole or behind the end.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from gitreg.gates.content.view import View

HEADER = 8 * 1024 * 1024
"""The format allows 100 MB; a model of 100,000 tensors has 12 MB, and none that is used has so many."""


def is_safetensors(view: View) -> bool:
    """Whether the header is whole, and its tensors fill the rest of the file exactly."""
    length = int.from_bytes(view.at(0, 8), "little")
    if view.size < 10 or not 2 <= length <= min(HEADER, view.size - 8):
        return False
    content = view.at(8, length)
    if not content.startswith(b"{"):
        return False
    try:
        header = json.loads(content.decode("utf-8"), object_pairs_hook=_unique)
        spans = sorted(_span(tensor) for name, tensor in header.items() if name != "__metadata__")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False
    return _fill(spans, view.size - 8 - length)


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _span(tensor: dict[str, Any]) -> tuple[int, int]:
    begin, end = tensor["data_offsets"]
    numbers = [begin, end, *tensor["shape"]]
    if not isinstance(tensor["dtype"], str) or not all(type(one) is int and one >= 0 for one in numbers):
        raise ValueError("not a tensor")
    return begin, end


def _fill(spans: Sequence[tuple[int, int]], size: int) -> bool:
    at = 0
    for begin, end in spans:
        if begin != at or end < begin:
            return False
        at = end
    return at == size
