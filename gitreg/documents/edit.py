"""Changes to a file that people wrote: values are set or removed, everything else stays as it is.

Comments, order and style stay because only the characters of a changed value are replaced; the result is read
again, and given out only if it is exactly the record that was meant. A canonical file stays canonical.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

from gitreg.documents import splice
from gitreg.documents.events_ruamel import tree
from gitreg.documents.faults import dotted
from gitreg.documents.nodes import MappingNode, Node
from gitreg.documents.reader import read
from gitreg.documents.records_json import JsonValue, from_json, to_json
from gitreg.documents.writer import fields_of, write
from gitreg.domain.record import Record, Value
from gitreg.errors import RecordError

R = TypeVar("R", bound=Record)
KeyPath = tuple[str, ...]


class Delete:
    """The change that removes a key; use the value `DELETE`."""


DELETE: Final = Delete()


def edit(text: bytes, kind: type[R], path: str, changes: Mapping[KeyPath, JsonValue | Delete]) -> bytes:
    """The file with `changes` made.

    Args:
        text: the file's bytes.
        kind: which kind of record it is.
        path: the file's path, for messages.
        changes: for key paths like `("stages", "production")` the new value as JSON, or `DELETE`.

    Raises:
        RecordError: if the file is no such record, or the changed one would be none.
    """
    before = read(text, kind, path)
    after = changed(before, changes)
    if write(before) == text:
        return write(after)
    result = text.decode().removesuffix("\n") + "\n"  # a block of text at the end needs its last line feed
    for keys in _operations(tree(result, path), after, changes):
        result = splice.put(result, tree(result, path), keys, after)
    if _unlike(result.encode(), kind, path, after):
        raise RecordError(
            f"{', '.join(dotted(keys) for keys in changes)} cannot be changed without touching the rest of the file",
            hint="Change it by hand.",
            place=path,
        )
    return result.encode()


def changed(record: R, changes: Mapping[KeyPath, JsonValue | Delete]) -> R:
    """The record with changes made.

    Raises:
        RecordError: if that is no record.
    """
    values = copy.deepcopy(to_json(record))
    for keys, value in changes.items():
        _apply(values, keys, value)
    return from_json(type(record), values)


def _apply(values: dict[str, Any], keys: KeyPath, value: JsonValue | Delete) -> None:
    for key in keys[:-1]:
        if not isinstance(values.get(key), dict):
            if isinstance(value, Delete):
                return
            values[key] = {}
        values = values[key]
    if isinstance(value, Delete):
        values.pop(keys[-1], None)
    else:
        values[keys[-1]] = value


def _operations(
    root: Node, after: Record, changes: Mapping[KeyPath, JsonValue | Delete]
) -> Iterator[KeyPath]:
    """The smallest key paths where the file must change, so that comments in between stay; new keys come first."""
    found = [keys for wanted in changes for keys in _differences(_node_at(root, wanted), after, wanted)]
    yield from dict.fromkeys(sorted(found, key=lambda keys: splice.value_at(after, keys) is splice.MISSING))


def _differences(node: Node | None, after: Record, keys: KeyPath) -> Iterator[KeyPath]:
    value = splice.value_at(after, keys)
    if (
        not isinstance(node, MappingNode)
        or not node.entries
        or not isinstance(value, (Value, Mapping))
        or not value
    ):
        yield keys
        return
    names = (
        [name for name, _ in fields_of(value)] if isinstance(value, Value) else [str(name) for name in value]
    )
    known = [key.text for key, _ in node.entries]
    for name in dict.fromkeys(names + known):
        found = node.get(name)
        yield from _differences(found[1] if found else None, after, (*keys, name))


def _node_at(node: Node, keys: KeyPath) -> Node | None:
    for key in keys:
        found = node.get(key) if isinstance(node, MappingNode) else None
        if found is None:
            return None
        node = found[1]
    return node


def _unlike(text: bytes, kind: type[R], path: str, wanted: R) -> bool:
    try:
        return read(text, kind, path) != wanted
    except RecordError:
        return True
