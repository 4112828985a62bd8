"""Metric points, and what a record keeps of them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from gitreg.domain.candidate import Curve
from gitreg.domain.record import time_text


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One value of one metric, with the step and time it was logged with, where there were any."""

    key: str
    value: float
    step: int | None = None
    time: datetime | None = None


@dataclass(frozen=True)
class Folded:
    """What a candidate's record keeps of all its points; `table` is curves.csv, empty without curves."""

    metrics: dict[str, float]
    points: dict[str, tuple[int, datetime | None]]
    curves: dict[str, Curve]
    table: bytes


def fold(points: Iterable[MetricPoint]) -> Folded:
    """Last values, their places, summaries of curves, and the table of every point of a curve.

    A last value is the one with the highest step, then the latest time, then the greatest value, as MLflow decides it
    (NaN is the smallest of values).
    """
    by_key: dict[str, list[MetricPoint]] = {}
    for point in points:
        by_key.setdefault(point.key, []).append(point)
    last = {key: max(series, key=_order) for key, series in by_key.items()}
    long = {key: series for key, series in by_key.items() if len(series) > 1}
    return Folded(
        metrics={key: point.value for key, point in last.items()},
        points={
            key: (point.step or 0, point.time)
            for key, point in last.items()
            if point.step is not None or point.time is not None
        },
        curves={key: _summary(series) for key, series in long.items()},
        table=_table(long),
    )


def _order(point: MetricPoint) -> tuple[int, float, bool, float]:
    number = not math.isnan(point.value)
    return (
        point.step or 0,
        point.time.timestamp() if point.time else 0.0,
        number,
        point.value if number else 0.0,
    )


def _summary(series: list[MetricPoint]) -> Curve:
    numbers = [point.value for point in series if not math.isnan(point.value)] or [math.nan]
    return Curve(points=len(series), min=min(numbers), max=max(numbers))


def _table(long: dict[str, list[MetricPoint]]) -> bytes:
    if not long:
        return b""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["metric", "step", "time", "value"])
    for key, series in long.items():
        for point in series:
            rows.writerow(
                [key, point.step or 0, time_text(point.time) if point.time else "", repr(point.value)]
            )
    return text.getvalue().encode()
