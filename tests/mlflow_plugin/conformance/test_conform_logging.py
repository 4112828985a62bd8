"""Logging: parameters, metrics and batches, to running and to ended runs."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from conformity import case
from grounds import INVALID, MISSING, Place, refused, told

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


@case
@pytest.mark.parametrize("running", [True, False])
def test_a_batch_logs_all(at: Place, running: bool) -> object:
    """Metrics, parameters, tags and the name."""
    run = at.run()
    if not running:
        at.end(run)
    at.batch(
        run,
        [("m1", 0.87, 12345, 0), ("m2", 0.49, 12345, 1), ("m1", 0.9, 12346, 2)],
        [("p1", "one"), ("p2", "two")],
        [("t1", "one"), ("t2", "two"), ("mlflow.runName", "named")],
    )

    assert at.store.get_run(run).info.run_name == "named"
    assert at.history(run, "m1") == [(0, 12345, 0.87), (2, 12346, 0.9)]
    return told(at.store.get_run(run))


@case
def test_an_empty_batch_is_one(at: Place) -> object:
    """It changes nothing."""
    run = at.run()
    at.batch(run)

    return told(at.store.get_run(run))


@case
def test_batches_may_be_repeated(at: Place) -> object:
    """Parameters, tags and points are there once, however often they are sent."""
    run = at.run()
    for _ in range(3):
        at.batch(run, [("loss", 1.0, 2, 0), ("loss", 2.0, 3, 0)], [("rate", "1")], [("kind", "x")])

    assert at.history(run, "loss") == [(0, 2, 1.0), (0, 3, 2.0)]
    return told(at.store.get_run(run))


@case
def test_a_point_twice_in_a_batch_is_one(at: Place) -> object:
    """As twice in two."""
    run = at.run()
    at.batch(
        run, [("loss", 1.0, 2, 0), ("loss", 1.0, 2, 0), ("nan", math.nan, 2, 0), ("nan", math.nan, 2, 0)]
    )

    return [at.history(run, "loss"), [one[:2] for one in at.history(run, "nan")]]


@case
def test_new_parameters_come_with_old_ones(at: Place) -> object:
    """The old ones must be as they were."""
    run = at.run()
    at.batch(run, [], [("a", "0"), ("b", "1")])
    at.batch(run, [], [("a", "0"), ("c", "2")])

    assert at.store.get_run(run).data.params == {"a": "0", "b": "1", "c": "2"}
    return []


@case
def test_a_parameter_twice_in_a_batch_is_refused(at: Place) -> None:
    """With the same value, too; nothing is logged."""
    run = at.run()

    refused(
        INVALID,
        "Duplicate parameter keys",
        at.batch,
        run,
        [("m", 1.0, 1, 0)],
        [("a", "1"), ("a", "2")],
        [("t", "x")],
    )
    found = at.store.get_run(run).data
    assert (found.metrics, found.params) == ({}, {})
    assert "t" not in found.tags


@case
def test_the_last_of_a_tag_in_a_batch_counts(at: Place) -> object:
    """And it replaces what was there."""
    run = at.run(tags={"kind": "old"})
    at.batch(run, [], [], [("kind", "first"), ("kind", "last")])

    assert at.store.get_run(run).data.tags["kind"] == "last"
    return []


@case
@pytest.mark.parametrize(
    "much",
    [
        {"metrics": [(f"m{number}", 1.0, 1, 0) for number in range(1001)]},
        {"params": [(f"p{number}", "1") for number in range(101)]},
        {"tags": [(f"t{number}", "1") for number in range(101)]},
        {
            "metrics": [(f"m{number}", 1.0, 1, 0) for number in range(900)],
            "params": [(f"p{number}", "1") for number in range(51)],
            "tags": [(f"t{number}", "1") for number in range(50)],
        },
    ],
    ids=["metrics", "params", "tags", "together"],
)
def test_a_batch_has_limits(at: Place, much: dict[str, list[tuple[object, ...]]]) -> None:
    """1,000 metrics, 100 parameters, 100 tags, and 1,000 of all."""
    run = at.run()

    refused(INVALID, "request|batch", at.batch, run, **much)
    assert at.store.get_run(run).data.metrics == {}


@case
def test_a_batch_at_its_limits_is_logged(at: Place) -> object:
    """1,000 metrics of as many keys, and 100 parameters and tags."""
    run = at.run()
    points = [(f"m{number}", float(number), 12345, number * 2) for number in range(1000)]
    at.batch(run, points)
    at.batch(run, [], [(f"p{number}", str(number)) for number in range(100)])
    at.batch(run, [], [], [(f"t{number}", str(number)) for number in range(100)])
    found = at.store.get_run(run).data

    assert found.metrics == {key: value for key, value, _, _ in points}
    assert len(found.params) == 100
    assert len(found.tags) == 101
    return sorted(found.metrics.items())


@case
def test_many_keys_out_of_order_are_logged_again(at: Place) -> object:
    """What is there already beside what is new, in one batch."""
    run = at.run()
    first = [(f"m{number}", float(number), 1, 0) for number in reversed(range(150))]
    second = [(key, value + 150, 2, 1) for key, value, _, _ in first]
    at.batch(run, first)
    at.batch(run, [*first, *second, ("m0", 999.0, 1, 5)])
    found = at.store.get_run(run).data.metrics

    assert found == {f"m{number}": number + 150.0 for number in range(150)} | {"m0": 999.0}
    assert at.history(run, "m7") == [(0, 1, 7.0), (1, 2, 157.0)]
    return sorted(found.items())


@case
def test_a_batch_for_no_run_is_refused(at: Place) -> None:
    """It is missing; and what cannot be an id means nothing."""
    refused(MISSING, "not found", at.batch, "0" * 32)
    refused(INVALID, "Invalid value", at.batch, "../x")


@case
@pytest.mark.parametrize("words", [{"metrics": 1}, {"params": 1}, {"tags": 1}])
def test_a_batch_of_something_else_is_refused(at: Place, words: dict[str, object]) -> None:
    """Not of a list of metrics, parameters or tags."""
    run = at.run()
    given = {"metrics": [], "params": [], "tags": []} | words

    with pytest.raises(Exception, match=r"."):
        at.store.log_batch(run, **given)


@case
def test_threads_may_log_to_the_same_runs(at: Place) -> object:
    """Nothing is lost, and nobody waits for ever."""
    experiment = at.experiment()
    runs = [at.run("a", experiment), at.run("b", experiment)]

    def log(number: int) -> None:
        run = runs[number % 2]
        for step in range(10):
            at.metric(run, f"loss {number}", float(step), time=step, step=step)
        at.batch(run, [(f"batch {number}", float(step), step, step) for step in range(50)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(log, range(4)))

    seen = [
        len(at.history(runs[number % 2], f"{kind} {number}"))
        for number in range(4)
        for kind in ("loss", "batch")
    ]
    assert seen == [10, 50] * 4
    return seen


@case
def test_a_run_that_runs_again_keeps_what_it_had(at: Place) -> object:
    """And takes more."""
    run = at.run()
    at.batch(run, [("loss", 1.0, 1, 0)], [("rate", "1")], [("kind", "x")])
    at.end(run)
    at.store.update_run_info(run, 1, None, None)
    at.metric(run, "loss", 0.5, time=2, step=1)
    again = told(at.store.get_run(run))
    at.end(run, "FAILED", 2000)

    assert again["status"] == "RUNNING"
    assert at.history(run, "loss") == [(0, 1, 1.0), (1, 2, 0.5)]
    assert at.store.get_run(run).info.status == "FAILED"
    return [again, told(at.store.get_run(run))]


@case
def test_logging_to_an_ended_run_leaves_it_ended(at: Place) -> object:
    """With its status and its end."""
    run = at.run()
    at.metric(run, "loss", 1.0, time=1, step=0)
    at.end(run, "KILLED", 55)
    at.metric(run, "loss", 0.5, time=2, step=1)
    at.param(run, "late", "yes")
    found = at.store.get_run(run)

    assert (found.info.status, found.info.end_time) == ("KILLED", 55)
    assert at.history(run, "loss") == [(0, 1, 1.0), (1, 2, 0.5)]
    return told(found)
