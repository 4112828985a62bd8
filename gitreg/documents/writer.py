"""The canonical text of a record: the same value gives the same bytes, everywhere and always.

Keys of a record stand in the order of its schema, keys that people chose in the order of their characters.
The first line tells editors which schema to use: `.gitreg/schemas/v1/<kind>.schema.json`, relative to the
file, as https://github.com/redhat-developer/yaml-language-server#using-inlined-schema asks for; every kind has
one depth in a registry, so the line is the same in every file of a kind. The line means nothing to a reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache, lru_cache

from gitreg.documents.limits import MAX_BYTES, MAX_LINES, MAX_NODES, MAX_WORDS
from gitreg.documents.scalars import float_text, is_literal, line_scalar, literal_header, quoted
from gitreg.domain.record import SPARSE, Record, Value
from gitreg.domain.times import time_text
from gitreg.errors import RecordError

# How many folders each kind's file lies below the folder that holds .gitreg
DEPTHS = {
    "registry": 0,
    "experiment": 2,
    "candidate": 4,
    "logged-model": 4,
    "model": 2,
    "model-version": 4,
    "anchor": 0,
}
TRUST_KINDS = frozenset({"root", "roles"})  # these lie in .gitreg themselves
_WRITTEN = object()
_key = lru_cache(maxsize=4096)(line_scalar)
"""Fields are keys of every record, and metrics of every run of a sweep."""


def write(record: Record) -> bytes:
    """The canonical text of a record.

    Raises:
        RecordError: if the record is larger than a reader accepts.
    """
    lines = [schema_line(type(record))]
    _add_mapping(lines, fields_of(record), "")
    text = "\n".join(lines).encode() + b"\n"
    _check_size(record, text)
    return text


@cache
def kind_name(kind: type[Record]) -> str:
    """The word for a kind of record in its `schema:` key, e.g. `candidate`."""
    return str(kind.model_fields["schema_"].default).split("/")[1]


@cache
def schema_line(kind: type[Record]) -> str:
    """The first line of every file of this kind, for editors."""
    name = kind_name(kind)
    folder = "../schemas" if name in TRUST_KINDS else "../" * DEPTHS[name] + ".gitreg/schemas"
    return f"# yaml-language-server: $schema={folder}/v1/{name}.schema.json"


def block(values: Mapping[str, object], indent: str = "") -> list[str]:
    """The lines of a block mapping of plain values, keys in the mapping's own order."""
    lines: list[str] = []
    _add_mapping(lines, values.items(), indent)
    return lines


def flow(value: object) -> str:
    """A value on one line, as it stands inside `{}` or `[]`."""
    if isinstance(value, Value):
        return "{" + ", ".join(f"{name}: {flow(part)}" for name, part in fields_of(value)) + "}"
    if isinstance(value, Mapping):
        parts = (f"{line_scalar(key, flow=True)}: {flow(part)}" for key, part in _sorted(value))
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(flow, value)) + "]"
    return _scalar(value, flow=True)


@cache
def _aliases(kind: type[Value]) -> tuple[tuple[str, str, object], ...]:
    """Key, attribute, and the value that is not written: of a field that is always written, none is equal to it."""
    return tuple(
        (field.alias or name, name, field.get_default() if field.json_schema_extra == SPARSE else _WRITTEN)
        for name, field in kind.model_fields.items()
    )


def fields_of(value: Value) -> Iterator[tuple[str, object]]:
    """The fields of a record or part, in the order of its schema, by the keys of its file."""
    for alias, name, silent in _aliases(type(value)):
        found = getattr(value, name)
        if silent is _WRITTEN or found != silent:
            yield alias, found


def _sorted(value: Mapping[object, object]) -> Iterable[tuple[str, object]]:
    return sorted((str(key), part) for key, part in value.items())


def _add_mapping(lines: list[str], items: Iterable[tuple[str, object]], indent: str) -> None:
    for key, value in items:
        add_entry(lines, f"{indent}{_key(key)}:", value, indent)


def add_entry(lines: list[str], head: str, value: object, indent: str) -> None:
    """Adds `head` with its value: beside it when it fits on a line, below it otherwise."""
    if isinstance(value, str) and is_literal(value):
        lines.append(f"{head} {literal_header(value)}")
        lines.extend(f"{indent}  {line}" if line else "" for line in value.removesuffix("\n").split("\n"))
    elif value is None or isinstance(value, (str, int, float)):
        lines.append(f"{head} {_scalar(value)}")
    elif isinstance(value, (Value, Mapping, list, tuple)) and (isinstance(value, Value) or value):
        lines.append(head)
        _add_block(lines, value, indent + "  ")
    else:
        lines.append(f"{head} {flow(value) if isinstance(value, (Mapping, list, tuple)) else _scalar(value)}")


def _add_block(lines: list[str], value: object, indent: str) -> None:
    if isinstance(value, Value):
        _add_mapping(lines, fields_of(value), indent)
    elif isinstance(value, Mapping):
        _add_mapping(lines, _sorted(value), indent)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _add_item(lines, item, indent)


def _add_item(lines: list[str], item: object, indent: str) -> None:
    if isinstance(item, (Value, Mapping, list, tuple)) and (isinstance(item, Value) or item):
        start = len(lines)
        _add_block(lines, item, indent + "  ")
        lines[start] = f"{indent}- {lines[start][len(indent) + 2 :]}"
    else:
        add_entry(lines, f"{indent}-", item, indent)


def _scalar(value: object, *, flow: bool = False) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return quoted(time_text(value))
    return line_scalar(str(value), flow=flow)


def _check_size(record: Record, text: bytes) -> None:
    """Refuses to write what no reader would read."""
    parts = [] if len(text) < MAX_NODES else list(_parts(record))
    limits = (
        (len(text), MAX_BYTES, "bytes"),
        (text.count(b"\n"), MAX_LINES, "lines"),
        (len(parts), MAX_NODES, "keys and values"),
        (sum(map(_words, parts)), MAX_WORDS, "words on single lines"),
    )
    for count, limit, unit in limits:
        if count > limit:
            raise RecordError(
                f"the {kind_name(type(record))} would have {count:,} {unit}; a record's file has at most {limit:,}",
                hint="Log what is large as an artifact.",
            )


def _parts(value: object) -> Iterator[object]:
    """Every node that the value is written as: itself, keys, and what is inside."""
    yield value
    if isinstance(value, (Value, Mapping)):
        for key, part in fields_of(value) if isinstance(value, Value) else _sorted(value):
            yield key
            yield from _parts(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _parts(part)


def _words(value: object) -> int:
    return value.count(" ") if isinstance(value, str) and not is_literal(value) else 0
