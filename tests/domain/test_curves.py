"""Metric points: which value is the last, and what is kept of the rest."""

from __future__ import annotations

import csv
import io
import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.domain.curves import MetricPoint, fold, lines_about, points_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LATER = NOW + timedelta(microseconds=1)


@pytest.mark.parametrize(("points", "last"), [
    ([(1.0, 0, None), (2.0, 1, None), (0.5, 2, None)], 0.5),
    ([(0.5, 2, None), (2.0, 1, None)], 0.5),
    ([(1.0, 5, NOW), (2.0, 5, LATER)], 2.0),
    ([(3.0, 5, NOW), (2.0, 5, NOW)], 3.0),
    ([(math.nan, 5, NOW), (-5.0, 5, NOW)], -5.0),
    ([(1.0, None, None), (2.0, None, None)], 2.0),
    ([(1.0, -3, None), (9.0, -4, None)], 1.0),
    ([(math.inf, 1, None), (1.0, 1, None)], math.inf),
])  # fmt: skip
def test_the_last_value(points, last):
    """Highest step, then latest time, then greatest value, NaN being the smallest."""
    folded = fold(MetricPoint("m", *point) for point in points)

    assert folded.metrics == {"m": last}


def test_one_point_is_no_curve():
    """A single value needs no table."""
    folded = fold([MetricPoint("auc", 0.9)])

    assert (folded.metrics, folded.points, folded.curves, folded.table) == ({"auc": 0.9}, {}, {}, b"")


def test_a_step_or_time_is_kept():
    """Where a last value was logged with either."""
    folded = fold([MetricPoint("a", 1.0, step=7), MetricPoint("b", 1.0, time=NOW), MetricPoint("c", 1.0)])

    assert folded.points == {"a": (7, None), "b": (0, NOW)}


def test_a_summary_leaves_nan_out():
    """Smallest and largest of the numbers; of NaN alone they are NaN."""
    folded = fold(
        [MetricPoint("a", value) for value in (1.0, math.nan, -2.0)] + [MetricPoint("n", math.nan)] * 2
    )

    assert (folded.curves["a"].points, folded.curves["a"].min, folded.curves["a"].max) == (3, -2.0, 1.0)
    assert math.isnan(folded.curves["n"].min)


def test_a_time_without_a_zone_is_refused():
    """Nobody could know which moment it is."""
    with pytest.raises(ValueError, match="zone"):
        fold([MetricPoint("a", 1.0, time=datetime(2026, 1, 1)), MetricPoint("a", 2.0)])  # noqa: DTZ001


@pytest.mark.parametrize(
    "line",
    [
        f"a,{10**30},,1.0\n",
        f"a,{2**63},,1.0\n",
        "a,1,,x\n",
        "a,x,,1.0\n",
        "a,1,when,1.0\n",
        "a\n",
        f'"{"a" * 200_000}",1,,1.0\n',
        '"a,1,,1.0\x00\n',
    ],
)
def test_a_strangers_table_that_is_none_is_refused(line):
    """In one way, whatever is wrong with it."""
    with pytest.raises(ValueError):  # noqa: PT011 - each has words of its own
        list(points_of(["metric,step,time,value\n", line]))


def test_nothing_is_nothing():
    """No points at all."""
    assert fold([]).metrics == {}


keys = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=5)
points = st.builds(
    MetricPoint, keys, st.floats(), st.none() | st.integers(-(2**63) + 1, 2**63 - 1),
    st.none() | st.datetimes(timezones=st.just(UTC)),
)  # fmt: skip


@given(st.lists(points, max_size=8))
@settings(max_examples=150)
def test_the_table_has_every_point_of_a_curve(logged):
    """What is read back from the CSV is what was logged, in its order, for each metric with more than one point."""
    folded = fold(logged)

    rows = list(csv.reader(io.StringIO(folded.table.decode(), newline="")))[1:]
    for key in folded.curves:
        mine = [point for point in logged if point.key == key]
        assert [repr(float(row[3])) for row in rows if row[0] == key] == [repr(point.value) for point in mine]
        assert [int(row[1]) for row in rows if row[0] == key] == [point.step or 0 for point in mine]
    assert folded.metrics.keys() == {point.key for point in logged}


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "ab", 'a"b', "a,b", "b"]), st.floats(allow_nan=False)), max_size=20
    )
)
def test_the_lines_about_a_metric_are_its_points(logged):
    """Whatever its name has that CSV quotes, and whatever other names begin with it."""
    table = fold([MetricPoint(key, value, step) for step, (key, value) in enumerate(logged)]).table.decode()
    every = list(points_of(io.StringIO(table, newline="")))

    for key in {one.key for one in every}:
        lines = lines_about(key, io.StringIO(table, newline=""))
        assert list(points_of(lines)) == [one for one in every if one.key == key]
