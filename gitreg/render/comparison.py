"""Candidates side by side."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from gitreg.domain.candidate import Candidate
from gitreg.render.candidates import number
from gitreg.render.table import Table, table_of
from gitreg.workflows.list_candidates import Row

BETTER, WORSE = "better", "worse"


def comparison_table(rows: Sequence[Row], candidates: Sequence[Candidate], *, brief: bool) -> Table:
    """One row for each field, one column for each candidate; a metric says how it changed against the first."""
    names = [str(candidate) if brief else candidate.id for candidate in candidates]
    cells = [
        [row.field, *(_cell(row, value, brief=brief, first=at == 0) for at, value in enumerate(row.values))]
        for row in rows
    ]
    return table_of(["field", *names], cells)


def row_json(row: Row, candidates: Sequence[Candidate]) -> Mapping[str, Any]:
    """A row for programs: values and verdicts by candidate."""
    verdicts = [verdict(row, value) for value in row.values]
    return {
        "field": row.field,
        "differs": row.differs,
        "goal": row.goal,
        "values": [_finite(value) for value in row.values],
        "verdicts": verdicts,
        "candidates": [candidate.id for candidate in candidates],
    }


def verdict(row: Row, value: str | float | None) -> str | None:
    """Whether a metric is better or worse than the first candidate's; None where nobody said which way is better."""
    first = row.values[0]
    if not isinstance(value, float) or not isinstance(first, float) or row.goal is None:
        return None
    if math.isnan(value) or math.isnan(first) or value == first:
        return None
    return BETTER if (value > first) == (row.goal == "maximize") else WORSE


def _cell(row: Row, value: str | float | None, *, brief: bool, first: bool) -> str | None:
    if not isinstance(value, float):
        return value
    shown = f"{value:.6g}" if brief else number(value)
    base = row.values[0]
    if first or not isinstance(base, float) or not brief or value == base:
        return shown
    words = " ".join(filter(None, (f"{value - base:+.3g}", verdict(row, value))))
    return f"{shown} ({words})"


def _finite(value: str | float | None) -> str | float | None:
    """JSON has no NaN and no infinities; records_json.py writes them as the same words."""
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
