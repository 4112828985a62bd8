"""Batches of metrics, parameters and tags, and runs that are logged to again."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import pytest
from conformity import case
from grounds import INVALID, MISSING, Place, refused, told

LARGEST = 1.7976931348623157e308


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
