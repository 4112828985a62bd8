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
    tree = _Tree(root)
    for entry in error.errors(include_url=False, include_context=True):
        node, keys = tree.resolve(entry["loc"])
        message = _message(dict(entry), node)
        if not keys:
            node, keys = tree.named(message)
            message = message.removeprefix(dotted(keys)).strip() if keys else message
        yield Fault(node, keys, message)


class _Tree:
    """A tree in which keys are looked up often: each mapping is indexed once."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.indices: dict[int, dict[str, tuple[ScalarNode, Node]]] = {}

    def resolve(self, location: tuple[int | str, ...]) -> tuple[Node, Keys]:
        """Follows pydantic's location; names of union members are no keys and are passed over."""
        node, key_node = self.root, self.root
        keys: Keys = ()
        for step in location:
            if step == "[key]":
                return key_node, keys
            found = self._child(node, step)
            if found is not None:
                key_node, node = found
                keys = (*keys, step)
        return node, keys

    def named(self, message: str) -> tuple[Node, Keys]:
        """The node whose dotted key begins the message, or the root."""
        field, _, name = message.split(" ", 1)[0].partition(".")
        _, keys = self.resolve((field, name) if name else (field,))
        if not keys:
            return self.root, ()
        found = self._child(self.resolve(keys[:-1])[0], keys[-1])
        return (found[0] if found else self.root), keys

    def _child(self, node: Node, step: int | str) -> tuple[Node, Node] | None:
        if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.items):
            return node.items[step], node.items[step]
        if not isinstance(node, MappingNode) or not isinstance(step, str):
            return None
        if id(node) not in self.indices:
            self.indices[id(node)] = {key.text: (key, value) for key, value in reversed(node.entries)}
        return self.indices[id(node)].get(step)


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
