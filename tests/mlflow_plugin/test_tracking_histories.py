"""Points of metrics through MLflow's tracking store, of runs that run and of runs that ended."""

from __future__ import annotations

import math

import pytest
from desk import Desk
from mlflow.entities import Metric, RunStatus
from mlflow.exceptions import MlflowException

from gitreg.mlflow_plugin.tracking.histories import sampled
from gitreg.mlflow_plugin.tracking.store import TrackingStore

POINTS = [(3.0, 30, 2), (1.0, 10, 0), (2.0, 20, 1), (2.0, 20, 1), (1.5, 20, 1), (9.0, 5, 3)]
"""Value, time and step; one of them twice."""


@pytest.fixture
def store(desk: Desk) -> TrackingStore:
    """MLflow's store on a fresh registry."""
    return TrackingStore(f"gitreg://{desk.path}")


@pytest.fixture(params=["running", "ended", "reopened"])
def run_id(store: TrackingStore, request: pytest.FixtureRequest) -> str:
    """A run with a curve and a single point, in each of its lives."""
    made = str(store.create_run("0", "ada", 1, [], "a").info.run_id)
    store.log_batch(made, [Metric("m", *point) for point in POINTS], [], [])
    store.log_metric(made, Metric("one", math.inf, 7, 4))
    if request.param != "running":
        store.update_run_info(made, RunStatus.FINISHED, 40, None)
    if request.param == "reopened":
        store.update_run_info(made, RunStatus.RUNNING, None, None)
    return made


def told(found: list[Metric]) -> list[tuple[float, int, int]]:
    return [(one.value, one.timestamp, one.step) for one in found]


def test_a_history_is_in_the_order_of_time_step_and_value(store: TrackingStore, run_id: str) -> None:
    """Each point once."""
    found = store.get_metric_history(run_id, "m")

    assert told(found) == [(9.0, 5, 3), (1.0, 10, 0), (1.5, 20, 1), (2.0, 20, 1), (3.0, 30, 2)]
    assert told(store.get_metric_history(run_id, "one")) == [(1.7976931348623157e308, 7, 4)]


def test_a_history_has_pages(store: TrackingStore, run_id: str) -> None:
    """The token leads to the rest."""
    first = store.get_metric_history(run_id, "m", max_results=3)
    rest = store.get_metric_history(run_id, "m", max_results=3, page_token=first.token)

    assert (len(first), len(rest), rest.token) == (3, 2, None)
    assert told(first) + told(rest) == told(store.get_metric_history(run_id, "m"))


def test_what_is_not_there_has_no_history(store: TrackingStore, run_id: str) -> None:
    """Neither a metric nor a run."""
    assert store.get_metric_history(run_id, "other") == []
    assert store.get_metric_history("f" * 32, "m") == []
    assert store.get_max_step_for_metric(run_id, "other") == 0
    with pytest.raises(MlflowException, match="page"):
        store.get_metric_history(run_id, "m", page_token="no token")


def test_histories_of_several_runs_come_together(store: TrackingStore, run_id: str) -> None:
    """So many points at most."""
    other = str(store.create_run("0", "ada", 1, [], "b").info.run_id)
    store.log_metric(other, Metric("m", 5.0, 1, 1))

    found = store.get_metric_history_bulk([run_id, other], "m", 100)
    assert sorted({one.run_id for one in found}) == sorted([run_id, other])
    assert [one.run_id for one in found] == sorted(one.run_id for one in found)
    assert len(found) == 6
    assert len(store.get_metric_history_bulk([run_id, other], "m", 2)) == 2


def test_points_are_chosen_by_step(store: TrackingStore, run_id: str) -> None:
    """Named steps, a range of them, and the highest."""
    assert store.get_max_step_for_metric(run_id, "m") == 3
    named = store.get_metric_history_bulk_interval_from_steps(run_id, "m", [1, 3], 10)
    assert [(one.step, one.value) for one in named] == [(1, 1.5), (1, 2.0), (3, 9.0)]
    between = store.get_metric_history_bulk_interval([run_id], "m", 10, 1, 2)
    assert [one.step for one in between] == [1, 1, 2]
    with pytest.raises(MlflowException, match="together"):
        store.get_metric_history_bulk_interval([run_id], "m", 10, 1, None)


@pytest.mark.parametrize(
    ("many", "most", "expected"),
    [
        (0, 3, []),
        (2, 5, [0, 1]),
        (5, 5, [0, 1, 2, 3, 4]),
        (10, 3, [0, 4, 9]),
        (7, 1, [6]),
        (11, 4, [0, 3, 6, 10]),
    ],
)
def test_a_sample_has_the_first_and_the_last(many: int, most: int, expected: list[int]) -> None:
    """And is even between them, as SQL's NTILE is."""
    points = [Metric("m", float(number), number, number) for number in range(many)]

    assert [one.step for one in sampled(points, most)] == expected
