"""Logging: parameters, metrics and batches, to running and to ended runs."""

from __future__ import annotations

import math

import pytest
from conformity import case
from grounds import INVALID, Place, refused, told

LARGEST = 1.7976931348623157e308


@case
@pytest.mark.parametrize("running", [True, False])
def test_parameters_are_logged(at: Place, running: bool) -> object:
    """Once each; the same value again is no change."""
    run = at.run()
    if not running:
        at.end(run)
    at.param(run, "rate", "0.1")
    at.param(run, "depth", "3")
    at.param(run, "depth", "3")

    assert at.store.get_run(run).data.params == {"rate": "0.1", "depth": "3"}
    return told(at.store.get_run(run))


@case
@pytest.mark.parametrize("running", [True, False])
def test_another_value_of_a_parameter_is_refused(at: Place, running: bool) -> object:
    """By itself and in a batch, of which nothing is logged then."""
    run = at.run()
    at.param(run, "rate", "0.1")
    if not running:
        at.end(run)

    refused(INVALID, "Changing param values is not allowed", at.param, run, "rate", "0.2")
    refused(
        INVALID,
        "Changing param values is not allowed",
        at.batch,
        run,
        [("loss", 1.0, 1, 0)],
        [("new", "1"), ("rate", "0.2")],
        [("kind", "x")],
    )
    found = at.store.get_run(run).data
    assert found.params == {"rate": "0.1"}
    assert found.metrics == {}
    assert "kind" not in found.tags
    return []


@case
def test_any_text_is_a_parameter_s_value(at: Place) -> object:
    """It comes back as it was, while the run runs and after."""
    texts = (
        "",
        " ",
        " x ",
        "ünï",
        "a\nb",
        "x" * 6000,
        "1e-3",
        "None",
        "true",
        "[1, 2]",
        "'",
        '"',
        "- a",
        "a: b",
    )
    run, params = at.run(), {f"key {number}": text for number, text in enumerate(texts)}
    for key, text in params.items():
        at.param(run, key, text)
    before = at.store.get_run(run).data.params
    at.end(run)

    assert before == at.store.get_run(run).data.params == params
    return before


@case
def test_longer_parameters_are_cut_or_refused(at: Place, monkeypatch: pytest.MonkeyPatch) -> object:
    """As MLflow's variable says; 6,000 characters are the limit, alone and in a batch."""
    run = at.run()
    monkeypatch.setenv("MLFLOW_TRUNCATE_LONG_VALUES", "false")
    refused(INVALID, "exceeds the maximum length", at.param, run, "one", "x" * 6001)
    refused(INVALID, "exceeds the maximum length", at.batch, run, [], [("two", "x" * 6001)])
    monkeypatch.setenv("MLFLOW_TRUNCATE_LONG_VALUES", "true")
    at.param(run, "one", "x" * 6001)
    at.batch(run, [], [("two", "x" * 6001)])

    assert at.store.get_run(run).data.params == {"one": "x" * 6000, "two": "x" * 6000}
    return []


@case
def test_a_cut_parameter_may_be_logged_again(at: Place) -> object:
    """It is compared as it was cut."""
    run = at.run()
    at.param(run, "one", "x" * 7000)
    at.param(run, "one", "x" * 7000)
    at.batch(run, [], [("one", "x" * 6500)])

    assert at.store.get_run(run).data.params == {"one": "x" * 6000}
    return []


@case
@pytest.mark.parametrize("running", [True, False])
def test_metrics_are_logged(at: Place, running: bool) -> object:
    """The run shows the last, the history all."""
    run = at.run()
    if not running:
        at.end(run)
    at.metric(run, "loss", 2.0, time=10, step=0)
    at.metric(run, "loss", 1.0, time=20, step=1)
    at.metric(run, "auc", 0.5, time=30)

    assert at.store.get_run(run).data.metrics == {"loss": 1.0, "auc": 0.5}
    assert at.history(run, "loss") == [(0, 10, 2.0), (1, 20, 1.0)]
    return told(at.store.get_run(run))


@case
@pytest.mark.parametrize("running", [True, False])
def test_the_last_metric_has_the_highest_step_then_time_then_value(at: Place, running: bool) -> object:
    """Whatever order they are logged in; the same point twice is one."""
    run = at.run()
    points = [
        (0, 100, 1000.0),
        (3, 40, 100.0),
        (3, 50, 10.0),
        (3, 50, 20.0),
        (3, 50, 20.0),
        (-3, 900, 900.0),
        (-1, 800, 800.0),
    ]
    for step, moment, value in reversed(points):
        at.metric(run, "loss", value, time=moment, step=step)
    if not running:
        at.end(run)
    found = at.store.get_run(run).data

    assert found.metrics == {"loss": 20.0}
    last = found._metric_objs[0]
    assert (last.key, last.step, last.timestamp, last.value) == ("loss", 3, 50, 20.0)
    assert at.history(run, "loss") == sorted(set(points))
    return at.history(run, "loss")


@case
@pytest.mark.parametrize("running", [True, False])
def test_values_without_a_number_are_kept(at: Place, running: bool) -> object:
    """NaN is; infinities are shown as the largest numbers, which MLflow's protocol can carry."""
    run = at.run()
    for key, value in (("nan", math.nan), ("inf", math.inf), ("-inf", -math.inf)):
        at.metric(run, key, value)
    if not running:
        at.end(run)
    found = at.store.get_run(run).data.metrics

    assert math.isnan(found["nan"])
    assert (found["inf"], found["-inf"]) == (LARGEST, -LARGEST)
    assert at.history(run, "inf") == [(0, 1, LARGEST)]
    return [found, at.history(run, "nan"), at.history(run, "-inf")]


@case
def test_infinities_among_numbers(at: Place) -> object:
    """At one step and time, the largest value is the last."""
    run, pairs = at.run(), ((math.inf, 1.0), (1.0, math.inf), (1.0, -math.inf), (-math.inf, math.inf))
    for number, values in enumerate(pairs):
        for value in values:
            at.metric(run, f"loss {number}", value, time=5, step=1)
    found = at.store.get_run(run).data.metrics

    assert [found[f"loss {number}"] for number in range(4)] == [LARGEST, LARGEST, 1.0, LARGEST]
    return [at.history(run, key) for key in sorted(found)]


@case
def test_nan_among_numbers(at: Place) -> object:
    """At one step and time, it counts as 0."""
    run, pairs = at.run(), ((math.nan, 1.0), (1.0, math.nan), (-1.0, math.nan), (math.nan, -1.0))
    for number, values in enumerate(pairs):
        for value in values:
            at.metric(run, f"loss {number}", value, time=5, step=1)
    found = at.store.get_run(run).data.metrics

    return [repr(found[f"loss {number}"]) for number in range(4)]


@case
def test_numbers_come_back_whole(at: Place) -> object:
    """Every bit of them, while it runs and after."""
    numbers = (0.0, 5e-324, 1 / 3, 1e300, -1e-300, 123456789.123456789, float(2**53 - 1), LARGEST, -LARGEST)
    run, metrics = at.run(), {f"loss {number}": value for number, value in enumerate(numbers)}
    for key, value in metrics.items():
        at.metric(run, key, value)
    before = at.store.get_run(run).data.metrics
    at.end(run)

    assert before == at.store.get_run(run).data.metrics == metrics
    return [[repr(float(one[2])) for one in at.history(run, key)] for key in sorted(metrics)]


@case
def test_zero_below_zero(at: Place) -> object:
    """SQLite loses its sign."""
    run = at.run()
    at.metric(run, "loss", -0.0)

    return [repr(float(one[2])) for one in at.history(run, "loss")]


@case
def test_times_and_steps_come_back_whole(at: Place) -> object:
    """While it runs and after."""
    points = [
        (-(2**40), 5, 1.0),
        (-1, 1, 1.0),
        (0, 0, 1.0),
        (2**40, 4_102_444_800_000, 1.0),
        (2**62, 1_700_000_000_123, 1.0),
    ]
    run = at.run()
    for step, moment, value in points:
        at.metric(run, "loss", value, time=moment, step=step)
    before = at.history(run, "loss")
    at.end(run)

    assert before == at.history(run, "loss") == points
    return told(at.store.get_run(run))


@case
def test_a_value_that_is_no_number_is_refused(at: Place) -> None:
    """Alone and in a batch."""
    run = at.run()
    for value in (None, "high", [], True):
        refused(INVALID, "value", at.metric, run, "loss", value)
        refused(INVALID, "value", at.batch, run, [("fine", 1.0, 1, 0), ("loss", value, 1, 0)])

    assert at.store.get_run(run).data.metrics == {}


@case
def test_a_time_or_step_that_is_no_whole_number_is_refused(at: Place) -> None:
    """Nor is a time before the epoch one."""
    run = at.run()
    for moment, step in ((None, 0), (-1, 0), ("now", 0), (1, "first")):
        refused(INVALID, ".", at.metric, run, "loss", 1.0, time=moment, step=step)

    assert at.store.get_run(run).data.metrics == {}
