"""Logged models: made, finished, tagged, measured, deleted."""

from __future__ import annotations

import time
from typing import Any

import pytest
from conformity import case, lone_case
from grounds import INVALID, MISSING, NOT_ACTIVE, Place, pause, refused, told
from mlflow.entities import LoggedModel, LoggedModelParameter, LoggedModelStatus, LoggedModelTag, Metric
from mlflow.entities.logged_model_input import LoggedModelInput
from mlflow.entities.logged_model_output import LoggedModelOutput
from mlflow.utils.name_utils import _GENERATOR_PREDICATES


def made(at: Place, experiment: str | None = None, name: str | None = "net", **words: Any) -> str:
    """A new logged model's id."""
    pause()
    given: dict[str, Any] = {"source_run_id": words.get("run"), "model_type": words.get("kind")}
    tags = [LoggedModelTag(*one) for one in words.get("tags", {}).items()]
    params = [LoggedModelParameter(*one) for one in words.get("params", {}).items()]
    model = at.store.create_logged_model(
        experiment or at.experiment(), name, tags=tags, params=params, **given
    )
    return at.call(model.model_id, f"model {name}")


def shown(model: LoggedModel) -> dict[str, Any]:
    """What a model says of itself, without times and addresses."""
    return {
        "id": model.model_id,
        "experiment": model.experiment_id,
        "name": model.name,
        "kind": model.model_type,
        "run": model.source_run_id,
        "status": str(model.status),
        "message": model.status_message,
        "tags": model.tags,
        "params": model.params,
        "metrics": sorted(
            (
                one.key,
                one.value,
                one.timestamp,
                one.step,
                one.run_id,
                one.model_id,
                one.dataset_name or "",
                one.dataset_digest or "",
            )
            for one in model.metrics or ()
        ),
    }


@case
def test_a_model_says_what_it_was_made_with(at: Place) -> object:
    """Name, kind, run, tags, parameters; it is pending."""
    experiment = at.experiment()
    run = at.run(experiment=experiment)
    before = int(time.time() * 1000)
    model = made(at, experiment, "net", run=run, kind="agent", tags={"a": "1"}, params={"rate": "0.1"})
    found = at.store.get_logged_model(model)

    assert (found.name, found.model_type, found.source_run_id) == ("net", "agent", run)
    assert found.status == LoggedModelStatus.PENDING
    assert before <= found.creation_timestamp == found.last_updated_timestamp
    assert found.model_uri == f"models:/{model}"
    return shown(found)


@case
def test_ids_of_models_are_m_and_32_digits(at: Place) -> object:
    """As MLflow's are."""
    model = made(at)

    assert model.startswith("m-")
    assert len(model) == 34
    assert set(model[2:]) <= set("0123456789abcdef")
    return []


@case
def test_a_model_becomes_a_message(at: Place) -> object:
    """So nothing in it has a type that the protocol does not carry."""
    message = at.store.get_logged_model(made(at, tags={"a": "1"}, params={"b": "2"})).to_proto()

    assert message.info.name == "net"
    assert message.data.params[0].value == "2"
    return []


@case
def test_a_model_without_a_name_gets_one(at: Place) -> object:
    """Of the words that MLflow uses."""
    found = at.store.get_logged_model(made(at, name=None))

    assert found.name.split("-")[0] in _GENERATOR_PREDICATES
    return []


@case
def test_a_model_s_files_lie_below_its_experiment_s(at: Place) -> object:
    """In a folder of its own."""
    experiment = at.experiment()
    model = made(at, experiment)
    location = at.store.get_experiment(experiment).artifact_location

    assert at.store.get_logged_model(model).artifact_location == f"{location}/models/{model}/artifacts"
    return []


@case
@pytest.mark.parametrize("name", ["", "a/b", "a:b", "a.b", "a%b", 'a"b', "a'b"])
def test_names_that_mean_nothing_are_refused(at: Place, name: str) -> None:
    """They would not pass through an address."""
    refused(INVALID, "Invalid model name", at.store.create_logged_model, at.experiment(), name)


@case
@pytest.mark.parametrize("name", ["a", "a b", "ünï", "a_b-c", "x" * 200, "UPPER"])
def test_other_names_are_any_text(at: Place, name: str) -> object:
    """They come back as they were; two models may have one."""
    experiment = at.experiment()
    first, second = made(at, experiment, name), made(at, experiment, name)

    assert first != second
    assert at.store.get_logged_model(first).name == at.store.get_logged_model(second).name == name
    return []


@case
def test_a_model_needs_an_active_experiment(at: Place) -> None:
    """That is there."""
    experiment = at.experiment()
    at.store.delete_experiment(experiment)

    refused(INVALID, NOT_ACTIVE, at.store.create_logged_model, experiment, "net")
    refused(MISSING, "No Experiment with id=", at.store.create_logged_model, "987654", "net")


@case
def test_a_model_that_is_not_there_is_missing(at: Place) -> None:
    """Whatever is asked of it."""
    lost = "m-" + "0" * 32
    for act, *rest in (
        (at.store.get_logged_model,),
        (at.store.delete_logged_model,),
        (at.store.finalize_logged_model, LoggedModelStatus.READY),
        (at.store.set_logged_model_tags, [LoggedModelTag("a", "b")]),
        (at.store.delete_logged_model_tag, "a"),
        (at.store.log_logged_model_params, [LoggedModelParameter("a", "b")]),
    ):
        refused(MISSING, f"Logged model with ID '{lost}' not found", act, lost, *rest)


@case
@pytest.mark.parametrize("text", ["nothing", "../../x", "m-zz", "m-", " "])
def test_other_texts_are_no_models(at: Place, text: str) -> None:
    """They are missing, as every other id is."""
    refused(MISSING, "Logged model with ID .* not found", at.store.get_logged_model, text)


@case
@pytest.mark.parametrize("status", ["READY", "FAILED", "PENDING", "UNSPECIFIED"])
def test_a_model_gets_a_status(at: Place, status: str) -> object:
    """And is changed later than it was made."""
    model = made(at)
    pause()
    answer = at.store.finalize_logged_model(model, LoggedModelStatus(status))
    found = at.store.get_logged_model(model)

    assert answer.status == found.status == LoggedModelStatus(status)
    assert found.last_updated_timestamp > found.creation_timestamp
    return shown(answer)


@case
def test_a_status_may_be_given_again(at: Place) -> object:
    """The last one counts."""
    model = made(at)
    for status in ("READY", "FAILED", "READY"):
        at.store.finalize_logged_model(model, LoggedModelStatus(status))

    assert at.store.get_logged_model(model).status == LoggedModelStatus.READY
    return shown(at.store.get_logged_model(model))


@case
def test_tags_of_models_are_set_and_set_again(at: Place) -> object:
    """In one call or several; the last of a key counts."""
    model = made(at, tags={"a": "1"})
    at.store.set_logged_model_tags(model, [LoggedModelTag("a", "2"), LoggedModelTag("b", "1")])
    at.store.set_logged_model_tags(model, [LoggedModelTag("b", "2"), LoggedModelTag("b", "3")])
    at.store.set_logged_model_tags(
        model, [LoggedModelTag("lines", "one\ntwo\n"), LoggedModelTag("empty", "")]
    )
    at.store.set_logged_model_tags(model, [])

    assert at.store.get_logged_model(model).tags == {"a": "2", "b": "3", "lines": "one\ntwo\n", "empty": ""}
    return shown(at.store.get_logged_model(model))


@case
def test_a_tag_of_a_model_is_deleted_once(at: Place) -> object:
    """The second time it is missing; other models keep theirs."""
    experiment = at.experiment()
    model, other = (
        made(at, experiment, tags={"a": "1", "b": "2"}),
        made(at, experiment, "other", tags={"a": "1"}),
    )
    at.store.delete_logged_model_tag(model, "a")

    assert at.store.get_logged_model(model).tags == {"b": "2"}
    assert at.store.get_logged_model(other).tags == {"a": "1"}
    refused(MISSING, "No tag with key 'a' found for model", at.store.delete_logged_model_tag, model, "a")
    return []


@case
def test_parameters_are_added_to_a_model(at: Place) -> object:
    """To those that it was made with."""
    model = made(at, params={"rate": "0.1"})
    at.store.log_logged_model_params(
        model, [LoggedModelParameter("depth", "3"), LoggedModelParameter("long", "x" * 6000)]
    )

    assert at.store.get_logged_model(model).params == {"rate": "0.1", "depth": "3", "long": "x" * 6000}
    return []


@case
def test_many_parameters_are_added_to_a_model(at: Place) -> object:
    """As many as a pipeline has."""
    model = made(at)
    at.store.log_logged_model_params(
        model, [LoggedModelParameter(f"p{number}", str(number)) for number in range(500)]
    )

    assert len(at.store.get_logged_model(model).params) == 500
    return shown(at.store.get_logged_model(model))


@case
def test_a_deleted_model_is_missing_but_for_who_asks_for_deleted_ones(at: Place) -> object:
    """Its tags may still be set."""
    experiment = at.experiment()
    model = made(at, experiment)
    at.store.delete_logged_model(model)

    refused(MISSING, "not found", at.store.get_logged_model, model)
    at.store.set_logged_model_tags(model, [LoggedModelTag("late", "yes")])
    assert at.store.get_logged_model(model, allow_deleted=True).name == "net"
    assert list(at.store.search_logged_models([experiment])) == []
    return shown(at.store.get_logged_model(model, allow_deleted=True))


@lone_case
def test_deleted_models_are_listed_for_the_purge(at: Place) -> object:
    """And purged, they are gone."""
    experiment = at.experiment()
    model, kept = made(at, experiment, "gone"), made(at, experiment, "kept")
    before = at.store._get_deleted_logged_models()
    at.store.delete_logged_model(model)
    time.sleep(0.002)

    assert before == []
    assert at.store._get_deleted_logged_models() == [model]
    assert at.store._get_deleted_logged_models(older_than=1_000_000) == []
    at.store._hard_delete_logged_model(model)
    refused(MISSING, "not found", at.store.get_logged_model, model, allow_deleted=True)
    assert at.store._get_deleted_logged_models() == []
    assert at.store.get_logged_model(kept).name == "kept"
    refused(MISSING, "not found", at.store._hard_delete_logged_model, model)
    return []


def measure(
    at: Place, run: str, model: str, key: str, value: float, *, step: int = 0, data: str | None = None
) -> None:
    """Logs a metric of a model in a run."""
    words = {"dataset_name": data, "dataset_digest": f"digest of {data}"} if data else {}
    at.store.log_metric(run, Metric(key, value, 10 + step, step, model_id=model, run_id=run, **words))


@case
@pytest.mark.parametrize("running", [True, False])
def test_metrics_of_a_model_are_the_run_s_too(at: Place, running: bool) -> object:
    """With the data that they were measured on."""
    experiment = at.experiment()
    run, model = at.run(experiment=experiment), made(at, experiment)
    measure(at, run, model, "loss", 2.0)
    measure(at, run, model, "loss", 1.0, step=1)
    measure(at, run, model, "auc", 0.5, data="test")
    if not running:
        at.end(run)
    found = at.store.get_logged_model(model)

    assert [(one.key, one.value, one.step) for one in sorted(found.metrics, key=lambda one: (one.key, one.step))] == [
        ("auc", 0.5, 0), ("loss", 2.0, 0), ("loss", 1.0, 1),
    ]  # fmt: skip
    assert at.store.get_run(run).data.metrics == {"loss": 1.0, "auc": 0.5}
    return [shown(found), told(at.store.get_run(run))]


@case
def test_a_model_is_measured_by_an_ended_run(at: Place) -> object:
    """As evaluations do."""
    experiment = at.experiment()
    run, model = at.run(experiment=experiment), made(at, experiment)
    at.end(run)
    measure(at, run, model, "auc", 0.5, data="test")

    assert [one.value for one in at.store.get_logged_model(model).metrics] == [0.5]
    return shown(at.store.get_logged_model(model))


@case
def test_a_model_is_measured_by_a_batch(at: Place) -> object:
    """Together with what is the run's alone; the same point again is one."""
    experiment = at.experiment()
    run, model = at.run(experiment=experiment), made(at, experiment)
    points = [Metric("loss", 1.0, 1, 0), Metric("auc", 0.5, 1, 0, model_id=model, run_id=run)]
    at.store.log_batch(run, points, [], [])
    at.store.log_batch(run, points, [], [])

    assert [one.key for one in at.store.get_logged_model(model).metrics] == ["auc"]
    assert at.store.get_run(run).data.metrics == {"loss": 1.0, "auc": 0.5}
    return shown(at.store.get_logged_model(model))


@case
def test_two_runs_measure_one_model(at: Place) -> object:
    """Both values are its."""
    experiment = at.experiment()
    first, second, model = at.run("first", experiment), at.run("second", experiment), made(at, experiment)
    measure(at, first, model, "auc", 0.5)
    at.end(first)
    measure(at, second, model, "auc", 0.7)

    assert sorted(one.value for one in at.store.get_logged_model(model).metrics) == [0.5, 0.7]
    return shown(at.store.get_logged_model(model))


@case
@pytest.mark.parametrize("running", [True, False])
def test_models_are_outputs_of_runs(at: Place, running: bool) -> object:
    """At a step; a search shows them too."""
    experiment = at.experiment()
    run = at.run(experiment=experiment)
    models = [made(at, experiment, name) for name in ("one", "two")]
    if not running:
        at.end(run)
    at.store.log_outputs(run, [LoggedModelOutput(models[0], 1), LoggedModelOutput(models[1], 5)])
    found = at.store.get_run(run)

    assert sorted((one.model_id, one.step) for one in found.outputs.model_outputs) == sorted(
        zip(models, (1, 5), strict=True)
    )
    searched = at.store.search_runs([experiment], "", 1)[0]
    assert sorted(one.model_id for one in searched.outputs.model_outputs) == sorted(models)
    return sorted((at.known[one.model_id], one.step) for one in found.outputs.model_outputs)


@case
def test_runs_without_outputs_have_none(at: Place) -> object:
    """An empty list."""
    experiment = at.experiment()
    run = at.run(experiment=experiment)

    assert at.store.get_run(run).outputs.model_outputs == []
    assert at.store.search_runs([experiment], "", 1)[0].outputs.model_outputs == []
    return []


@case
@pytest.mark.parametrize("running", [True, False])
def test_models_are_inputs_of_runs(at: Place, running: bool) -> object:
    """As of an evaluation."""
    experiment = at.experiment()
    run, model = at.run(experiment=experiment), made(at, experiment)
    if not running:
        at.end(run)
    at.store.log_inputs(run, models=[LoggedModelInput(model)])

    assert [one.model_id for one in at.store.get_run(run).inputs.model_inputs] == [model]
    return told(at.store.get_run(run))


@case
def test_outputs_of_no_run_are_refused(at: Place) -> None:
    """It is missing; a deleted one must be active."""
    experiment = at.experiment()
    run, model = at.run(experiment=experiment), made(at, experiment)
    at.store.delete_run(run)

    refused(MISSING, "not found", at.store.log_outputs, "0" * 32, [LoggedModelOutput(model, 0)])
    refused(INVALID, NOT_ACTIVE, at.store.log_outputs, run, [LoggedModelOutput(model, 0)])


@case
def test_a_model_keeps_what_it_has_when_its_run_is_deleted(at: Place) -> object:
    """It is a thing of its own."""
    experiment = at.experiment()
    run = at.run(experiment=experiment)
    model = made(at, experiment, run=run)
    measure(at, run, model, "auc", 0.5)
    at.end(run)
    at.store.delete_run(run)

    assert at.store.get_logged_model(model).source_run_id == run
    return shown(at.store.get_logged_model(model))
