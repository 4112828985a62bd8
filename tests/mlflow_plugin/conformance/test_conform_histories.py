"""Curves: a metric's history, its pages, and samples of many runs."""

from __future__ import annotations

import math
from typing import Any

import pytest
from conformity import case
from grounds import INVALID, Place, refused, since_3_17

KEY = "loss"


def curve(at: Place) -> str:
    """A running run with a hundred points."""
    run = at.run("curve")
    at.batch(run, [(KEY, float(100 - step), 1000 + step, step) for step in range(100)])
    return run


def ended_curve(at: Place) -> str:
    """The same, ended."""
    run = at.run("ended curve")
    at.batch(run, [(KEY, float(100 - step), 1000 + step, step) for step in range(100)])
    at.end(run)
    return run


WORKS = pytest.mark.parametrize("work", [curve, ended_curve])


def points(found: list[Any]) -> list[tuple[Any, ...]]:
    """What points say of themselves."""
    return [(one.key, one.value, one.timestamp, one.step) for one in found]


@case
@WORKS
def test_a_history_is_whole_and_in_order(at: Place, work: Any) -> object:
    """By time."""
    found = at.store.get_metric_history(at.once(work), KEY)

    assert points(found) == [(KEY, float(100 - step), 1000 + step, step) for step in range(100)]
    assert found.token is None
    return points(found)


@case
def test_the_order_is_by_time_then_step_then_value(at: Place) -> object:
    """However they were logged."""
    run = at.run()
    for value, moment, step in ((3.0, 2, 5), (1.0, 2, 1), (2.0, 1, 9), (0.5, 2, 5), (9.0, 3, 0)):
        at.metric(run, KEY, value, time=moment, step=step)

    return points(at.store.get_metric_history(run, KEY))


@case
@WORKS
def test_a_history_comes_in_pages(at: Place, work: Any) -> object:
    """Each of the size that was asked for, the last one without a token."""
    run, pages, token = at.once(work), [], None
    while True:
        page = at.store.get_metric_history(run, KEY, max_results=40, page_token=token)
        pages.append(points(page))
        token = page.token
        if token is None:
            break

    assert [len(page) for page in pages] == [40, 40, 20]
    return pages


@case
@WORKS
@pytest.mark.parametrize("number", [0, 1, 99, 100, 101])
def test_a_history_has_a_limit(at: Place, work: Any, number: int) -> object:
    """With a token where more follows."""
    found = at.store.get_metric_history(at.once(work), KEY, max_results=number)

    assert len(found) == min(number, 100)
    assert (found.token is None) == (number >= 100)
    return points(found)


@case
@pytest.mark.parametrize("token", ["invalid_token", "eyJ4IjogMX0="])
def test_tokens_that_mean_nothing_are_refused(at: Place, token: str) -> None:
    """With MLflow's code for it."""
    refused(INVALID, ".", at.store.get_metric_history, at.once(curve), KEY, page_token=token)


@case
def test_nothing_has_an_empty_history(at: Place) -> object:
    """A key that nobody logged, and a run that is not there."""
    assert list(at.store.get_metric_history(at.once(curve), "nothing")) == []
    assert list(at.store.get_metric_history("0" * 32, KEY)) == []
    return []


@case
def test_a_deleted_run_s_history_is_read(at: Place) -> object:
    """It may be restored."""
    run = at.run()
    at.metric(run, KEY, 1.0)
    at.store.delete_run(run)

    assert points(at.store.get_metric_history(run, KEY)) == [(KEY, 1.0, 1, 0)]
    return []


def several(at: Place) -> list[str]:
    """Three runs, the second ended, the third without the metric."""
    experiment = at.experiment()
    runs = [at.run(name, experiment) for name in ("a", "b", "c")]
    for run in runs[:2]:
        at.batch(run, [(KEY, float(step), 10 + step, step) for step in range(5)])
    at.end(runs[1])
    at.metric(runs[2], "other", 1.0)
    return runs


def with_runs(found: list[Any]) -> list[tuple[Any, ...]]:
    """Points of several runs, whose ids come in any order."""
    return sorted((one.run_id, one.key, one.value, one.timestamp, one.step) for one in found)


@case
def test_histories_of_several_runs_come_at_once(at: Place) -> object:
    """Ordered by run, each in its order."""
    runs = at.once(several)
    found = at.store.get_metric_history_bulk([*runs, "0" * 32], KEY, 1000)

    assert [one.run_id for one in found] == sorted(runs[:2] * 5)
    assert [one.step for one in found] == [0, 1, 2, 3, 4] * 2
    return [(sorted(runs[:2]).index(one.run_id), one.value, one.timestamp, one.step) for one in found]


@case
@pytest.mark.parametrize("number", [1, 5, 7, 100])
def test_histories_of_several_runs_have_one_limit(at: Place, number: int) -> object:
    """Together."""
    found = at.store.get_metric_history_bulk(at.once(several), KEY, number)

    assert len(found) == min(number, 10)
    return [(one.value, one.step) for one in found]


@case
def test_the_highest_step_is_told(at: Place) -> object:
    """Nothing's is 0."""
    answers = [
        at.store.get_max_step_for_metric(at.once(work), key)
        for work in (curve, ended_curve)
        for key in (KEY, "nothing")
    ]

    assert answers == [99, 0, 99, 0]
    return answers


@case
@WORKS
def test_points_of_chosen_steps(at: Place, work: Any) -> object:
    """With a limit."""
    run = at.once(work)
    found = at.store.get_metric_history_bulk_interval_from_steps(run, KEY, [1, 50, 99, 200], 10)
    fewer = at.store.get_metric_history_bulk_interval_from_steps(run, KEY, [1, 50, 99, 200], 2)

    assert [one.step for one in found] == [1, 50, 99]
    assert [one.step for one in fewer] == [1, 50]
    assert {one.run_id for one in found} == {run}
    return points(found)


@since_3_17
@case
@WORKS
@pytest.mark.parametrize(
    ("number", "span"),
    [
        (1, (None, None)),
        (2, (None, None)),
        (7, (None, None)),
        (10, (None, None)),
        (99, (None, None)),
        (100, (None, None)),
        (320, (20, 30)),
        (4, (20, 30)),
        (10, (99, 200)),
        (10, (200, 300)),
        (0, (None, None)),
    ],
)
def test_a_sample_is_even_and_keeps_its_ends(
    at: Place, work: Any, number: int, span: tuple[int | None, int | None]
) -> object:
    """At most so many of a run, the last point always among them."""
    found = at.store.get_metric_history_bulk_interval([at.once(work)], KEY, number, *span)

    assert len(found) <= max(number, 1)
    return points(found)


@since_3_17
@case
@pytest.mark.parametrize("span", [(1, None), (None, 1)])
def test_a_span_has_both_ends(at: Place, span: tuple[int | None, int | None]) -> None:
    """Or none."""
    refused(
        INVALID,
        "Both start_step and end_step",
        at.store.get_metric_history_bulk_interval,
        [at.once(curve)],
        KEY,
        10,
        *span,
    )


@since_3_17
@case
def test_a_sample_of_several_runs(at: Place) -> object:
    """Each has its own, in the order of asking."""
    runs = at.once(several)
    found = at.store.get_metric_history_bulk_interval(runs, KEY, 3, None, None)

    assert [one.run_id for one in found] == [runs[0]] * 3 + [runs[1]] * 3
    return points(found)


@since_3_17
@case
def test_a_sample_of_one_step(at: Place) -> object:
    """Whoever never says a step logs all to 0."""
    run = at.run()
    at.batch(run, [(KEY, float(number), 1000 + number, 0) for number in range(500)])
    found = at.store.get_metric_history_bulk_interval([run], KEY, 50, None, None)

    assert len(found) == 50
    assert (found[0].value, found[-1].value) == (0.0, 499.0)
    return points(found)


@case
def test_a_sample_of_nothing(at: Place) -> object:
    """Is nothing; a few points are all there, NaN too."""
    run = at.run()
    at.metric(run, KEY, math.nan)
    found = at.store.get_metric_history_bulk_interval([run], KEY, 10, None, None)

    assert at.store.get_metric_history_bulk_interval([run], "nothing", 10, None, None) == []
    assert math.isnan(found[0].value)
    return points(found)
