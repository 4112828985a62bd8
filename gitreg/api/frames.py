"""Rows as columns for pandas and Arrow, where these are installed: metrics are floats, params text, times in UTC."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from gitreg.errors import UsageError
from gitreg.index.row import Row
from gitreg.workflows.searching.columns import GROUPS, attributes, getter, title_of

ATTRIBUTES = (
    "id", "experiment", "name", "status", "created", "finished", "author", "parent", "notes", "code.commit",
    "code.branch", "code.repository", "code.dirty", "artifacts.files", "artifacts.size", "deleted",
)  # fmt: skip
TIMES = frozenset({"created", "finished", "deleted"})
WHOLE = frozenset({"artifacts.files", "artifacts.size"})


@dataclass
class Columns:
    """Values by column, all of one length; None where a candidate has nothing."""

    length: int = 0
    attributes: dict[str, list[Any]] = field(default_factory=dict)
    named: dict[str, dict[str, list[Any]]] = field(default_factory=lambda: {group: {} for group in GROUPS})

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Columns:
        """The columns that rows make, read once."""
        columns = cls()
        getters = [(title_of(one), getter(one)) for one in attributes(*ATTRIBUTES)]
        columns.attributes = {title: [] for title, _ in getters}
        for row in rows:
            for title, get in getters:
                columns.attributes[title].append(get(row))
            for group in GROUPS:
                columns._add(group, getattr(row, group))
            columns.length += 1
        columns._fill(columns.length)
        return columns

    def _add(self, group: str, values: dict[str, Any]) -> None:
        known = self.named[group]
        for key, value in values.items():
            column = known.setdefault(key, [])
            if len(column) < self.length:
                column.extend([None] * (self.length - len(column)))
            column.append(value)

    def _fill(self, length: int) -> None:
        for known in self.named.values():
            for column in known.values():
                column.extend([None] * (length - len(column)))


def arrow_table(rows: Iterable[Row]) -> Any:  # noqa: ANN401 - a pyarrow.Table, where there is pyarrow
    """A `pyarrow.Table`; a metric's NaN is NaN in it, and no value is null."""
    arrow = _library("pyarrow")
    columns = Columns.of(rows)
    types = {
        title: arrow.timestamp("us", tz="UTC") if title in TIMES
        else arrow.int64() if title in WHOLE else arrow.bool_() if title == "code.dirty" else arrow.string()
        for title in columns.attributes
    }  # fmt: skip
    arrays = {title: arrow.array(values, types[title]) for title, values in columns.attributes.items()}
    for group, known in columns.named.items():
        kind = arrow.float64() if group == "metrics" else arrow.string()
        arrays |= {f"{group}.{key}": arrow.array(known[key], kind) for key in sorted(known)}
    return arrow.table(arrays)


def pandas_frame(rows: Iterable[Row]) -> Any:  # noqa: ANN401 - a pandas.DataFrame, where there is pandas
    """A `pandas.DataFrame`; a metric that is absent is NaN in it, as pandas has no other floats."""
    pandas = _library("pandas")
    columns = Columns.of(rows)
    series: dict[str, Any] = {}
    for title, values in columns.attributes.items():
        series[title] = _series(pandas, title, values)
    for group, known in columns.named.items():
        kind = "float64" if group == "metrics" else "str"
        for key in sorted(known):
            series[f"{group}.{key}"] = pandas.Series(known[key], dtype=kind)
    return pandas.DataFrame(series)


def _series(pandas: Any, title: str, values: Sequence[Any]) -> Any:  # noqa: ANN401 - pandas is no dependency
    if title in TIMES:
        return pandas.Series(values, dtype="datetime64[us, UTC]")
    if title in WHOLE:
        return pandas.Series(values, dtype="Int64")
    return pandas.Series(values, dtype="bool" if title == "code.dirty" else "str")


def _library(name: str) -> Any:  # noqa: ANN401
    try:
        return importlib.import_module(name)  # of weight, and not everybody's: ADR 5
    except ModuleNotFoundError:
        raise UsageError(f"{name} is not installed in this environment", hint=f"pip install {name}") from None
