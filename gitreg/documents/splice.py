"""One change in the text of a YAML file: a value is put at a key path, or removed; nothing else moves.

Knows the tree of the file and the record that it shall become.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from gitreg.documents.nodes import MappingNode, Node, ScalarNode
from gitreg.documents.scalars import line_scalar
from gitreg.documents.writer import add_entry, fields_of, flow
from gitreg.domain.record import Record, Value

MISSING: Final = object()
COMMENT = re.compile(r"[ \t]*#[^\n]*")
COLON = re.compile(r"[ \t]*:")


def value_at(record: Record, keys: tuple[str, ...]) -> object:
    """The value of a record at a key path, or MISSING."""
    value: object = record
    for key in keys:
        parts = dict(fields_of(value)) if isinstance(value, Value) else value
        if not isinstance(parts, Mapping):
            return MISSING
        value = next((part for name, part in parts.items() if str(name) == key), MISSING)
    return value


def put(text: str, root: Node, keys: tuple[str, ...], wanted: Record) -> str:
    """The text with the value that `wanted` has at `keys`; without the key, if it has none there."""
    node, inside, entry = root, False, None
    for depth, key in enumerate(keys):
        if not isinstance(node, MappingNode) or not node.entries:
            return _replaced(text, entry, value_at(wanted, keys[:depth]), inside=inside)
        inside = inside or node.flow
        found = node.get(key)
        if found is None:
            return _inserted(text, node, keys[: depth + 1], wanted, inside=inside)
        entry, node = found, found[1]
    value = value_at(wanted, keys)
    if value is not MISSING:
        return _replaced(text, entry, value, inside=inside)
    return _removed(text, root, keys, inside=inside)


def _replaced(text: str, entry: tuple[ScalarNode, Node] | None, value: object, *, inside: bool) -> str:
    if entry is None:
        return text
    key, node = entry
    start, end = node.place.start, _end(text, node)
    if inside:
        between = " " if start == end else ""
        return f"{text[:start]}{between}{flow(value)}{text[end:]}"
    colon = COLON.match(text, key.place.end)
    if colon is None:
        return text
    lines: list[str] = []
    add_entry(lines, "", value, " " * (key.place.column - 1))
    comment = COMMENT.match(text, colon.end()) if "\n" in text[colon.end() : start] else None
    line_end = _line_end(text, end)
    head = f"{text[: colon.end()]}{lines[0]}{comment[0] if comment else ''}{text[end:line_end]}"
    return "\n".join([head, *lines[1:]]) + text[line_end:]


def _inserted(text: str, parent: MappingNode, keys: tuple[str, ...], wanted: Record, *, inside: bool) -> str:
    value = value_at(wanted, keys)
    if value is MISSING:
        return text
    before = _before(parent, keys, wanted)
    if inside:
        pair = f"{line_scalar(keys[-1], flow=True)}: {flow(value)}"
        place = _end(text, before[1]) if before else parent.entries[0][0].place.start
        return f"{text[:place]}, {pair}{text[place:]}" if before else f"{text[:place]}{pair}, {text[place:]}"
    indent = " " * (parent.entries[0][0].place.column - 1)
    lines: list[str] = []
    add_entry(lines, f"{indent}{line_scalar(keys[-1])}:", value, indent)
    if before:
        place = _line_end(text, _end(text, before[1]))
        return text[:place] + "".join(f"\n{line}" for line in lines) + text[place:]
    place = parent.entries[0][0].place.start - len(indent)
    return text[:place] + "".join(f"{line}\n" for line in lines) + text[place:]


def _before(parent: MappingNode, keys: tuple[str, ...], wanted: Record) -> tuple[ScalarNode, Node] | None:
    """The entry after which a new key belongs: in the schema's order, or in that of characters."""
    container = value_at(wanted, keys[:-1])
    if isinstance(container, Value):
        order = {name: rank for rank, (name, _) in enumerate(fields_of(container))}
        earlier = [entry for entry in parent.entries if order.get(entry[0].text, -1) < order[keys[-1]]]
        return max(earlier, key=lambda entry: order.get(entry[0].text, -1), default=None)
    earlier = [entry for entry in parent.entries if entry[0].text < keys[-1]]
    return earlier[-1] if earlier else None


def _removed(text: str, root: Node, keys: tuple[str, ...], *, inside: bool) -> str:
    parent, entry, around = root, None, False
    for name in keys[:-1]:
        around = around or (isinstance(parent, MappingNode) and parent.flow)
        entry = parent.get(name) if isinstance(parent, MappingNode) else None
        parent = entry[1] if entry else parent
    if not isinstance(parent, MappingNode):
        return text
    if len(parent.entries) == 1:
        return _replaced(text, entry, {}, inside=around)
    index = next(index for index, (key, _) in enumerate(parent.entries) if key.text == keys[-1])
    key, value = parent.entries[index]
    if inside and index == 0:
        return text[: key.place.start] + text[parent.entries[1][0].place.start :]
    if inside:
        return text[: _end(text, parent.entries[index - 1][1])] + text[_end(text, value) :]
    start = text.rfind("\n", 0, key.place.start) + 1
    return text[:start] + text[_line_end(text, _end(text, value)) + 1 :]


def _end(text: str, node: Node) -> int:
    """Where the visible part of a node ends; a block of text reaches to the next token otherwise."""
    return node.place.start + len(text[node.place.start : node.place.end].rstrip())


def _line_end(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found
