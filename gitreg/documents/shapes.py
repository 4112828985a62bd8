"""What a schema makes of text: for every annotation of a record a function that turns a node into a plain value.

A shape never stops at a fault: it notes it and goes on, so that `validate` can show all of them. Whether a
value is allowed (a slug, a range) is the record's own business, later. Knows no files.
"""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from gitreg.documents.nodes import MappingNode, Node, ScalarNode, SequenceNode, shown
from gitreg.documents.scalars import INTEGER, NULLS, parse_float
from gitreg.domain.record import Value
from gitreg.domain.times import TIME_PATTERN

Keys = tuple[str | int, ...]
FAULTY: Final = object()  # stands where a value would be; no record accepts it


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with which node, reached by which keys."""

    node: Node
    keys: Keys
    message: str


@dataclass(slots=True)
class Reading:
    """One pass over a tree.

    Args:
        numbers: quoted words that stand for numbers; JSON has some, YAML has none.
        faults: what is wrong, in the order it was met.
        faulty: the keys where no value could be made; what a record says about them is no news.
    """

    numbers: Mapping[str, float] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    faulty: set[Keys] = field(default_factory=set)

    def fault(self, node: Node, keys: Keys, message: str) -> object:
        """Notes a fault; the value that stands for it."""
        self.faults.append(Fault(node, keys, message))
        self.faulty.add(keys)
        return FAULTY


Shape = Callable[[Node, Keys, Reading], object]


@cache
def record_shape(kind: type[Value]) -> Shape:
    """The shape of a record or of a part of one."""
    fields = {info.alias or name: _field_shape(info) for name, info in kind.model_fields.items()}

    def read(node: Node, keys: Keys, reading: Reading) -> object:
        values: dict[str, object] = {}
        for key, part in _entries(node, keys, reading):
            shape = fields.get(key.text)
            if shape is None:
                reading.fault(key, (*keys, key.text), f"unknown key{_nearest(key.text, fields)}")
            else:
                values[key.text] = shape(part, (*keys, key.text), reading)
        return values if isinstance(node, MappingNode) else FAULTY

    return read


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant; a long one was not meant to be any of them."""
    return next(iter(difflib.get_close_matches(word, known, 1)), None) if len(word) <= 40 else None


def _nearest(word: str, known: Iterable[str]) -> str:
    meant = nearest(word, known)
    return f"; did you mean {meant}?" if meant else f"; expected one of {', '.join(known)}"


def _entries(node: Node, keys: Keys, reading: Reading) -> Iterable[tuple[ScalarNode, Node]]:
    """The entries of a mapping, each key once."""
    if not isinstance(node, MappingNode):
        reading.fault(node, keys, f"{_described(node)} where a mapping is expected, {{}} when empty")
        return
    seen: dict[str, ScalarNode] = {}
    for key, value in node.entries:
        if key.text in seen:
            line = seen[key.text].place.line
            reading.fault(key, (*keys, key.text), f"this key is there twice, first in line {line}")
        else:
            seen[key.text] = key
            yield key, value


def _described(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return shown(node.text)
    return "a list" if isinstance(node, SequenceNode) else "a mapping"


def _field_shape(info: FieldInfo) -> Shape:
    if isinstance(info.discriminator, str):
        return _tagged(get_args(info.annotation), info.discriminator)
    return _shape(info.annotation)


def _shape(annotation: Any) -> Shape:  # noqa: ANN401 - annotations have no type of their own
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        named = (extra.discriminator for extra in args[1:] if isinstance(extra, FieldInfo))
        tag = next((word for word in named if isinstance(word, str)), None)
        return _tagged(get_args(args[0]), tag) if tag else _shape(args[0])
    if origin in {Union, types.UnionType}:
        return _union(args)
    if origin is Literal:
        return _one_of(args)
    if origin is dict:
        return _mapping(_shape(args[1]))
    if origin is list:
        return _list(_shape(args[0]))
    if origin is tuple:
        return _tuple([_shape(part) for part in args])
    if annotation is Any:
        return _anything
    if isinstance(annotation, type) and issubclass(annotation, Value):
        return record_shape(annotation)
    return _SCALARS.get(annotation, _text)


def _text(node: Node, keys: Keys, reading: Reading) -> object:
    if isinstance(node, ScalarNode):
        return node.text
    return reading.fault(node, keys, f"{_described(node)} where text is expected")


def _anything(node: Node, keys: Keys, reading: Reading) -> object:
    """What `extra` holds: mappings, lists, text."""
    if isinstance(node, MappingNode):
        return _mapping(_anything)(node, keys, reading)
    return (_list(_anything) if isinstance(node, SequenceNode) else _text)(node, keys, reading)


def _plain(expected: str, convert: Callable[[str], object]) -> Shape:
    """A scalar that the schema types; in quotes it would be text, and is refused."""

    def read(node: Node, keys: Keys, reading: Reading) -> object:
        if not isinstance(node, ScalarNode):
            return reading.fault(node, keys, f"{_described(node)} where {expected} is expected")
        if not node.plain and not (convert is parse_float and node.text in reading.numbers):
            return reading.fault(
                node, keys, f"quotes make it text: {_described(node)}; expected {expected} without them"
            )
        try:
            return convert(node.text) if node.plain else reading.numbers[node.text]
        except ValueError as error:
            return reading.fault(node, keys, f"{error}: {_described(node)}; expected {expected}")

    return read


def _parse_bool(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("neither true nor false")
    return text == "true"


def _parse_int(text: str) -> int:
    if not INTEGER.fullmatch(text):
        raise ValueError("not a whole number")
    return int(text)


def _time(node: Node, keys: Keys, reading: Reading) -> object:
    """RFC 3339 in UTC; quoted or not."""
    if not isinstance(node, ScalarNode):
        return reading.fault(node, keys, f"{_described(node)} where a time is expected")
    try:
        if re.fullmatch(TIME_PATTERN[1:-1], node.text, re.ASCII):
            return datetime.fromisoformat(node.text)
    except ValueError as error:
        return reading.fault(node, keys, f"no such time: {_described(node)} ({error})")
    return reading.fault(
        node, keys, f"not a time: {_described(node)}; expected UTC like '2026-11-22T15:04:05.123456Z'"
    )


_SCALARS: dict[object, Shape] = {
    bool: _plain("true or false", _parse_bool),
    int: _plain("a whole number like 400, of at most 19 digits", _parse_int),
    float: _plain("a number like 0.93, .nan or .inf", parse_float),
    datetime: _time,
}


def _one_of(words: tuple[object, ...]) -> Shape:
    known = [str(word) for word in words]

    def read(node: Node, keys: Keys, reading: Reading) -> object:
        if isinstance(node, ScalarNode) and node.text in known:
            return node.text
        expected = " or ".join(known)
        meant = nearest(node.text, known) if isinstance(node, ScalarNode) and len(known) > 1 else None
        return reading.fault(
            node,
            keys,
            f"not one of the words it can be: {_described(node)}; expected {expected}"
            + (f"; did you mean {meant}?" if meant else ""),
        )

    return read


def _mapping(value: Shape) -> Shape:
    def read(node: Node, keys: Keys, reading: Reading) -> object:
        values = {
            key.text: value(part, (*keys, key.text), reading) for key, part in _entries(node, keys, reading)
        }
        return values if isinstance(node, MappingNode) else FAULTY

    return read


def _list(item: Shape) -> Shape:
    def read(node: Node, keys: Keys, reading: Reading) -> object:
        if not isinstance(node, SequenceNode):
            return reading.fault(node, keys, f"{_described(node)} where a list is expected, [] when empty")
        return [item(part, (*keys, index), reading) for index, part in enumerate(node.items)]

    return read


def _tuple(items: list[Shape]) -> Shape:
    def read(node: Node, keys: Keys, reading: Reading) -> object:
        if not isinstance(node, SequenceNode) or len(node.items) != len(items):
            return reading.fault(node, keys, f"{_described(node)} where a list of {len(items)} is expected")
        pairs = enumerate(zip(items, node.items, strict=True))
        return tuple(item(part, (*keys, index), reading) for index, (item, part) in pairs)

    return read


def _union(options: tuple[Any, ...]) -> Shape:
    """None for a plain null where that is allowed; else the first option that fits, or the first option's faults."""
    optional = type(None) in options
    shapes = [_shape(option) for option in options if option is not type(None)]

    def read(node: Node, keys: Keys, reading: Reading) -> object:
        if optional and isinstance(node, ScalarNode) and node.plain and node.text in NULLS:
            return None
        if len(shapes) == 1:
            return shapes[0](node, keys, reading)
        trials = [Reading(reading.numbers) for _ in shapes]
        values = [shape(node, keys, trial) for shape, trial in zip(shapes, trials, strict=True)]
        best = min(range(len(shapes)), key=lambda index: len(trials[index].faults))
        reading.faults.extend(trials[best].faults)
        reading.faulty |= trials[best].faulty
        return values[best]

    return read


def _tagged(options: tuple[Any, ...], tag: str) -> Shape:
    """One of several mappings, told apart by the word under `tag`."""
    kinds = {word: option for option in options for word in get_args(option.model_fields[tag].annotation)}
    words = _one_of(tuple(kinds))

    def read(node: Node, keys: Keys, reading: Reading) -> object:
        if not isinstance(node, MappingNode):
            return reading.fault(node, keys, f"{_described(node)} where a mapping is expected")
        found = node.get(tag)
        if found is None:
            return reading.fault(node, keys, f"the key {tag} is missing; expected {' or '.join(kinds)}")
        word = words(found[1], (*keys, tag), reading)
        if word is not FAULTY:
            return record_shape(kinds[str(word)])(node, keys, reading)
        reading.faulty.add(keys)
        return FAULTY

    return read
