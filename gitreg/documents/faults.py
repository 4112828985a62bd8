"""Where in a file a fault is, and how it is told.

A validator of a whole record begins its message with the dotted key that it is about, where there is one:
`points.auc has no metric of that name` is then placed at that key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from gitreg.documents.nodes import MappingNode, Node, ScalarNode, SequenceNode, at, shown
from gitreg.documents.shapes import Fault, Keys
from gitreg.errors import RecordError

PLAIN_KEY = re.compile(r"[\w/@+-]+")


def told(fault: Fault, path: str) -> RecordError:
    """The fault as an error with its place."""
    prefix = f"{dotted(fault.keys)}: " if fault.keys else ""
    return RecordError(
        f"{prefix}{fault.message}", place=at(path, fault.node.place.line, fault.node.place.column)
    )


def dotted(keys: Keys) -> str:
    """Keys as messages name them: `data[0].digest`, `metrics.'val acc'`."""
    words = ""
    for key in keys:
        if isinstance(key, int):
            words += f"[{key}]"
        else:
            words += ("." if words else "") + (key if PLAIN_KEY.fullmatch(key) else shown(key))
    return words


def record_faults(error: ValidationError, root: Node) -> Iterator[Fault]:
    """What the record's own validators refused, each at the node it is about."""
    for entry in error.errors(include_url=False, include_context=True):
        node, keys = _resolve(root, entry["loc"])
        message = _message(dict(entry), node)
        if not keys:
            node, keys = _named(root, message)
            message = message.removeprefix(dotted(keys)).strip() if keys else message
        yield Fault(node, keys, message)


def _resolve(root: Node, location: tuple[int | str, ...]) -> tuple[Node, Keys]:
    """Follows pydantic's location as far as the tree goes; names of union members are no keys and are passed over."""
    node, key_node = root, root
    keys: Keys = ()
    for step in location:
        if step == "[key]":
            return key_node, keys
        found = _child(node, step)
        if found is not None:
            key_node, node = found
            keys = (*keys, step)
    return node, keys


def _child(node: Node, step: int | str) -> tuple[Node, Node] | None:
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.items):
        return node.items[step], node.items[step]
    if isinstance(node, MappingNode) and isinstance(step, str):
        return node.get(step)
    return None


def _named(root: Node, message: str) -> tuple[Node, Keys]:
    """The node whose dotted key begins the message, or the root."""
    field, _, name = message.split(" ", 1)[0].partition(".")
    _, keys = _resolve(root, (field, name) if name else (field,))
    if not keys:
        return root, ()
    found = _child(_resolve(root, keys[:-1])[0], keys[-1])
    return (found[0] if found else root), keys


def _message(entry: dict[str, Any], node: Node) -> str:
    kind, context = entry["type"], entry.get("ctx", {})
    value = f": {shown(node.text)}" if isinstance(node, ScalarNode) else ""
    if kind == "value_error":
        return str(context["error"])
    if kind == "missing":
        return f"the key {entry['loc'][-1]} is missing"
    if kind == "string_pattern_mismatch":
        return f"not of the right form{value}; expected {context['pattern']}"
    if kind == "literal_error":
        return f"not one of the words it can be; expected {context['expected']}"
    return f"{str(entry['msg']).removeprefix('Input ')}{value}"
