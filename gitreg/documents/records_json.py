"""Records as JSON: what `--json` prints and `log --from` takes.

Times and digests are text; NaN and infinities, which JSON lacks, are the words NaN, Infinity and -Infinity.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypeAlias, TypeVar

from gitreg.documents.faults import dotted
from gitreg.documents.limits import MAX_DEPTH
from gitreg.documents.nodes import MappingNode, Node, Place, ScalarNode, SequenceNode
from gitreg.documents.reader import VERSION, record_of
from gitreg.documents.scalars import float_text
from gitreg.documents.shapes import Reading
from gitreg.documents.writer import fields_of, kind_name
from gitreg.domain.record import Record, Value
from gitreg.domain.times import time_text
from gitreg.errors import RecordError

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
R = TypeVar("R", bound=Record)
NUMBERS: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
NOWHERE: Final = Place()


def to_json(record: Record) -> dict[str, JsonValue]:
    """The record as JSON: the same keys in the same order as in its file."""
    return {name: _json(part) for name, part in fields_of(record)}


def from_json(kind: type[R], value: object) -> R:
    """The record that a JSON object is; a number where a record holds text becomes its text.

    Args:
        kind: which kind of record it must be.
        value: what `json.loads` gave; the key `schema` may be left out.

    Raises:
        RecordError: naming the first key that is wrong.
    """
    if isinstance(value, Mapping) and "schema" not in value:
        value = {"schema": f"gitreg/{kind_name(kind)}/v{VERSION}", **value}
    record, faults = record_of(_node(value, 0), kind, "", Reading(NUMBERS))
    if record is None:
        keys = f"{dotted(faults[0].keys)}: " if faults[0].keys else ""
        raise RecordError(f"{keys}{faults[0].message}")
    return record


def _json(value: object) -> JsonValue:
    if isinstance(value, Value):
        return {name: _json(part) for name, part in fields_of(value)}
    if isinstance(value, Mapping):
        return {str(key): _json(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return time_text(value) if isinstance(value, datetime) else str(value)


def _node(value: object, depth: int) -> Node:
    """The tree that the same value would be in YAML."""
    if depth > MAX_DEPTH:
        raise RecordError(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, Mapping):
        entries = (
            (ScalarNode(str(key), False, NOWHERE), _node(part, depth + 1)) for key, part in value.items()
        )
        return MappingNode(tuple(entries), flow=True, place=NOWHERE)
    if isinstance(value, (list, tuple)):
        return SequenceNode(tuple(_node(part, depth + 1) for part in value), flow=True, place=NOWHERE)
    if isinstance(value, str):
        return ScalarNode(value, False, NOWHERE)
    return ScalarNode(_word(value), True, NOWHERE)


def _word(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return float_text(value)
    return str(value)
