"""Searching runs through MLflow's tracking store: filter, order, pages and views as MLflow's SQL store has them."""

from __future__ import annotations

import pytest
from desk import Desk
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunStatus, RunTag, ViewType
from mlflow.exceptions import MlflowException

from gitreg.mlflow_plugin.tracking.store import TrackingStore

ACTIVE, DELETED, ALL = ViewType.ACTIVE_ONLY, ViewType.DELETED_ONLY, ViewType.ALL


@pytest.fixture
def store(desk: Desk) -> TrackingStore:
    """MLflow's store on a fresh registry."""
    return TrackingStore(f"gitreg://{desk.path}")


def ran(store: TrackingStore, name: str, start: int = 1000, *, ends: bool = True, **metrics: float) -> str:
    """A run with metrics; its name is a param and a tag, too."""
    run_id = store.create_run("0", "ada", start, [RunTag("word", name)], name).info.run_id
    points = [Metric(key, value, start, 7) for key, value in metrics.items()]
    store.log_batch(run_id, points, [Param("p", name)], [])
    if ends:
        store.update_run_info(run_id, RunStatus.FINISHED, start + 500, None)
    return str(run_id)


def found(store: TrackingStore, text: str | None = None, view: int = ACTIVE, **more: object) -> list[str]:
    """Names of the runs that meet a filter."""
    given: dict[str, object] = {"max_results": 1000, "order_by": None, "page_token": None, **more}
    return [one.info.run_name for one in store.search_runs(["0"], text, view, **given)]  # type: ignore[arg-type]


def test_a_run_is_found_as_it_is_read(store: TrackingStore) -> None:
    """The index and the record, or the journal, say one thing."""
    data = DatasetInput(
        Dataset("d", "abc", "local", "{}", "s", "p"), [InputTag("mlflow.data.context", "eval")]
    )
    ended, running = ran(store, "a", auc=0.5, ends=False), ran(store, "b", 2000, ends=False, auc=0.7)
    for one in (ended, running):
        store.log_inputs(one, [data])
    store.update_run_info(ended, RunStatus.FAILED, 1500, None)

    for one in store.search_runs(["0"], None, ACTIVE):
        other = store.get_run(one.info.run_id)
        assert dict(one.info) == dict(other.info)
        assert one.data.to_dictionary() == other.data.to_dictionary()
        assert [dict(m) for m in one.data._metric_objs] == [dict(m) for m in other.data._metric_objs]
        assert one.inputs.to_dictionary() == other.inputs.to_dictionary()
        assert one.to_proto() == other.to_proto()


def test_runs_are_filtered_and_ordered(store: TrackingStore) -> None:
    """By metrics, params, tags and attributes; the newest comes first."""
    ran(store, "a", 1000, auc=0.5)
    ran(store, "b", 2000, auc=0.9)
    ran(store, "c", 3000, ends=False)

    assert found(store) == ["c", "b", "a"]
    assert found(store, "metrics.auc > 0.6") == ["b"]
    assert found(store, "params.p = 'a' AND tags.word LIKE 'a%'") == ["a"]
    assert found(store, "attributes.status = 'RUNNING'") == ["c"]
    assert found(store, order_by=["metrics.auc ASC"]) == ["a", "b", "c"]
    assert found(store, "attributes.run_name = 'b'") == found(store, "tags.`mlflow.runName` = 'b'") == ["b"]
    assert found(store, "attributes.user_id = 'ada' and start_time < 1500") == ["a"]


def test_a_search_goes_page_by_page(store: TrackingStore) -> None:
    """The token leads on until there is none."""
    for number in range(5):
        ran(store, f"r{number}", number)
    first = store.search_runs(["0"], None, ACTIVE, 2)
    second = store.search_runs(["0"], None, ACTIVE, 2, None, first.token)
    third = store.search_runs(["0"], None, ACTIVE, 2, None, second.token)

    assert [one.info.run_name for page in (first, second, third) for one in page] == [
        "r4",
        "r3",
        "r2",
        "r1",
        "r0",
    ]
    assert third.token is None


def test_the_three_views(store: TrackingStore) -> None:
    """A run is deleted by itself, or with its experiment."""
    ran(store, "a")
    gone = ran(store, "b", ends=False)
    store.delete_run(gone)

    assert (found(store), found(store, view=DELETED), sorted(found(store, view=ALL))) == (
        ["a"],
        ["b"],
        ["a", "b"],
    )
    store.set_experiment_tag("0", RunTag("t", "1"))  # type: ignore[arg-type]
    store.delete_experiment("0")
    assert (found(store), sorted(found(store, view=DELETED))) == ([], ["a", "b"])
    assert all(one.info.lifecycle_stage == "deleted" for one in store.search_runs(["0"], None, ALL))


def test_no_experiments_have_no_runs(store: TrackingStore) -> None:
    """Neither none nor unknown ones."""
    ran(store, "a")

    assert store.search_runs([], None, ACTIVE) == []
    assert store.search_runs(["12"], None, ACTIVE) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "colour = 'red'"},
        {"text": "metrics.auc > 'x'"},
        {"text": "params.p"},
        {"max_results": 0},
        {"max_results": 50_001},
        {"order_by": ["colour"]},
        {"page_token": "no token"},
    ],
)
def test_a_search_that_means_nothing_is_refused(store: TrackingStore, wrong: dict[str, object]) -> None:
    """With the code that MLflow's SQL store has."""
    with pytest.raises(MlflowException) as refused:
        found(store, **wrong)  # type: ignore[arg-type]

    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


def test_data_sets_are_listed_once(store: TrackingStore) -> None:
    """However many runs used them."""
    given = [
        DatasetInput(Dataset("d", "abc", "local", "{}"), [InputTag("mlflow.data.context", "eval")]),
        DatasetInput(Dataset("e", "def", "local", "{}"), []),
    ]
    for name in ("a", "b"):
        store.log_inputs(ran(store, name, ends=False), given)

    [first, second] = store._search_datasets(["0"])
    assert (first.experiment_id, first.name, first.digest, first.context) == ("0", "d", "abc", "eval")
    assert (second.name, second.digest, second.context) == ("e", "def", None)


def test_what_is_collected_is_gone(store: TrackingStore) -> None:
    """`mlflow gc`: runs that run and that ended, then an experiment with all in it."""
    experiment = store.create_experiment("churn")
    ended, running, kept = ran(store, "a"), ran(store, "b", ends=False), ran(store, "c")
    for one in (ended, running):
        store.delete_run(one)
    assert sorted(store._get_deleted_runs()) == sorted([ended, running])
    assert store._get_deleted_runs(older_than=60_000) == []
    for one in (ended, running):
        store._hard_delete_run(one)
        with pytest.raises(MlflowException, match="not found"):
            store.get_run(one)
    assert found(store, view=ALL) == ["c"]
    assert store.get_run(kept).info.run_name == "c"

    inside = store.create_run(experiment, "ada", 1, [], "x").info.run_id
    store.delete_experiment(experiment)
    store._hard_delete_experiment(experiment)
    for gone in (lambda: store.get_experiment(experiment), lambda: store.get_run(inside)):
        with pytest.raises(MlflowException):
            gone()
