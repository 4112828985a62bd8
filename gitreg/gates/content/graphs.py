"""Is this an ONNX model? Protocol buffers have no magic; the fields of a ModelProto, from the first to the last byte, do.

https://github.com/onnx/onnx/blob/main/onnx/onnx.proto and https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

from gitreg.gates.content.view import Cursor, Ended, View

NUMBER, BLOCK = 0, 2
_MODEL = {1: NUMBER, 2: BLOCK, 3: BLOCK, 4: BLOCK, 5: NUMBER, 6: BLOCK, 7: BLOCK, 8: BLOCK, 14: BLOCK, 20: BLOCK, 25: BLOCK, 26: BLOCK}  # fmt: skip
_GRAPH = {1: BLOCK, 2: BLOCK, 5: BLOCK, 10: BLOCK, 11: BLOCK, 12: BLOCK, 13: BLOCK, 14: BLOCK, 15: BLOCK, 16: BLOCK}  # fmt: skip
IR_VERSION, GRAPH, OPSET = 1, 7, 8
MOST = 300_000
"""Fields that are followed: a large model has some 10,000 nodes, each of them a field of its graph."""


def is_onnx(view: View) -> bool:
    """Whether every byte belongs to a field of a model, which has an IR version, a graph and operators."""
    found = _fields(view, _MODEL)
    if found is None or not {IR_VERSION, GRAPH, OPSET} <= found.keys():
        return False
    begin, size = found[GRAPH]
    return size > 0 and _fields(view.part(begin, size), _GRAPH) is not None


def _fields(view: View, known: dict[int, int]) -> dict[int, tuple[int, int]] | None:
    """Where each known field lies, the last of its kind; None where there is anything else."""
    cursor = Cursor(view)
    found: dict[int, tuple[int, int]] = {}
    try:
        for _ in range(MOST):
            if not cursor.left:
                return found
            tag = _number(cursor)
            if known.get(tag >> 3) != tag & 7:
                return None
            size = _number(cursor)
            found[tag >> 3] = (cursor.place, size)
            if tag & 7 == BLOCK:
                cursor.skip(size)
    except Ended:
        pass
    return None


def _number(cursor: Cursor) -> int:
    """A number in base 128, little end first, in at most ten bytes.

    Raises:
        Ended: if it has no end there.
    """
    value = 0
    for shift in range(0, 70, 7):
        byte = cursor.take(1)[0]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
    raise Ended
