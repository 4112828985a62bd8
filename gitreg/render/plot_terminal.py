"""Plots on a terminal. The only module that loads plotille, and only where a plot is asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import plotille

from gitreg.safe import one_line
from gitreg.workflows.searching.plots import Plot, Series

COLOURS = ("blue", "red", "green", "magenta", "cyan", "yellow")
MARKS = "*+ox#@"
BRAILLE = range(0x2801, 0x2900)
BLANK = "\u2800"
BESIDE = 20
"""Columns of a plot's frame, labels and arrow."""
BELOW = 10
NAME = 60
NARROWEST, LOWEST = 20, 6


def plot_text(plot: Plot, width: int, height: int, *, colour: bool, plain: bool) -> str:
    """The plot, drawn in points of braille, or in ASCII where that is wanted.

    Args:
        plot: what is drawn; it has a point at least.
        width: columns there are.
        height: lines there are.
        colour: whether series are told apart by colour too.
        plain: whether nothing but ASCII is drawn.
    """
    figure = plotille.Figure()
    figure.width = max(NARROWEST, width - BESIDE)
    figure.height = max(LOWEST, height - BELOW - len(plot.series))
    figure.with_colors, figure.color_mode, figure.origin = colour, "names", False
    figure.x_label, figure.y_label = "x", "y"
    figure.register_label_formatter(float, _tick)
    to_x, to_y = _scale(log=plot.is_log_x), _scale(log=plot.is_log_y)
    figure.set_x_limits(*_limits([to_x(x) for one in plot.series for x in one.xs]))
    figure.set_y_limits(*_limits([to_y(y) for one in plot.series for y in one.ys]))
    figure.x_ticks_fkt = lambda low, _: _written(low, log=plot.is_log_x)
    figure.y_ticks_fkt = lambda low, _: _written(low, log=plot.is_log_y)
    for at, one in enumerate(plot.series):
        _add(figure, one, at, [to_x(x) for x in one.xs], [to_y(y) for y in one.ys])
    drawn = figure.show(legend=False)
    lines = [*(_plain(drawn) if plain else drawn).splitlines(), *_axes(plot), *_legend(plot.series)]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _add(figure: plotille.Figure, series: Series, at: int, xs: Sequence[float], ys: Sequence[float]) -> None:
    colour, mark = COLOURS[at % len(COLOURS)], MARKS[at % len(MARKS)]
    if series.is_line:
        figure.plot(xs, ys, lc=colour)
        xs, ys = _some(xs), _some(ys)
    # the marks tell series apart where there is no colour
    figure.scatter(xs, ys, lc=colour, marker=mark)


def _some(values: Sequence[float]) -> list[float]:
    """A mark here and there on a line."""
    return list(values[:: max(1, len(values) // 20)])


def _legend(series: Sequence[Series]) -> list[str]:
    if len(series) < 2 and not any(one.is_line for one in series):
        return []
    return [f"  {MARKS[at % len(MARKS)]} {one_line(one.name)[:NAME]}" for at, one in enumerate(series)]


def _axes(plot: Plot) -> list[str]:
    said = (("y", plot.y, plot.is_log_y), ("x", plot.x, plot.is_log_x))
    return [f"  {axis}: {one_line(name)[:NAME]}{' (log)' if log else ''}" for axis, name, log in said]


def _scale(*, log: bool) -> Callable[[float], float]:
    return math.log10 if log else float


def _limits(values: Sequence[float]) -> tuple[float, float]:
    """A little more than the values span, and something where that is nothing."""
    low, high = min(values), max(values)
    room = (high - low) * 0.02 or abs(high) * 0.1 or 1.0
    return low - room, high + room


def _written(value: float, *, log: bool) -> str:
    return f"{10**value if log else value:.4g}"


def _tick(value: float, chars: int, delta: float, left: bool = False) -> str:  # noqa: ARG001, FBT001, FBT002 - plotille's
    text = f"{value:.4g}"
    return text.ljust(chars) if left else text.rjust(chars)


def _plain(drawn: str) -> str:
    """Braille as ASCII: a point wherever one or more of the eight are set."""
    return "".join(" " if one == BLANK else "." if ord(one) in BRAILLE else one for one in drawn)
