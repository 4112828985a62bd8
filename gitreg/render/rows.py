"""Rows of the index as tables: which columns tell the most, and what stands in a cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeAlias

from gitreg.domain.times import time_text
from gitreg.index.language.tree import Field, Group
from gitreg.index.query.values import Column
from gitreg.index.row import Row
from gitreg.render.table import Table
from gitreg.workflows.searching.columns import GROUPS, attributes, getter, title_of

BRIEF = 4
"""How many metrics, and how many params, a person sees unasked."""
FIXED = ("experiment", "name", "status", "created")
ID_LENGTH = 8
Cell: TypeAlias = Callable[[Row], str]


def row_table(rows: Iterable[Row], fields: Sequence[Field], *, brief: bool) -> Table:
    """Candidates, one a row, drawn as they come; `brief` is for people, who would rather have less and shorter."""
    cells = [_brief(field) if brief else _whole(field) for field in fields]
    numeric = frozenset(at for at, field in enumerate(fields) if _is_number(field))
    return Table(tuple(map(title_of, fields)), _drawn(rows, cells), numeric)


def telling_fields(rows: Sequence[Row], first: Iterable[Field] = ()) -> list[Field]:
    """What tells candidates apart: what was asked about, some metrics, and some of the params that differ."""
    one_experiment = len({row.experiment for row in rows}) == 1
    fixed = [name for name in FIXED if not (one_experiment and name == "experiment")]
    params = [
        key
        for key in _keys(row.params for row in rows)
        if len({row.params.get(key) for row in rows}) > 1 or len(rows) == 1
    ]
    some = [
        *_fields("metrics", _keys(row.metrics for row in rows)[:BRIEF]),
        *_fields("params", params[:BRIEF]),
    ]
    return list(dict.fromkeys([*attributes("id", *fixed), *first, *some]))


def whole_fields(columns: Iterable[Column], *, deleted: bool, tags: bool = False) -> list[Field]:
    """What a program gets unasked: the same attributes always, and every metric and param that there is."""
    named: dict[str, list[Field]] = {group: [] for group in GROUPS}
    for column in columns:
        named[column.kind].append(Field(_group(column.kind), column.key))
    fixed = attributes("id", *FIXED, *(["deleted"] if deleted else []))
    return [*fixed, *named["metrics"], *named["params"], *(named["tags"] if tags else [])]


def number(value: float) -> str:
    """A metric, exactly: the shortest text that gives the same number."""
    return repr(value)


def short_time(moment: datetime) -> str:
    """A moment in UTC, to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _drawn(rows: Iterable[Row], cells: Sequence[Cell]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        yield tuple([cell(row) for cell in cells])


def _is_number(field: Field) -> bool:
    return field.group == "metrics" or field.key in {"artifacts.files", "artifacts.size"}


def _whole(field: Field) -> Cell:
    get, key = getter(field), field.key
    if field.group == "metrics":
        return lambda row: repr(row.metrics[key]) if key in row.metrics else ""
    if field.group == "params":  # there are many of these, so they take the short way
        return lambda row: row.params.get(key, "")
    return lambda row: _text(get(row))


def _brief(field: Field) -> Cell:
    get, key = getter(field), field.key
    if field.group == "metrics":
        return lambda row: f"{row.metrics[key]:.6g}" if key in row.metrics else ""
    if field == Field("candidate", "id"):
        return lambda row: row.id[:ID_LENGTH]
    if field == Field("candidate", "status"):
        return _standing
    return lambda row: _short(get(row))


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return time_text(value) if isinstance(value, datetime) else str(value)


def _short(value: object) -> str:
    return short_time(value) if isinstance(value, datetime) else _text(value)


def _standing(row: Row) -> str:
    """The status, and what a person must know beside it."""
    words = [
        word
        for word, holds in (("draft", row.draft and row.status != "running"), ("deleted", row.deleted))
        if holds
    ]
    return f"{row.status} ({', '.join(words)})" if words else row.status


def _keys(mappings: Iterable[dict[str, str]] | Iterable[dict[str, float]]) -> list[str]:
    return list(dict.fromkeys(key for mapping in mappings for key in mapping))


def _fields(group: Group, keys: Iterable[str]) -> list[Field]:
    return [Field(group, key) for key in keys]


def _group(kind: str) -> Group:
    return "metrics" if kind == "metrics" else "params" if kind == "params" else "tags"
