"""Drawings of curves: whole for whatever numbers there are, and thinned without losing what stands out."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.render.curve_svg import HEIGHT, WIDTH, curve_svg
from gitreg.workflows.report.thinning import PLACES, Thinned
from gitreg.workflows.searching.plots import Plot, Series

SVG = "{http://www.w3.org/2000/svg}"
numbers = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=8)


def plot(*curves: list[float], name: str = "a") -> Plot:
    """Curves over steps 1, 2, 3."""
    series = (
        Series(name, tuple(map(float, range(1, len(one) + 1))), tuple(one), is_line=True) for one in curves
    )
    return Plot("step", "loss", tuple(series))


def points(drawn: str) -> list[list[tuple[float, float]]]:
    """Where the lines go."""
    return [
        [(float(x), float(y)) for x, y in (one.split(",") for one in line.get("points", "").split())]
        for line in ET.fromstring(drawn).iter(f"{SVG}polyline")
    ]


@given(numbers, numbers)
@settings(max_examples=150, deadline=None)
def test_any_numbers_are_drawn_inside(one: list[float], two: list[float]) -> None:
    """However large, small, equal or far apart; and it is XML."""
    for line in points(curve_svg(plot(one, two), "x")):
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in line)


def test_what_is_higher_is_drawn_higher() -> None:
    """And what is later further to the right."""
    ((first, second, third),) = points(curve_svg(plot([1.0, 3.0, 2.0]), "x"))

    assert first[0] < second[0] < third[0]
    assert second[1] < third[1] < first[1]


def test_axes_have_round_numbers() -> None:
    """A few of them, of the value's own size; powers of ten where values span decades."""
    words = re.findall(r'text-anchor="end">([^<]*)<', curve_svg(plot([0.0, 0.93]), "x"))
    log = re.findall(r'text-anchor="end">([^<]*)<', curve_svg(plot([1.0, 10.0, 5000.0]), "x"))

    assert words == ["0", "0.5"]
    assert log == ["1", "10", "100", "1000"]


def test_a_drawing_tells_itself_in_words() -> None:
    """What, from where to where, how low and high."""
    drawn = ET.fromstring(curve_svg(plot([1.0, 0.25], [2.0, 0.5], name="<b>&"), "curve-1"))

    assert drawn.get("aria-labelledby") == "curve-1-title curve-1-desc"
    assert drawn.findtext(f"{SVG}title") == "loss over step"
    assert (drawn.findtext(f"{SVG}desc") or "").startswith("<b>&: from 1 to 0.25, lowest 0.25, highest 1; ")


def test_series_differ_by_more_than_colour() -> None:
    """The second is dashed."""
    first, second = ET.fromstring(curve_svg(plot([1.0, 2.0], [2.0, 3.0]), "x")).iter(f"{SVG}polyline")

    assert (first.get("stroke-dasharray"), second.get("stroke-dasharray")) == (None, "6 4")


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(-9, 9)), max_size=900))
@settings(max_examples=100, deadline=None)
def test_a_thinned_curve_keeps_its_bounds(given_: list[tuple[int, float]]) -> None:
    """Few points, the lowest, the highest and the last among them, all of them the curve's own."""
    curve = Thinned()
    for step, value in given_:
        curve.add(step, value)

    kept = curve.points()

    assert len(kept) <= 2 * PLACES + 1
    assert kept == sorted(kept, key=lambda one: one[0])
    if given_:
        values = [value for _, value in given_]
        assert {min(values), max(values), values[-1]} <= {value for _, value in kept}


@pytest.mark.parametrize("count", [1, 2, 399, 1_237, 100_000])
def test_a_long_curve_is_thinned_evenly(count: int) -> None:
    """A wave of any length stays a wave."""
    curve = Thinned()
    for step in range(count):
        curve.add(step, math.sin(step / count * 6.28))

    kept = curve.points()

    assert len(kept) <= 2 * PLACES + 1
    assert kept[-1][1] == math.sin((count - 1) / count * 6.28)
    gaps = [two[0] - one[0] for one, two in pairwise(kept)]
    assert not gaps or max(gaps) <= max(1, count / PLACES * 4)


def test_points_without_steps_are_counted() -> None:
    """All at step 0: their order is all there is."""
    curve = Thinned()
    for value in (0.3, 0.1, 0.2):
        curve.add(0, value)

    assert curve.points() == [(1.0, 0.3), (2.0, 0.1), (3.0, 0.2)]
