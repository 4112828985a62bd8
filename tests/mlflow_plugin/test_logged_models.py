"""Logged models through MLflow's tracking store: what holds on MLflow's SQL store holds on gitreg's."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
from logged_model_words import BAD, INVALID, MISSING, begun, code_of, measured, names, place, run_in, values
from mlflow.entities import (
    LoggedModelInput,
    LoggedModelOutput,
    LoggedModelParameter,
    LoggedModelStatus,
    LoggedModelTag,
    Metric,
    RunStatus,
)

from gitreg.mlflow_plugin.tracking.store import TrackingStore
from gitreg.workflows.searching import logged_models as logged_model_index

NOBODY = "m-" + "0" * 32


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


def test_it_is_found_among_many_experiments(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the index tells where it is, and is brought up to date for it."""
    looked: list[str] = []
    likely = logged_model_index.experiments_of

    def experiments_of(connection: Any, id_: str) -> list[str]:
        looked.append(id_)
        return likely(connection, id_)

    monkeypatch.setattr(logged_model_index, "FEW", 0)
    monkeypatch.setattr(logged_model_index, "experiments_of", experiments_of)
    places = [place(store) for _ in range(3)]

    for experiment in places:
        model = begun(store, "forest", experiment)
        assert store.get_logged_model(model.model_id).experiment_id == experiment
    assert code_of(store.get_logged_model, NOBODY) == MISSING
    assert len(looked) in {0, 4}  # MLflow's own store has no index


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
