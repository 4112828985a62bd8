"""Candidates side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitreg.render.rows import number
from gitreg.render.table import Table, table_of
from gitreg.workflows.candidates.compare import Comparison, Row, Value


def comparison_table(found: Comparison, rows: Sequence[Row], *, brief: bool) -> Table:
    """One row for each field, one column for each candidate; what people read says how numbers changed.

    Programs get exact values, and the changes and verdicts in columns of their own.
    """
    if brief:
        return table_of(["field", *_names(found)], [[row.field, *_cells(row)] for row in rows])
    ids = [candidate.id for candidate in found.candidates]
    titles = ["field", *ids, *_titles("change", ids), *_titles("verdict", ids)]
    return table_of(titles, [[row.field, *map(_exact, row.values), *_changes(row)] for row in rows])


def row_json(row: Row, found: Comparison) -> Mapping[str, Any]:
    """A row for programs: values, changes and verdicts by candidate, the base first."""
    return {
        "field": row.field,
        "differs": row.differs,
        "goal": row.goal,
        "values": [_finite(value) for value in row.values],
        "changes": [_finite(row.change(value)) for value in row.values],
        "verdicts": [row.verdict(value) for value in row.values],
        "candidates": [candidate.id for candidate in found.candidates],
    }


def _names(found: Comparison) -> list[str]:
    names = [str(candidate) for candidate in found.candidates]
    if found.against is not None:
        names[0] = f"{found.against} ({names[0]})"
    return names


def _titles(what: str, ids: Sequence[str]) -> list[str]:
    return [f"{what} {id_}" for id_ in ids[1:]]


def _changes(row: Row) -> Iterator[str | None]:
    others = row.values[1:]
    yield from (_exact(row.change(value)) for value in others)
    yield from (row.verdict(value) for value in others)


def _cells(row: Row) -> Iterator[str | None]:
    for value in row.values:
        change = row.change(value)
        shown = f"{value:.6g}" if isinstance(value, float) else value
        words = [f"{change:+.3g}", row.verdict(value) or ""] if change is not None else []
        yield f"{shown} ({' '.join(filter(None, words))})" if words else shown


def _exact(value: Value) -> str | None:
    return number(value) if isinstance(value, float) else value


def _finite(value: Value) -> Value:
    """JSON has no NaN and no infinities; records_json.py writes them as the same words."""
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
