"""Logged models through MLflow's tracking store: what holds on MLflow's SQL store holds on gitreg's."""

from __future__ import annotations

import logging
import math
import shutil
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from desk import Desk
from mlflow.entities import (
    LoggedModel,
    LoggedModelInput,
    LoggedModelOutput,
    LoggedModelParameter,
    LoggedModelStatus,
    LoggedModelTag,
    Metric,
    RunStatus,
)
from mlflow.exceptions import MlflowException
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

from gitreg.mlflow_plugin.tracking.store import TrackingStore

MISSING, INVALID, BAD = "RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "BAD_REQUEST"
NOBODY = "m-" + "0" * 32
_NUMBERS = count()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of MLflow's without anything in it: making one takes seconds, copying it none."""
    for name in ("mlflow.store.db.utils", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    file = tmp_path_factory.mktemp("database") / "mlflow.db"
    SqlAlchemyStore(f"sqlite:///{file}", str(file.parent / "artifacts"))._dispose_engine()
    return file


@pytest.fixture
def sql(empty_database: Path, tmp_path: Path) -> Iterator[Any]:
    """MLflow's own store."""
    file = shutil.copy(empty_database, tmp_path / "mlflow.db")
    store = SqlAlchemyStore(f"sqlite:///{file}", str(tmp_path / "artifacts"))
    yield store
    store._dispose_engine()


@pytest.fixture
def gitreg(desk: Desk) -> TrackingStore:
    """The registry's store."""
    return TrackingStore(f"gitreg://{desk.path}")


@pytest.fixture(params=["sql", "gitreg"])
def store(request: pytest.FixtureRequest) -> Any:
    """Either: what a test says is true of both."""
    return request.getfixturevalue(request.param)


def begun(store: Any, name: str = "forest", experiment: str | None = None, **more: Any) -> LoggedModel:
    time.sleep(0.002)  # models are ordered by milliseconds
    params = [LoggedModelParameter(key, value) for key, value in more.pop("params", {}).items()]
    tags = [LoggedModelTag(key, value) for key, value in more.pop("tags", {}).items()]
    found: LoggedModel = store.create_logged_model(
        experiment or place(store), name=name, params=params, tags=tags, **more
    )
    return found


def place(store: Any) -> str:
    return str(store.create_experiment(f"experiment {next(_NUMBERS)}"))


def run_in(store: Any, experiment: str) -> str:
    return str(store.create_run(experiment, "ada", 1, [], "run").info.run_id)


def measured(
    run: str, model: LoggedModel, value: float, *, key: str = "auc", at: int = 1, step: int = 0, **more: str
) -> Metric:
    return Metric(key, value, at, step, model_id=model.model_id, run_id=run, **more)


def values(model: LoggedModel) -> list[tuple[Any, ...]]:
    found = model.metrics or []
    return sorted(
        (one.key, one.value, one.timestamp, one.step, one.dataset_name or "", one.dataset_digest or "")
        for one in found
    )


def names(store: Any, experiment: str, filter_string: str = "", **more: Any) -> list[str]:
    return [one.name for one in store.search_logged_models([experiment], filter_string, **more)]


def code_of(act: Callable[..., Any], *args: Any, **named: Any) -> str:
    with pytest.raises(MlflowException) as caught:
        act(*args, **named)
    return str(caught.value.error_code)


def test_it_begins_pending(store: Any) -> None:
    """What was given is there, and nothing else."""
    experiment = place(store)
    model = begun(
        store, "forest", experiment, params={"depth": "8"}, tags={"team": "growth"}, model_type="classifier"
    )

    found = store.get_logged_model(model.model_id)
    assert dict(found) == dict(model)
    assert (found.name, found.status, found.model_type, found.experiment_id) == (
        "forest", LoggedModelStatus.PENDING, "classifier", experiment,
    )  # fmt: skip
    assert (found.params, found.tags, found.metrics, found.source_run_id) == (
        {"depth": "8"}, {"team": "growth"}, None, None,
    )  # fmt: skip
    assert found.creation_timestamp == found.last_updated_timestamp
    assert found.artifact_location.endswith(f"/{experiment}/models/{model.model_id}/artifacts")
    assert found.model_id.startswith("m-")
    assert len(found.model_id) == len(NOBODY)


def test_a_name_is_made_where_none_is_given(store: Any) -> None:
    """As MLflow makes names."""
    assert begun(store, name=None).name  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "a.b", "a%b", 'a"b', "a'b"])
def test_a_name_that_no_model_may_have(store: Any, name: str) -> None:
    """They would not fit into a model's URI."""
    assert code_of(store.create_logged_model, "0", name=name) == INVALID


def test_no_models_in_an_experiment_that_is_not_there(store: Any) -> None:
    """Nor in one that is deleted."""
    deleted = place(store)
    store.delete_experiment(deleted)

    assert code_of(store.create_logged_model, "123456789012345678") == MISSING
    assert code_of(store.create_logged_model, deleted) == INVALID


def test_a_param_or_tag_twice(store: Any) -> None:
    """It is refused whole."""
    twice = [LoggedModelParameter("a", "1"), LoggedModelParameter("a", "2")]

    assert code_of(store.create_logged_model, "0", params=twice) == BAD
    tags = [LoggedModelTag("a", "1"), LoggedModelTag("a", "2")]
    assert code_of(store.create_logged_model, "0", tags=tags) == BAD


@pytest.mark.parametrize("status", [LoggedModelStatus.READY, LoggedModelStatus.FAILED])
def test_finalized(store: Any, status: LoggedModelStatus) -> None:
    """Its status and its last update are other ones."""
    model = begun(store)
    time.sleep(0.002)

    answer = store.finalize_logged_model(model.model_id, status)

    found = store.get_logged_model(model.model_id)
    assert (answer.status, found.status) == (status, status)
    assert found.last_updated_timestamp > found.creation_timestamp == model.creation_timestamp


def test_deleted(store: Any) -> None:
    """It is found only by whoever asks for deleted ones; deleting and tagging it again is no fault."""
    model = begun(store)
    store.delete_logged_model(model.model_id)

    assert code_of(store.get_logged_model, model.model_id) == MISSING
    assert store.get_logged_model(model.model_id, allow_deleted=True).name == "forest"
    assert names(store, model.experiment_id) == []
    store.delete_logged_model(model.model_id)
    store.set_logged_model_tags(model.model_id, [LoggedModelTag("a", "1")])
    assert store.get_logged_model(model.model_id, allow_deleted=True).tags == {"a": "1"}


def test_what_is_not_there(store: Any) -> None:
    """Every call says so by one code."""
    for model in (NOBODY, "0" * 32, "", "../x", "m-" + "0" * 31):
        assert code_of(store.get_logged_model, model) == MISSING
        assert code_of(store.delete_logged_model, model) == MISSING
        assert code_of(store.finalize_logged_model, model, LoggedModelStatus.READY) == MISSING
        assert code_of(store.set_logged_model_tags, model, [LoggedModelTag("a", "1")]) == MISSING
        assert code_of(store.delete_logged_model_tag, model, "a") == MISSING
        assert code_of(store.log_logged_model_params, model, [LoggedModelParameter("a", "1")]) == MISSING


def test_tags(store: Any) -> None:
    """The last value of a key counts, and a tag that is not there cannot be removed."""
    model = begun(store, tags={"a": "1", "b": "2"})
    store.set_logged_model_tags(
        model.model_id, [LoggedModelTag("a", "3"), LoggedModelTag("c", "4"), LoggedModelTag("c", "5")]
    )
    store.delete_logged_model_tag(model.model_id, "b")

    found = store.get_logged_model(model.model_id)
    assert found.tags == {"a": "3", "c": "5"}
    assert found.last_updated_timestamp == model.last_updated_timestamp
    assert code_of(store.delete_logged_model_tag, model.model_id, "b") == MISSING


def test_params(store: Any) -> None:
    """They are added, and never change."""
    model = begun(store, params={"a": "1"})
    store.log_logged_model_params(model.model_id, [LoggedModelParameter("b", "2")])

    assert code_of(store.log_logged_model_params, model.model_id, [LoggedModelParameter("a", "2")]) == BAD
    assert store.get_logged_model(model.model_id).params == {"a": "1", "b": "2"}


def test_a_metric_is_there_at_once_and_stays(store: Any) -> None:
    """It is the run's and the model's: while the run runs, when it has ended, and what is said after that."""
    model = begun(store)
    run = run_in(store, model.experiment_id)
    store.log_metric(run, measured(run, model, 0.5, dataset_name="train", dataset_digest="d1"))
    store.log_batch(run, [measured(run, model, 0.6, step=1), Metric("auc", 0.7, 1, 2)], [], [])
    wanted = [("auc", 0.5, 1, 0, "train", "d1"), ("auc", 0.6, 1, 1, "", "")]

    assert values(store.get_logged_model(model.model_id)) == wanted
    store.update_run_info(run, RunStatus.FINISHED, 9, None)
    assert values(store.get_logged_model(model.model_id)) == wanted
    store.log_metric(run, measured(run, model, 0.8, step=3))
    assert values(store.get_logged_model(model.model_id)) == [*wanted, ("auc", 0.8, 1, 3, "", "")]
    assert {one.run_id for one in store.get_logged_model(model.model_id).metrics} == {run}
    assert len(store.get_metric_history(run, "auc")) == 4


def test_a_metric_said_twice(store: Any) -> None:
    """It counts once."""
    model = begun(store)
    run = run_in(store, model.experiment_id)
    for _ in range(2):
        store.log_metric(run, measured(run, model, 0.5))

    assert values(store.get_logged_model(model.model_id)) == [("auc", 0.5, 1, 0, "", "")]


def test_what_a_run_made_and_used(store: Any) -> None:
    """The links are the run's, while it runs and afterwards."""
    experiment = place(store)
    made, used, later = (begun(store, name, experiment) for name in ("made", "used", "later"))
    run = run_in(store, experiment)
    store.log_inputs(run, models=[LoggedModelInput(used.model_id)])
    store.log_outputs(run, [LoggedModelOutput(made.model_id, step=3)])
    store.update_run_info(run, RunStatus.FINISHED, 9, None)
    store.log_outputs(run, [LoggedModelOutput(later.model_id, step=4)])

    found = store.get_run(run)
    assert [one.model_id for one in found.inputs.model_inputs] == [used.model_id]
    assert sorted((one.model_id, one.step) for one in found.outputs.model_outputs) == sorted(
        [(made.model_id, 3), (later.model_id, 4)]
    )


def test_outputs_of_a_run_that_is_not_there(store: Any) -> None:
    """Nor of one that is deleted."""
    model = begun(store)
    run = run_in(store, model.experiment_id)
    store.delete_run(run)

    assert code_of(store.log_outputs, run, [LoggedModelOutput(model.model_id, 0)]) == INVALID
    assert code_of(store.log_outputs, "0" * 32, [LoggedModelOutput(model.model_id, 0)]) == MISSING


@pytest.fixture
def furnished(store: Any) -> tuple[Any, str]:
    """Four models: two measured on two data sets, one on none, one not at all."""
    experiment = place(store)
    first = begun(
        store, "alpha", experiment, params={"depth": "8"}, tags={"team": "growth"}, model_type="tree"
    )
    run = run_in(store, experiment)
    second = begun(store, "beta", experiment, params={"depth": "16"}, source_run_id=run)
    third = begun(store, "Gamma", experiment, tags={"team": "Growth", "the team": "x"})
    begun(store, "delta", experiment)
    store.finalize_logged_model(second.model_id, LoggedModelStatus.READY)
    store.log_batch(run, [
        measured(run, first, 0.5, dataset_name="train", dataset_digest="d1"),
        measured(run, first, 0.9, at=2, dataset_name="test", dataset_digest="d2"),
        measured(run, second, 0.7, dataset_name="train", dataset_digest="d1"),
        measured(run, second, 0.6, step=1, dataset_name="train", dataset_digest="d9"),
        measured(run, third, 0.8),
        measured(run, third, 3.0, key="logloss"),
    ], [], [])  # fmt: skip
    return store, experiment


FILTERS = {
    "": ["delta", "Gamma", "beta", "alpha"],
    "name = 'alpha'": ["alpha"],
    "name != 'alpha'": ["delta", "Gamma", "beta"],
    "name LIKE '%a'": ["delta", "Gamma", "beta", "alpha"],
    "name LIKE 'g%'": [],
    "name ILIKE 'g%'": ["Gamma"],
    "name IN ('alpha', 'beta')": ["beta", "alpha"],
    "name NOT IN ('alpha', 'beta')": ["delta", "Gamma"],
    "attributes.name = 'beta'": ["beta"],
    "model_type = 'tree'": ["alpha"],
    "model_type != 'tree'": [],
    "params.depth = '8'": ["alpha"],
    "params.depth LIKE '%6'": ["beta"],
    "params.depth != '8'": ["beta"],
    "tags.team = 'growth'": ["alpha"],
    "tags.team ILIKE 'GROWTH'": ["Gamma", "alpha"],
    "tags.`the team` = 'x'": ["Gamma"],
    "metrics.auc > 0.75": ["Gamma", "alpha"],
    "metrics.auc = 0.5": ["alpha"],
    "metrics.auc != 0.5": ["Gamma", "beta", "alpha"],
    "metrics.auc >= 0.6 AND metrics.logloss < 4": ["Gamma"],
    "params.depth = '16' AND name = 'beta'": ["beta"],
    "creation_timestamp > 0": ["delta", "Gamma", "beta", "alpha"],
    "creation_time < 5 and name = 'alpha'": [],
}


def test_filters(furnished: tuple[Any, str]) -> None:
    """What meets each, the newest first."""
    assert {one: names(*furnished, one) for one in FILTERS} == FILTERS


NONSENSE = [
    "name > 'a'",
    "metrics.auc LIKE 'x'",
    "name = 'a' OR name = 'b'",
    "name",
    "dogs.name = 'a'",
    "params.depth IN '8'; x",
    "creation_timestamp LIKE '1'",
]


def test_filters_that_mean_nothing(furnished: tuple[Any, str]) -> None:
    """Each is refused."""
    store, experiment = furnished

    for one in NONSENSE:
        assert code_of(store.search_logged_models, [experiment], one) == INVALID, one


TRAIN, TEST, LATER = (
    {"dataset_name": "train"},
    {"dataset_name": "test"},
    {"dataset_name": "train", "dataset_digest": "d9"},
)
DATASETS: list[tuple[list[dict[str, str]], str, list[str]]] = [
    ([TRAIN], "", ["beta", "alpha"]),
    ([LATER], "", ["beta"]),
    ([TEST, LATER], "", ["beta", "alpha"]),
    ([{"dataset_name": "other"}], "", []),
    ([TRAIN], "metrics.auc > 0.55", ["beta"]),
    ([TEST], "metrics.auc > 0.55", ["alpha"]),
    ([TRAIN], "name = 'alpha'", ["alpha"]),
]


def test_datasets(furnished: tuple[Any, str]) -> None:
    """Only what was measured on one of them counts."""
    for datasets, filter_string, wanted in DATASETS:
        assert names(*furnished, filter_string, datasets=datasets) == wanted


def test_a_dataset_without_a_name(furnished: tuple[Any, str]) -> None:
    """It is refused."""
    store, experiment = furnished

    assert code_of(store.search_logged_models, [experiment], datasets=[{"dataset_digest": "d1"}]) == INVALID


def order(field: str, **more: Any) -> dict[str, Any]:
    return {"field_name": field, **more}


ORDERS: list[tuple[list[dict[str, Any]], list[str]]] = [
    ([order("name")], ["Gamma", "alpha", "beta", "delta"]),
    ([order("name", ascending=False)], ["delta", "beta", "alpha", "Gamma"]),
    ([order("creation_timestamp")], ["alpha", "beta", "Gamma", "delta"]),
    ([order("creation_time", ascending=False)], ["delta", "Gamma", "beta", "alpha"]),
    ([order("metrics.auc")], ["beta", "Gamma", "alpha", "delta"]),
    ([order("metrics.auc", ascending=False)], ["alpha", "Gamma", "beta", "delta"]),
    ([order("metrics.auc", dataset_name="train")], ["alpha", "beta", "delta", "Gamma"]),
    (
        [order("metrics.auc", dataset_name="train", dataset_digest="d1", ascending=False)],
        ["beta", "alpha", "delta", "Gamma"],
    ),
    ([order("model_type")], ["alpha", "delta", "Gamma", "beta"]),
    ([order("model_type"), order("name")], ["alpha", "Gamma", "beta", "delta"]),
    ([order("status", ascending=False)], ["beta", "delta", "Gamma", "alpha"]),
]


def test_orders(furnished: tuple[Any, str]) -> None:
    """What has no value comes last, and what is equal by the newest."""
    for order_by, wanted in ORDERS:
        assert names(*furnished, order_by=order_by) == wanted, order_by


def test_orders_that_mean_nothing(furnished: tuple[Any, str]) -> None:
    """Each is refused."""
    store, experiment = furnished

    for field in ("dogs", "params.depth", "dogs.depth"):
        assert code_of(store.search_logged_models, [experiment], order_by=[order(field)]) == INVALID


def test_pages(furnished: tuple[Any, str]) -> None:
    """Together they are all, each once, and the last has no token."""
    store, experiment = furnished
    words: dict[str, Any] = {"max_results": 3, "order_by": [order("name", ascending=True)]}
    first = store.search_logged_models([experiment], **words)
    last = store.search_logged_models([experiment], **words, page_token=first.token)

    assert [one.name for one in [*first, *last]] == ["Gamma", "alpha", "beta", "delta"]
    assert last.token is None
    assert store.search_logged_models([experiment], max_results=4).token is None


def test_a_token_of_another_question(furnished: tuple[Any, str]) -> None:
    """It is refused, as the place that it names is in another list."""
    store, experiment = furnished
    token = store.search_logged_models([experiment], "name != 'x'", max_results=2).token

    assert code_of(store.search_logged_models, [experiment], "name != 'y'", page_token=token) == INVALID
    assert code_of(store.search_logged_models, ["0"], "name != 'x'", page_token=token) == INVALID
    ordering = {"order_by": [order("name")], "page_token": token}
    assert code_of(store.search_logged_models, [experiment], "name != 'x'", **ordering) == INVALID


def test_of_several_experiments(furnished: tuple[Any, str]) -> None:
    """In one order; those that are not there hold nothing."""
    store, experiment = furnished
    other = begun(store, "epsilon")

    found = store.search_logged_models([experiment, other.experiment_id, "123456789012345678"])
    assert [one.name for one in found] == ["epsilon", "delta", "Gamma", "beta", "alpha"]
    assert list(store.search_logged_models([])) == []


def test_values_that_no_protocol_carries(gitreg: TrackingStore) -> None:
    """Infinities are clamped where they are shown; NaN is NaN, which MLflow's SQL store shows as 0."""
    model = begun(gitreg)
    run = run_in(gitreg, model.experiment_id)
    gitreg.log_metric(run, measured(run, model, float("inf")))
    gitreg.log_metric(run, measured(run, model, float("nan"), key="loss"))

    infinite, nothing = gitreg.get_logged_model(model.model_id).metrics
    assert infinite.value == 1.7976931348623157e308
    assert math.isnan(nothing.value)
    assert [one.name for one in gitreg.search_logged_models([model.experiment_id], "metrics.loss < 1")] == []


def test_status_is_asked_for_by_its_name(gitreg: TrackingStore) -> None:
    """MLflow's SQL store compares a number, of which no documentation tells."""
    model = begun(gitreg)
    gitreg.finalize_logged_model(model.model_id, LoggedModelStatus.READY)

    assert names(gitreg, model.experiment_id, "status = 'READY'") == ["forest"]
    assert names(gitreg, model.experiment_id, "status = 'PENDING'") == []


def test_a_run_of_another_kind(gitreg: TrackingStore) -> None:
    """An id that is none of gitreg's is kept as it is."""
    model = begun(gitreg, source_run_id="run-7")

    assert gitreg.get_logged_model(model.model_id).source_run_id == "run-7"


def test_text_that_no_record_holds(gitreg: TrackingStore) -> None:
    """A training does not die of it."""
    model = begun(gitreg, " a\x00b ", params={"k\x1b": "v\x00"})

    assert (model.name, model.params) == ("a\ufffdb", {"k\ufffd": "v\ufffd"})
