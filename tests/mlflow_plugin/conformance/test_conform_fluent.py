"""MLflow's fluent interface, as scripts use it: runs as blocks, nested runs, models logged, registered and loaded."""

from __future__ import annotations

import time
from typing import Any

import mlflow
import mlflow.pyfunc
import pandas as pd
import pytest
from conformity import case, served_case
from grounds import Place
from registry_words import unused
from sklearn.linear_model import LinearRegression


@pytest.fixture(autouse=True)
def at_nobody(monkeypatch: pytest.MonkeyPatch) -> Any:
    """MLflow's globals are put back."""
    monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    yield
    mlflow.autolog(disable=True)
    while mlflow.active_run():
        mlflow.end_run()
    mlflow.tracking.fluent._active_experiment_id = None
    mlflow.set_tracking_uri(None)
    mlflow.set_registry_uri(None)


def speaking(at: Place) -> str:
    """Lets scripts speak to a place; the name of a fresh experiment, which is set."""
    while mlflow.active_run():
        mlflow.end_run()
    mlflow.set_tracking_uri(at.uri)
    mlflow.set_registry_uri(at.uri)
    name = unused("a script's")
    mlflow.set_experiment(name)
    return name


def status(run: Any) -> str:
    """What a run ended as."""
    return str(mlflow.get_run(run.info.run_id).info.status)


def a_block_is_a_run(at: Place) -> object:
    """It ends as finished; an error in it ends it as failed, Ctrl-C as killed or failed."""
    speaking(at)
    with mlflow.start_run(run_name="fine", tags={"a": "b"}, description="words") as fine:
        mlflow.log_metric("loss", 1.0, step=3)
        during = status(fine)
    with pytest.raises(ZeroDivisionError), mlflow.start_run() as broken:
        1 / 0  # noqa: B018 - it is to fail

    tags = mlflow.get_run(fine.info.run_id).data.tags
    assert (during, status(fine), status(broken)) == ("RUNNING", "FINISHED", "FAILED")
    assert (tags["mlflow.note.content"], tags["a"]) == ("words", "b")
    assert mlflow.active_run() is None
    return [during, status(fine), status(broken), mlflow.last_active_run().info.status]


def everything_is_logged(at: Place) -> object:
    """Values, dictionaries of them, tags."""
    speaking(at)
    with mlflow.start_run() as run:
        mlflow.log_param("rate", 0.1)
        mlflow.log_params({"depth": 3, "kind": "tree"})
        mlflow.log_metric("loss", 2, step=0)
        mlflow.log_metrics({"loss": 1, "auc": 0.5}, step=1)
        mlflow.set_tag("team", "red")
        mlflow.set_tags({"a": 1, "b": None})
        mlflow.delete_tag("a")
    data = mlflow.get_run(run.info.run_id).data

    assert data.params == {"rate": "0.1", "depth": "3", "kind": "tree"}
    assert data.metrics == {"loss": 1.0, "auc": 0.5}
    return [
        data.params,
        data.metrics,
        {key: value for key, value in data.tags.items() if not key.startswith("mlflow.")},
    ]


def runs_are_nested(at: Place) -> object:
    """Each knows its parent, which goes on when it ends."""
    speaking(at)
    with mlflow.start_run(run_name="parent") as parent:
        for number in range(2):
            with mlflow.start_run(run_name=f"child {number}", nested=True) as child:
                mlflow.log_metric("loss", number)
                with mlflow.start_run(run_name="grandchild", nested=True):
                    pass
        mlflow.log_metric("best", 0)
    found = mlflow.search_runs(
        filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'", output_format="list"
    )

    assert sorted(one.info.run_name for one in found) == ["child 0", "child 1"]
    assert mlflow.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id
    return sorted(one.info.run_name for one in mlflow.search_runs(output_format="list"))


def an_ended_run_goes_on(at: Place) -> object:
    """By its id; it runs, then has ended again, with all that it had."""
    speaking(at)
    with mlflow.start_run() as run:
        mlflow.log_metric("loss", 2, step=0)
        mlflow.log_param("rate", 1)
    with mlflow.start_run(run.info.run_id):
        again = status(run)
        mlflow.log_metric("loss", 1, step=1)
        mlflow.log_param("depth", 1)
    data = mlflow.get_run(run.info.run_id).data

    assert (again, status(run)) == ("RUNNING", "FINISHED")
    assert data.params == {"rate": "1", "depth": "1"}
    return [data.params, data.metrics]


def a_deleted_run_does_not_go_on(at: Place) -> object:
    """It must be active."""
    speaking(at)
    with mlflow.start_run() as run:
        pass
    mlflow.delete_run(run.info.run_id)

    with pytest.raises(Exception, match="deleted"):
        mlflow.start_run(run.info.run_id)
    return []


def an_experiment_is_set(at: Place) -> object:
    """Made when it is not there; a deleted one is refused."""
    name = speaking(at)
    again = mlflow.set_experiment(name)
    mlflow.set_experiment_tags({"a": "b"})
    found = mlflow.get_experiment_by_name(name)
    mlflow.delete_experiment(found.experiment_id)

    assert again.experiment_id == found.experiment_id
    assert found.tags == {"a": "b"}
    with pytest.raises(Exception, match="Cannot set a deleted experiment"):
        mlflow.set_experiment(name)
    return [found.tags]


def runs_are_found_as_a_table(at: Place) -> object:
    """With a column for each metric, parameter and tag."""
    speaking(at)
    for number in range(3):
        with mlflow.start_run(run_name=f"run {number}"):
            mlflow.log_metric("loss", number)
            mlflow.log_param("rate", number)
    table = mlflow.search_runs(filter_string="metrics.loss > 0", order_by=["metrics.loss DESC"])

    assert table["metrics.loss"].tolist() == [2.0, 1.0]
    assert table["params.rate"].tolist() == ["2", "1"]
    assert str(table["start_time"].dtype).startswith("datetime64")
    return [sorted(table.columns), table["tags.mlflow.runName"].tolist()]


def a_dataset_is_an_input(at: Place) -> object:
    """Of a table."""
    speaking(at)
    data = mlflow.data.from_pandas(pd.DataFrame({"x": [1.0, 2.0]}), name="points", source="/data/points.csv")
    with mlflow.start_run() as run:
        mlflow.log_input(data, context="training", tags={"a": "b"})
    found = mlflow.get_run(run.info.run_id).inputs.dataset_inputs[0]

    assert (found.dataset.name, found.dataset.digest) == ("points", data.digest)
    return [found.dataset.schema, found.dataset.profile, sorted((tag.key, tag.value) for tag in found.tags)]


def trained() -> Any:
    """A model of a line."""
    return LinearRegression().fit(pd.DataFrame({"x": [0.0, 1.0, 2.0]}), [0.0, 2.0, 4.0])


ASKED = pd.DataFrame({"x": [3.0]})


def answer(uri: str) -> float:
    """What a model that is loaded by an address says."""
    return round(float(mlflow.pyfunc.load_model(uri).predict(ASKED)[0]), 6)


def a_model_is_logged_registered_and_loaded(at: Place) -> object:
    """By its own address, the run's, its number, an alias, and the latest."""
    speaking(at)
    name = unused("line")
    with mlflow.start_run() as run:
        signature = mlflow.models.infer_signature(ASKED, [6.0])
        logged = mlflow.sklearn.log_model(
            trained(), name="line", signature=signature, input_example=None, pip_requirements=["scikit-learn"],
            registered_model_name=name,
        )  # fmt: skip
        mlflow.log_metric("rmse", 0.0, model_id=logged.model_id)
    second = mlflow.register_model(logged.model_uri, name)
    at.client.set_registered_model_alias(name, "best", second.version)
    answers = {
        words: answer(uri)
        for words, uri in {
            "model": logged.model_uri,
            "id": f"models:/{logged.model_id}",
            "run": f"runs:/{run.info.run_id}/line",
            "number": f"models:/{name}/1",
            "alias": f"models:/{name}@best",
            "latest": f"models:/{name}/latest",
        }.items()
    }
    found = mlflow.get_logged_model(logged.model_id)

    assert set(answers.values()) == {6.0}
    assert str(second.version) == "2"
    assert [(one.key, one.value) for one in found.metrics] == [("rmse", 0.0)]
    assert [one.model_id for one in mlflow.get_run(run.info.run_id).outputs.model_outputs] == [
        logged.model_id
    ]
    assert mlflow.models.get_model_info(f"models:/{name}/1").signature == signature
    return [answers, str(found.status), sorted(found.tags) == sorted(found.tags)]


def autologging_logs(at: Place) -> object:
    """An unmodified script's parameters, metrics, data and model."""
    speaking(at)
    mlflow.sklearn.autolog(log_models=False, silent=True)
    with mlflow.start_run() as run:
        trained()
    mlflow.sklearn.autolog(disable=True)
    found = mlflow.get_run(run.info.run_id)

    assert found.data.params["fit_intercept"] == "True"
    return [found.data.params, sorted(found.data.metrics), len(found.inputs.dataset_inputs)]


def a_traced_time_is_kept(at: Place) -> object:
    """A run's times are those of its block."""
    speaking(at)
    before = int(time.time() * 1000)
    with mlflow.start_run() as run:
        pass
    info = mlflow.get_run(run.info.run_id).info

    assert before <= info.start_time <= info.end_time <= int(time.time() * 1000)
    return []


ALL = [
    a_block_is_a_run,
    everything_is_logged,
    runs_are_nested,
    an_ended_run_goes_on,
    a_deleted_run_does_not_go_on,
    an_experiment_is_set,
    runs_are_found_as_a_table,
    a_dataset_is_an_input,
    a_model_is_logged_registered_and_loaded,
    autologging_logs,
    a_traced_time_is_kept,
]


@case
@pytest.mark.parametrize("what", ALL, ids=lambda what: what.__name__)
def test_scripts_without_a_server(at: Place, what: Any) -> object:
    """The address is the store's."""
    return what(at)


@served_case
@pytest.mark.parametrize("what", ALL[:9], ids=lambda what: what.__name__)
def test_scripts_with_a_server(at: Place, what: Any) -> object:
    """The address is the server's."""
    return what(at)
