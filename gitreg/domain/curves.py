"""Metric points, and what a record keeps of them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Self

from gitreg.domain.candidate import Curve
from gitreg.domain.record import MAX_INTEGER
from gitreg.domain.times import time_text


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One value of one metric, with the step and time it was logged with, where there were any.

    Args:
        key: the metric.
        value: its value; NaN and infinities are values.
        step: the step.
        time: when it was measured.
        model: id of the logged model that it was measured of, if of one.
        data: name and MLflow's digest of the data that it was measured on, if that was said.
    """

    key: str
    value: float
    step: int | None = None
    time: datetime | None = None
    model: str | None = None
    data: tuple[str, str] | None = None


@dataclass(frozen=True)
class Folded:
    """What a candidate's record keeps of all its points; `table` is curves.csv, empty without curves."""

    metrics: dict[str, float]
    points: dict[str, tuple[int, datetime | None]]
    curves: dict[str, Curve]
    table: bytes


HEAD = "metric,step,time,value\n"
"""The first line of a table of points."""


@dataclass(slots=True)
class _Series:
    """What is known of one metric so far."""

    last: MetricPoint
    order: tuple[int, float, bool, float]
    count: int = 0
    low: float = math.inf
    high: float = -math.inf
    has_numbers: bool = False


class Folding:
    """Points, folded as they come: their number costs no memory, only that of their keys does.

    A last value is the one with the highest step, then the latest time, then the greatest value, as MLflow decides it
    (NaN is the smallest of values).
    """

    def __init__(self) -> None:
        self._series: dict[str, _Series] = {}

    def add(self, point: MetricPoint) -> None:
        """Takes the next point."""
        order = _order(point)
        series = self._series.get(point.key)
        if series is None:
            series = self._series[point.key] = _Series(point, order)
        elif order > series.order:
            series.last, series.order = point, order
        series.count += 1
        if not math.isnan(point.value):
            series.has_numbers = True
            series.low, series.high = min(series.low, point.value), max(series.high, point.value)

    def add_earlier(self, last: MetricPoint, curve: Curve) -> None:
        """Takes points that were folded before, by the last of them and their summary."""
        order = _order(last)
        series = self._series.get(last.key)
        if series is None:
            series = self._series[last.key] = _Series(last, order)
        elif order > series.order:
            series.last, series.order = last, order
        series.count += curve.points
        if not math.isnan(curve.min):
            series.has_numbers = True
            series.low, series.high = min(series.low, curve.min), max(series.high, curve.max)

    def put_down(self) -> dict[str, list[Any]]:
        """What is known so far as JSON, for `taken_up`: by key the last point's value, step and time, and the summary."""
        return {
            key: [
                one.last.value,
                one.last.step,
                _text(one.last.time),
                one.count,
                one.low,
                one.high,
                one.has_numbers,
            ]
            for key, one in self._series.items()
        }

    @classmethod
    def taken_up(cls, words: Mapping[str, Sequence[Any]]) -> Self:
        """What was put down, to go on from there.

        Raises:
            ValueError: if that is not what it was.
        """
        folding = cls()
        try:
            for key, (value, step, time, *summary) in words.items():
                last = MetricPoint(key, float(value), step, datetime.fromisoformat(time) if time else None)
                folding._series[key] = _Series(last, _order(last), *summary)
        except (TypeError, AttributeError) as error:
            raise ValueError("these are no folded points") from error
        return folding

    def curves(self) -> dict[str, Curve]:
        """Summaries of the metrics that have more than one point: those whose points the table holds."""
        return {key: _summary(series) for key, series in self._series.items() if series.count > 1}

    def folded(self, table: bytes = b"") -> Folded:
        """What a record keeps of them, with the table that was written beside."""
        last = {key: series.last for key, series in self._series.items()}
        return Folded(
            metrics={key: point.value for key, point in last.items()},
            points={
                key: (point.step or 0, point.time)
                for key, point in last.items()
                if point.step is not None or point.time is not None
            },
            curves=self.curves(),
            table=table,
        )


def fold(points: Iterable[MetricPoint]) -> Folded:
    """Last values, their places, summaries of curves, and the table of every point of a curve, in memory."""
    folding, rows = Folding(), dict[str, list[str]]()
    for point in points:
        folding.add(point)
        rows.setdefault(point.key, []).append(row(point))
    long = [line for key in folding.curves() for line in rows[key]]
    return folding.folded("".join([HEAD, *long]).encode() if long else b"")


def points_of(table: Iterable[str]) -> Iterator[MetricPoint]:
    """The points of a table, in its order, without those who were measured: a table does not hold that.

    Args:
        table: its lines, with their ends as they are.

    Raises:
        ValueError: if these are not the lines of a table.
    """
    try:
        for cells in csv.DictReader(table):
            time = datetime.fromisoformat(cells["time"]) if cells["time"] else None
            step = int(cells["step"])
            if abs(step) > MAX_INTEGER:
                raise ValueError("a step is a 64-bit number")
            yield MetricPoint(cells["metric"], float(cells["value"]), step, time)
    except (KeyError, TypeError, csv.Error) as error:
        raise ValueError("this is no table of points") from error


def lines_about(metric: str, table: Iterable[str]) -> Iterator[str]:
    """The lines of a table that are about one metric, and its first: reading a line takes ten times as long as skipping it."""
    start = f"{_quoted(metric)},"
    for number, line in enumerate(table):
        if not number or line.startswith(start):
            yield line


def row(point: MetricPoint) -> str:
    """A point's line in the table."""
    time = time_text(point.time) if point.time else ""
    return f"{_quoted(point.key)},{point.step or 0},{time},{point.value!r}\n"


@lru_cache(maxsize=4096)
def _quoted(key: str) -> str:
    """A key as a cell of CSV (RFC 4180)."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([key])
    return text.getvalue()


def _text(time: datetime | None) -> str | None:
    return time_text(time) if time else None


def _order(point: MetricPoint) -> tuple[int, float, bool, float]:
    number = not math.isnan(point.value)
    return (
        point.step or 0,
        point.time.timestamp() if point.time else 0.0,
        number,
        point.value if number else 0.0,
    )


def _summary(series: _Series) -> Curve:
    if not series.has_numbers:
        return Curve(points=series.count, min=math.nan, max=math.nan)
    return Curve(points=series.count, min=series.low, max=series.high)
