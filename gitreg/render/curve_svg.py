"""A plot of curves as SVG that stands in a page: lines, axes, and words for those who do not see it. No scripts, no styles.

Colours come from the page by classes (`curve-0`, `curve-1`, ...), so that one drawing is good for light, dark and paper; dashes
tell series apart where there is no colour. Text alternatives: https://www.w3.org/TR/svg-aam-1.0/.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from gitreg.safe import xml
from gitreg.workflows.searching.plots import Plot, Series

WIDTH, HEIGHT = 440, 230
LEFT, RIGHT, TOP, BOTTOM = 62, 12, 10, 40
TICKS = 4
DASHES = ("", "6 4", "2 3", "8 3 2 3")
NAME = 80
"""Characters of a name at most."""


@dataclass(frozen=True)
class Axis:
    """One direction: which values it spans, and from where to where it is drawn.

    Args:
        low: the smallest value; its logarithm where `log`.
        high: the greatest, above `low`.
        start: where `low` is drawn.
        end: where `high` is drawn.
        log: whether equal steps are equal factors.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool

    @classmethod
    def over(cls, values: Sequence[float], start: float, end: float, *, log: bool) -> Axis:
        """The axis of these values, a little longer than they span."""
        scaled = [math.log10(value) for value in values] if log else values
        low, high = min(scaled), max(scaled)
        room = (high / 2 - low / 2) * 0.08 or abs(high) * 0.05 or 1.0
        return cls(_finite(low - room), _finite(high + room), start, end, log)

    def place(self, value: float) -> float:
        """Where a value is drawn."""
        scaled = math.log10(value) if self.log else value
        # halves, for the whole may be more than a float holds
        part = (scaled / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return self.start + part * (self.end - self.start)

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Round values in the span: where they are drawn, and their text."""
        step = _round_step((self.high / 2 - self.low / 2) * 2 / TICKS, whole=self.log)
        first = math.ceil(self.low / step) if step else 0
        for number in range(first, first + 3 * TICKS):
            scaled = number * step
            if not step or scaled > self.high:
                return
            part = (scaled / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
            yield self.start + part * (self.end - self.start), _text(scaled, log=self.log)


def curve_svg(plot: Plot, ident: str) -> str:
    """The drawing, as an element of HTML or XML.

    Args:
        plot: with at least one series, all of its numbers finite.
        ident: unique in the page; of letters, digits and `-`.
    """
    xs = Axis.over([x for one in plot.series for x in one.xs], LEFT, WIDTH - RIGHT, log=plot.is_log_x)
    ys = Axis.over([y for one in plot.series for y in one.ys], HEIGHT - BOTTOM, TOP, log=plot.is_log_y)
    words = f'role="img" aria-labelledby="{ident}-title {ident}-desc"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {words}>',
        f'<title id="{ident}-title">{_words(plot.y)} over {_words(plot.x)}</title>',
        f'<desc id="{ident}-desc">{"; ".join(map(_description, plot.series))}</desc>',
        *_grid(xs, ys),
        *(_line(one, at, xs, ys) for at, one in enumerate(plot.series)),
        *_names(plot),
        "</svg>",
    ]
    return "\n".join(lines)


def _grid(xs: Axis, ys: Axis) -> Iterator[str]:
    for at, text in ys.ticks():
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>'
        yield f'<text class="tick" x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{text}</text>'
    for at, text in xs.ticks():
        yield f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 4}"/>'
        yield f'<text class="tick" x="{at:.1f}" y="{HEIGHT - BOTTOM + 17}" text-anchor="middle">{text}</text>'
    yield f'<path class="axis" d="M{LEFT} {TOP}V{HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>'


def _line(one: Series, at: int, xs: Axis, ys: Axis) -> str:
    points = " ".join(f"{xs.place(x):.1f},{ys.place(y):.1f}" for x, y in zip(one.xs, one.ys, strict=True))
    dashes = DASHES[at % len(DASHES)]
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<polyline class="curve-{at % len(DASHES)}" fill="none" stroke-width="2"{dashed} points="{points}"/>'
    )


def _names(plot: Plot) -> Iterator[str]:
    middle = (LEFT + WIDTH - RIGHT) / 2
    log = ", logarithmic" if plot.is_log_x else ""
    yield f'<text class="tick" x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">{_words(plot.x)}{log}</text>'


def _description(one: Series) -> str:
    return (
        f"{_words(one.name)}: from {one.ys[0]:.4g} to {one.ys[-1]:.4g},"
        f" lowest {min(one.ys):.4g}, highest {max(one.ys):.4g}"
    )


def _words(words: str) -> str:
    return escape(xml(words[:NAME]))


def _text(value: float, *, log: bool) -> str:
    if not log:
        return f"{value:.4g}"
    return f"1e{value:.0f}" if abs(value) > 4 else f"{10**value:.4g}"


def _round_step(width: float, *, whole: bool) -> float:
    """The next of 1, 2, 5, 10 ... times a power of ten; 0 where there is none."""
    if not width or not math.isfinite(width):
        return 0.0
    power = 10.0 ** math.floor(math.log10(width))
    step = next((power * factor for factor in (1, 2, 5, 10) if power * factor >= width), 0.0)
    return max(1.0, math.ceil(step)) if whole else step


def _finite(value: float) -> float:
    return min(max(value, -sys.float_info.max), sys.float_info.max)
