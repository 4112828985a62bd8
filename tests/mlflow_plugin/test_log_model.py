"""`log_model` and what belongs to it, by the functions that people call: inside a run, outside of one, and by autologging."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mlflow
import pandas as pd
import pytest
from desk import Desk
from mlflow.entities import LoggedModelStatus
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression

TABLE = pd.DataFrame({"age": [20.0, 30.0, 40.0, 50.0], "visits": [1.0, 2.0, 3.0, 4.0]})
GONE = [0, 0, 1, 1]
REQUIREMENTS = ["scikit-learn"]
"""Given, so that MLflow does not start another Python to find them out."""


@pytest.fixture(autouse=True)
def tracked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """MLflow logs to a fresh registry, and forgets about it afterwards."""
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    monkeypatch.setenv("MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT", "1")
    before = mlflow.get_tracking_uri()
    uri = f"gitreg://{desk.path}"
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("churn")
    yield uri
    while mlflow.active_run():
        mlflow.end_run()
    mlflow.sklearn.autolog(disable=True)
    mlflow.clear_active_model()
    mlflow.set_tracking_uri(before)
    mlflow.set_registry_uri(None)  # type: ignore[arg-type]


@pytest.fixture
def forest() -> Any:
    """A trained model."""
    return LogisticRegression().fit(TABLE, GONE)


def logged(model: Any, name: str = "forest") -> Any:
    signature = infer_signature(TABLE, model.predict(TABLE))
    return mlflow.sklearn.log_model(
        model, name=name, signature=signature, input_example=TABLE[:2], pip_requirements=REQUIREMENTS
    )


def predicted(uri: str) -> list[int]:
    return list(mlflow.pyfunc.load_model(uri).predict(TABLE))


def test_inside_a_run(forest: Any) -> None:
    """It is ready when the call returns, has the run's params, is what the run made, and predicts what it did."""
    with mlflow.start_run() as run:
        mlflow.log_param("depth", 8)
        info = logged(forest)
        found = mlflow.get_logged_model(info.model_id)

        assert predicted(info.model_uri) == list(forest.predict(TABLE))
    assert (found.status, found.params, found.source_run_id) == (
        LoggedModelStatus.READY,
        {"depth": "8"},
        run.info.run_id,
    )
    outputs = mlflow.get_run(run.info.run_id).outputs.model_outputs
    assert [one.model_id for one in outputs] == [info.model_id]
    assert mlflow.last_logged_model().model_id == info.model_id  # type: ignore[union-attr]


@pytest.mark.parametrize("ended", [False, True])
def test_by_the_run_and_a_name(forest: Any, ended: bool) -> None:
    """`runs:/<id>/<name>` leads to it, while the run runs and afterwards."""
    run = mlflow.start_run()
    logged(forest)
    if ended:
        mlflow.end_run()

    assert predicted(f"runs:/{run.info.run_id}/forest") == list(forest.predict(TABLE))


def test_outside_of_a_run(forest: Any) -> None:
    """It needs none, and begins none."""
    info = logged(forest)

    assert mlflow.active_run() is None
    assert predicted(info.model_uri) == list(forest.predict(TABLE))
    assert mlflow.get_logged_model(info.model_id).source_run_id is None


def test_what_it_holds(forest: Any) -> None:
    """The files that MLflow writes, and no others."""
    info = logged(forest)

    names = {one.path for one in mlflow.artifacts.list_artifacts(info.model_uri)}  # type: ignore[no-untyped-call]
    assert {"MLmodel", "requirements.txt", "input_example.json"} <= names
    assert not any(name.startswith(".gitreg") for name in names)
    assert mlflow.models.get_model_info(info.model_uri).signature == info.signature


def test_metrics_on_data(forest: Any) -> None:
    """An evaluation's values are the model's by data: seen at once, found by search, there when the run has ended."""
    info = logged(forest)
    data = mlflow.data.from_pandas(TABLE, name="holdout")
    with mlflow.start_run() as run:
        mlflow.log_metrics({"auc": 0.9, "f1": 0.8}, model_id=info.model_id, dataset=data)
        running = mlflow.get_logged_model(info.model_id).metrics
    ended = mlflow.get_logged_model(info.model_id).metrics

    assert running is not None
    assert {(one.key, one.value, one.dataset_name, one.run_id) for one in running} == {
        ("auc", 0.9, "holdout", run.info.run_id),
        ("f1", 0.8, "holdout", run.info.run_id),
    }
    assert running == ended
    found = mlflow.search_logged_models(
        filter_string="metrics.auc > 0.85", datasets=[{"dataset_name": "holdout"}], output_format="list"
    )
    assert [one.model_id for one in found] == [info.model_id]
    assert [one.model_id for one in mlflow.get_run(run.info.run_id).inputs.model_inputs] == [info.model_id]


def test_a_metric_at_the_step_of_a_model(forest: Any) -> None:
    """MLflow's client gives a model what the run has at its step; 3.15 only what was logged before the model was."""
    with mlflow.start_run():
        mlflow.log_metric("loss", 0.4, step=0)
        info = logged(forest)
        mlflow.log_metric("auc", 0.9, step=0)
        mlflow.log_metric("auc", 0.8, step=7)

    found = {(one.key, one.value) for one in mlflow.get_logged_model(info.model_id).metrics or []}
    assert {("loss", 0.4)} <= found <= {("loss", 0.4), ("auc", 0.9)}


def test_autologging() -> None:
    """An unchanged script has its model, with what was measured in training."""
    mlflow.sklearn.autolog(log_model_signatures=True, extra_tags=None, pos_label=1, silent=True)
    with mlflow.start_run() as run:
        LogisticRegression().fit(TABLE, GONE)

    [found] = mlflow.search_logged_models(
        filter_string=f"source_run_id = '{run.info.run_id}'", output_format="list"
    )
    assert found.status == LoggedModelStatus.READY
    assert "training_accuracy_score" in {one.key for one in found.metrics or []}
    assert mlflow.get_run(run.info.run_id).data.params["C"] == "1.0"
    assert isinstance(mlflow.sklearn.load_model(found.model_uri), LogisticRegression)


def test_external_and_active_models() -> None:
    """A model whose files are elsewhere has params and tags, too."""
    external = mlflow.create_external_model(name="agent", params={"temperature": "0"})
    mlflow.set_logged_model_tags(external.model_id, {"team": "growth", "old": "x"})
    mlflow.delete_logged_model_tag(external.model_id, "old")
    mlflow.log_model_params({"top_k": "5"}, model_id=external.model_id)
    with mlflow.set_active_model(name="agent") as active:
        assert active.model_id == mlflow.get_active_model_id() == external.model_id

    found = mlflow.get_logged_model(external.model_id)
    assert found.status == LoggedModelStatus.READY
    assert found.params == {"temperature": "0", "top_k": "5"}
    assert found.tags["team"] == "growth"
    assert "old" not in found.tags


def test_a_failed_one(forest: Any) -> None:
    """What could not be saved is failed, and says so; the run goes on."""

    class Broken(mlflow.pyfunc.PythonModel):
        def predict(self, model_input: list[str]) -> list[str]:
            return model_input

        def __reduce__(self) -> Any:
            raise ValueError("not to be pickled")

    with mlflow.start_run(), pytest.raises(Exception, match="serialize"):
        mlflow.pyfunc.log_model(name="broken", python_model=Broken(), pip_requirements=REQUIREMENTS)

    [found] = mlflow.search_logged_models(filter_string="name = 'broken'", output_format="list")
    assert found.status == LoggedModelStatus.FAILED


def test_what_a_colleague_finds(forest: Any, desk: Desk, tracked: str) -> None:
    """All of it is in the repository: Git shows the records, and the work tree is as it was."""
    before = desk.state()
    with mlflow.start_run():
        info = logged(forest)

    files = desk.git("ls-tree", "-r", "--name-only", "gitreg/candidates").splitlines()
    ours = [name.rpartition(".")[2] for name in files if info.model_id.removeprefix("m-") in name]
    assert sorted(ours) == ["dvc", "sha256", "yaml"]
    assert desk.state() == before
