"""What a plot of candidates is: which numbers stand against which, taken from rows of the index. Draws nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gitreg.errors import UsageError
from gitreg.index.language.fields import kind_of
from gitreg.index.language.tree import Field
from gitreg.index.row import Row
from gitreg.workflows.searching.columns import column_of, getter, title_of

DECADES = 100.0
"""Where the greatest of positive numbers is so many times the least, equal steps mean equal factors."""
MOST_SERIES = 6
HINT = "gitreg list --plot metrics.auc:params.lr"
_SPEC = re.compile(r"""((?:[^:`]|`(?:``|[^`])*`)+):((?:[^:`]|`(?:``|[^`])*`)+)""")
_CURVE = "curve"


@dataclass(frozen=True)
class Wanted:
    """What is to be drawn: a number over another, or (without `x`) the points of a metric over their steps."""

    y: Field
    x: Field | None


@dataclass(frozen=True)
class Series:
    """Points that belong together; joined by a line where they are a curve."""

    name: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    is_line: bool = False


@dataclass(frozen=True)
class Plot:
    """Numbers over numbers.

    Args:
        x: what the horizontal axis is.
        y: what the vertical axis is.
        series: of points, all of them finite.
        left_out: how many candidates have not both numbers.
    """

    x: str
    y: str
    series: tuple[Series, ...]
    left_out: int = 0

    @property
    def is_log_x(self) -> bool:
        """Whether equal steps to the right are equal factors."""
        return _spans_decades(value for one in self.series for value in one.xs)

    @property
    def is_log_y(self) -> bool:
        """Whether equal steps upwards are equal factors."""
        return _spans_decades(value for one in self.series for value in one.ys)


def wanted_plot(text: str) -> Wanted:
    """What `metrics.auc:params.lr` or `curve:loss` asks for.

    Raises:
        UsageError: if it is neither.
    """
    match = _SPEC.fullmatch(text)
    if match is None:
        raise UsageError(f"--plot: {text[:80]!a} is neither METRIC:PARAM nor curve:METRIC", hint=HINT)
    if match[1] == _CURVE:
        key = match[2].removeprefix("metrics.")
        return Wanted(column_of(f"metrics.{key}"), None)
    return Wanted(_number_field(match[1]), _number_field(match[2]))


def scatter(rows: Iterable[Row], wanted: Wanted) -> Plot:
    """One point for each candidate that has both numbers; a series for each experiment, where they are few.

    Raises:
        UsageError: if the plot has no horizontal field.
    """
    if wanted.x is None:
        raise UsageError("a curve is not made of rows", hint=HINT)
    get_x, get_y = getter(wanted.x), getter(wanted.y)
    points: dict[str, list[tuple[float, float]]] = {}
    left_out = 0
    for row in rows:
        x, y = _finite(get_x(row)), _finite(get_y(row))
        if x is None or y is None:
            left_out += 1
        else:
            points.setdefault(row.experiment, []).append((x, y))
    return Plot(title_of(wanted.x), title_of(wanted.y), _series(points), left_out)


def _series(points: dict[str, list[tuple[float, float]]]) -> tuple[Series, ...]:
    if len(points) > MOST_SERIES:
        points = {f"{len(points)} experiments": [point for some in points.values() for point in some]}
    return tuple(_of(name, some) for name, some in sorted(points.items()))


def _of(name: str, points: Sequence[tuple[float, float]]) -> Series:
    return Series(name, tuple(x for x, _ in points), tuple(y for _, y in points))


def _number_field(name: str) -> Field:
    field = column_of(name.strip())
    if kind_of(field) not in {"number", "value"}:
        raise UsageError(f"--plot: {title_of(field)} is no number", hint=HINT)
    return field


def _finite(value: object) -> float | None:
    """The number that a value is, or that a text is meant as."""
    try:
        number = float(value) if isinstance(value, (str, int, float)) else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _spans_decades(values: Iterable[float]) -> bool:
    numbers = list(values)
    return bool(numbers) and min(numbers) > 0 and max(numbers) / min(numbers) >= DECADES
