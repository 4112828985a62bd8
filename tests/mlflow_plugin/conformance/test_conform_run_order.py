"""Searching runs: orders, limits and pages."""

from __future__ import annotations

import pytest
from conformity import case
from grounds import INVALID, Place, refused
from mlflow.entities import ViewType


def sorted_by(at: Place) -> str:
    """An experiment whose runs have every kind of value, and none."""
    experiment = at.experiment()
    values = [None, "nan", "inf", "-inf", "-1000", "0", "0", "1000"]
    for number, value in enumerate(values, 1):
        run = at.run(f"{value}/{number}", experiment, 123, tags={"metric": str(number)})
        if value is not None:
            at.metric(run, "x", float(value))
            at.metric(run, "y", float(number))
        at.param(run, "metric", str(number))
        if number % 2:
            at.end(run)
    return experiment


UP = ["-inf/4", "-1000/5", "0/6", "0/7", "1000/8", "inf/3", "nan/2", "None/1"]
UP_BACK = ["-inf/4", "-1000/5", "0/7", "0/6", "1000/8", "inf/3", "nan/2", "None/1"]
DOWN = ["inf/3", "1000/8", "0/6", "0/7", "-1000/5", "-inf/4", "nan/2", "None/1"]
DOWN_BACK = ["inf/3", "1000/8", "0/7", "0/6", "-1000/5", "-inf/4", "nan/2", "None/1"]


@case
@pytest.mark.parametrize(
    ("order", "names"),
    [
        (["metrics.x asc", "metrics.y asc"], UP),
        (["metrics.x", "metrics.y"], UP),
        (["metrics.x asc", "tag.metric asc"], UP),
        (["metrics.x asc", "metrics.y desc"], UP_BACK),
        (["metrics.x asc", "tag.metric desc"], UP_BACK),
        (["metrics.x desc", "metrics.y asc"], DOWN),
        (["metrics.x DESC", "params.metric DESC"], DOWN_BACK),
        (["metrics.`x` desc", "param.metric desc"], DOWN_BACK),
        (["params.metric"], [*sorted(UP, key=lambda name: name[-1])]),
        (["params.metric DESC"], [*sorted(UP, key=lambda name: name[-1], reverse=True)]),
        (["tags.`metric` DESC"], [*sorted(UP, key=lambda name: name[-1], reverse=True)]),
    ],
)
def test_runs_without_a_value_come_last(at: Place, order: list[str], names: list[str]) -> object:
    """Up or down: infinities are numbers, then NaN, then nothing."""
    assert at.found(at.once(sorted_by), order_by=order) == names
    return names


def timed(at: Place) -> str:
    """Runs whose ends and starts differ; one has no end."""
    experiment = at.experiment()
    for start, end in enumerate((234, None, 456, 1, 789, 123), 123):
        run = at.run(f"{end}", experiment, start)
        at.store.update_run_info(run, 3 if end else 1, end, None)
    return experiment


@case
@pytest.mark.parametrize(
    ("order", "names"),
    [
        (["attribute.end_time asc"], ["1", "123", "234", "456", "789", "None"]),
        (["attribute.end_time desc"], ["789", "456", "234", "123", "1", "None"]),
        (["attributes.start_time asc"], ["234", "None", "456", "1", "789", "123"]),
        (["start_time DESC"], ["123", "789", "1", "456", "None", "234"]),
        (["attributes.created"], ["234", "None", "456", "1", "789", "123"]),
        (["attributes.Created DESC"], ["123", "789", "1", "456", "None", "234"]),
        (["attribute.start_time asc", "attribute.end_time desc"], ["234", "None", "456", "1", "789", "123"]),
        (["run_name"], ["1", "123", "234", "456", "789", "None"]),
        (["attributes.run_name DESC"], ["None", "789", "456", "234", "123", "1"]),
        (["status", "end_time"], ["1", "123", "234", "456", "789", "None"]),
        (["status DESC", "start_time DESC"], ["None", "123", "789", "1", "456", "234"]),
        (["user_id", "start_time"], ["234", "None", "456", "1", "789", "123"]),
        ([], ["123", "789", "1", "456", "None", "234"]),
        (None, ["123", "789", "1", "456", "None", "234"]),
    ],
)
def test_runs_are_ordered_by_attributes(at: Place, order: list[str], names: list[str]) -> object:
    """Start, end, name, status, user; the latest start first, when nothing is said."""
    assert at.found(at.once(timed), order_by=order) == names
    return names


@case
@pytest.mark.parametrize(
    "order",
    [
        ["nothing"],
        ["nothing.x"],
        ["metrics.x SIDEWAYS"],
        ["metrics.x,"],
        [""],
        ["experiment_id"],
        ["attributes.`run name`"],
    ],
)
def test_orders_that_mean_nothing_are_refused(at: Place, order: list[str]) -> None:
    """With MLflow's code for it."""
    refused(INVALID, ".", at.found, at.once(timed), order_by=order)


@case
def test_runs_of_one_start_are_ordered_by_id(at: Place) -> object:
    """So that pages never overlap."""
    experiment = at.experiment()
    runs = sorted(at.run(f"{number}", experiment, 10) for number in range(6))
    found = [one.info.run_id for one in at.store.search_runs([experiment], "", ViewType.ALL)]

    assert found == runs
    for number in (1, 2, 4, 10):
        part = at.store.search_runs([experiment], "", ViewType.ALL, max_results=number)
        assert [one.info.run_id for one in part] == runs[:number]
    return []


@case
def test_an_order_by_a_tag_that_few_have_loses_nobody(at: Place) -> object:
    """Runs without it come last."""
    experiment = at.experiment()
    at.run("with", experiment, 1, tags={"t1": "1", "t2": "1"})
    at.run("without", experiment, 2, tags={"t2": "1"})

    assert at.found(experiment, order_by=["tag.t1"]) == ["with", "without"]
    return at.found(experiment, order_by=["tag.t1 DESC"])


def ten(at: Place) -> str:
    """Ten runs, half of them ended."""
    experiment = at.experiment()
    for number in range(10):
        run = at.run(f"{number}", experiment, number)
        at.metric(run, "half", float(number // 2))
        if number % 2:
            at.end(run)
    return experiment


@case
@pytest.mark.parametrize(
    ("words", "order", "size"),
    [
        ("", None, 4),
        ("", ["metrics.half"], 3),
        ("metrics.half > 1", ["metrics.half DESC"], 2),
        ("status = 'FINISHED'", ["run_name"], 2),
        ("", None, 1),
    ],
)
def test_pages_follow_each_other(at: Place, words: str, order: list[str] | None, size: int) -> object:
    """Together they are what one search without a limit finds, and the last one has no token."""
    experiment = at.once(ten)
    pages, token = [], None
    while True:
        page = at.store.search_runs([experiment], words, ViewType.ALL, size, order, token)
        pages.append([one.info.run_name for one in page])
        token = page.token
        if token is None:
            break

    assert all(len(page) == size for page in pages[:-1])
    assert len(pages[-1]) > 0
    everybody = [name for page in pages for name in page]
    assert len(set(everybody)) == len(everybody)
    return pages if order is None else [len(page) for page in pages]


@case
def test_a_last_page_that_is_full_has_no_token(at: Place) -> object:
    """For nothing follows; nor has a search without a limit."""
    experiment = at.once(ten)
    first = at.store.search_runs([experiment], None, ViewType.ALL, max_results=5)
    second = at.store.search_runs([experiment], None, ViewType.ALL, max_results=5, page_token=first.token)
    whole = at.store.search_runs([experiment], None, ViewType.ALL, max_results=10)

    assert [first.token is None, second.token is None, whole.token is None] == [False, True, True]
    return [one.info.run_name for one in second]


@case
def test_no_limit_is_all(at: Place) -> object:
    """In one page."""
    found = at.store.search_runs([at.once(ten)], None, ViewType.ALL, max_results=None)

    assert len(found) == 10
    assert found.token is None
    return [one.info.run_name for one in found]


@case
@pytest.mark.parametrize("number", [0, -1, 50_001, 1_000_000])
def test_limits_that_mean_nothing_are_refused(at: Place, number: int) -> None:
    """From one to 50,000."""
    refused(
        INVALID,
        f"Invalid value {number} for parameter 'max_results'",
        at.found,
        at.once(ten),
        max_results=number,
    )


@case
@pytest.mark.parametrize("token", ["nothing", "eyJ4IjogMX0="])
def test_tokens_that_mean_nothing_are_refused(at: Place, token: str) -> None:
    """With MLflow's code for it."""
    refused(INVALID, ".", at.found, at.once(ten), page_token=token)
