"""The quick way to read one JSON object: the tree that the YAML reader would make of it, without the places.

JSON is YAML, and the YAML reader tells the place of every fault, but takes two milliseconds for a candidate. Here the
standard library reads it in a twentieth of that; whatever is not ordinary, or may be a fault, is left to the other.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from gitreg.documents.limits import MAX_BYTES, MAX_DEPTH, MAX_LINES, MAX_NODES, MAX_WORDS
from gitreg.documents.nodes import MappingNode, Node, Place, ScalarNode, SequenceNode
from gitreg.documents.screen import UNSHOWN
from gitreg.domain.words import unprintable

_NOWHERE = Place()
_LONGEST_KEY = 500
"""YAML has a limit for keys (1024 characters); far below it, none is near."""
_WORDS = {True: "true", False: "false", None: "null"}


def json_tree(text: str) -> Node | None:
    """The tree of a JSON document, with no places in it; None for what the YAML reader should look at."""
    if _is_large(text) or UNSHOWN.search(text):
        return None
    try:
        return _node(_DECODER.decode(text), 0)
    except (ValueError, RecursionError):
        return None


def _is_large(text: str) -> bool:
    """Whether a limit may be near; each sign that is counted stands for at most one more of what is limited."""
    nodes = text.count(",") + text.count(":") + text.count("{") + text.count("[")
    words = text.count(" ") + text.count("\\n")
    return len(text) * 4 > MAX_BYTES or nodes > MAX_NODES or words > MAX_WORDS or text.count("\n") > MAX_LINES


class _Number(str):
    """A number as it stands in the text."""

    __slots__ = ()


class _Pairs(list[tuple[str, Any]]):
    """The entries of an object; keys may repeat, which is for the schema to tell."""


def _refuse(word: str) -> NoReturn:
    """NaN and infinities are no JSON (RFC 8259, section 6)."""
    raise ValueError(word)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Pairs, parse_int=_Number, parse_float=_Number, parse_constant=_refuse
)


def _node(value: Any, depth: int) -> Node:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, str):
        if unprintable(value, allowed="\n\t"):
            raise ValueError(value)
        return ScalarNode(value, isinstance(value, _Number), _NOWHERE)
    if value is None or isinstance(value, bool):
        return ScalarNode(_WORDS[value], plain=True, place=_NOWHERE)
    if depth >= MAX_DEPTH:
        raise ValueError(depth)
    if isinstance(value, _Pairs):
        entries = tuple((_key(key), _node(part, depth + 1)) for key, part in value)
        return MappingNode(entries, flow=True, place=_NOWHERE)
    return SequenceNode(tuple(_node(item, depth + 1) for item in value), flow=True, place=_NOWHERE)


def _key(text: str) -> ScalarNode:
    if len(text) > _LONGEST_KEY or unprintable(text, allowed="\n\t"):
        raise ValueError(text)
    return ScalarNode(text, plain=False, place=_NOWHERE)
