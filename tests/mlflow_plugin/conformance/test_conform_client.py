"""MLflow's client: what it adds to the stores, without a server and through one."""

from __future__ import annotations

import time
from typing import Any

import mlflow
import pytest
from conformity import case, served_case
from grounds import Place, dataset, refused, told
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.entities.logged_model_input import LoggedModelInput
from mlflow.entities.logged_model_output import LoggedModelOutput
from registry_words import shown, unused, versions


@pytest.fixture(autouse=True)
def at_nobody(monkeypatch: pytest.MonkeyPatch) -> Any:
    """MLflow's addresses, which are global, are put back."""
    monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    yield
    mlflow.set_tracking_uri(None)
    mlflow.set_registry_uri(None)


def begun(at: Place, **words: Any) -> str:
    """A run made by the client."""
    run = at.client.create_run(at.experiment(), start_time=5, **({"run_name": "run"} | words))
    return at.call(run.info.run_id, "run")


def a_run_gets_the_user_of_its_tag(at: Place) -> object:
    """The client's own words for it."""
    run = begun(at, tags={"mlflow.user": "grace", "kind": "x"}, run_name="named")
    found = at.client.get_run(run)

    assert found.info.run_name == "named"
    assert found.data.tags["mlflow.user"] == "grace"
    return told(found) | {"user": ""}


def a_run_is_terminated(at: Place) -> object:
    """Now, unless another time is said; with a status."""
    first, second = begun(at), begun(at)
    before = int(time.time() * 1000)
    at.client.set_terminated(first)
    at.client.set_terminated(second, "KILLED", 77)
    one, two = at.client.get_run(first).info, at.client.get_run(second).info

    assert (one.status, two.status, two.end_time) == ("FINISHED", "KILLED", 77)
    assert before <= one.end_time <= int(time.time() * 1000)
    return []


def a_run_is_updated(at: Place) -> object:
    """Status and name."""
    run = begun(at)
    at.client.update_run(run, status="FAILED", name="renamed")
    found = at.client.get_run(run).info

    assert (found.status, found.run_name) == ("FAILED", "renamed")
    return []


def what_is_logged_comes_back(at: Place) -> object:
    """One by one and in batches."""
    run = begun(at)
    at.client.log_metric(run, "loss", 2.0, timestamp=1, step=0)
    at.client.log_metric(run, "loss", 1.0, timestamp=2, step=1)
    at.client.log_param(run, "rate", 0.1)
    at.client.set_tag(run, "kind", 7)
    at.client.log_batch(run, [Metric("auc", 0.5, 3, 0)], [Param("depth", "3")], [RunTag("team", "red")])
    at.client.delete_tag(run, "kind")
    found = at.client.get_run(run)

    assert found.data.params == {"rate": "0.1", "depth": "3"}
    assert [one.value for one in at.client.get_metric_history(run, "loss")] == [2.0, 1.0]
    return told(found) | {"user": ""}


def what_is_logged_aside_comes_back(at: Place) -> object:
    """Without waiting for each."""
    run = begun(at)
    waits = [
        at.client.log_metric(run, "loss", float(step), timestamp=step + 1, step=step, synchronous=False)
        for step in range(20)
    ]
    waits.append(
        at.client.log_batch(run, params=[Param("rate", "1")], tags=[RunTag("a", "b")], synchronous=False)
    )
    waits.append(at.client.set_tag(run, "c", "d", synchronous=False))
    for wait in waits:
        wait.wait()
    found = at.client.get_run(run)

    assert found.data.metrics == {"loss": 19.0}
    assert len(at.client.get_metric_history(run, "loss")) == 20
    return told(found) | {"user": ""}


def a_changed_parameter_is_explained(at: Place) -> object:
    """The client says what to do."""
    run = begun(at)
    at.client.log_param(run, "rate", "1")

    refused(
        "INVALID_PARAMETER_VALUE",
        "Changing param values is not allowed",
        at.client.log_param,
        run,
        "rate",
        "2",
    )
    return []


def runs_are_found(at: Place) -> object:
    """With their pages."""
    experiment = at.experiment()
    for number in range(3):
        run = at.client.create_run(experiment, start_time=number + 1, run_name=f"run {number}").info.run_id
        at.client.log_metric(run, "half", float(number // 2))
        if number == 1:
            at.client.set_terminated(run)
    page = at.client.search_runs(
        [experiment], "metrics.half = 0", order_by=["attributes.start_time ASC"], max_results=1
    )
    rest = at.client.search_runs(
        [experiment],
        "metrics.half = 0",
        order_by=["attributes.start_time ASC"],
        max_results=1,
        page_token=page.token,
    )

    assert [one.info.run_name for one in (*page, *rest)] == ["run 0", "run 1"]
    return [one.info.run_name for one in at.client.search_runs([experiment], run_view_type=ViewType.ALL)]


def a_parent_is_found(at: Place) -> object:
    """By its child's tag."""
    experiment = at.experiment()
    parent = at.client.create_run(experiment).info.run_id
    child = at.client.create_run(experiment, tags={"mlflow.parentRunId": parent}).info.run_id

    assert at.client.get_parent_run(child).info.run_id == parent
    assert at.client.get_parent_run(parent) is None
    return []


def experiments_live_and_die(at: Place) -> object:
    """By the client's own words."""
    name = unused("an experiment")
    made = at.client.create_experiment(name, tags={"a": "b"})
    at.client.set_experiment_tag(made, "c", 1)
    at.client.rename_experiment(made, f"{name} renamed")
    at.client.delete_experiment(made)
    deleted = at.client.get_experiment(made).lifecycle_stage
    at.client.restore_experiment(made)
    found = at.client.get_experiment_by_name(f"{name} renamed")

    assert (deleted, found.lifecycle_stage, found.tags) == ("deleted", "active", {"a": "b", "c": "1"})
    assert [one.name for one in at.client.search_experiments(filter_string=f"name = '{name} renamed'")] == [
        f"{name} renamed"
    ]
    return []


def inputs_and_outputs_are_logged(at: Place) -> object:
    """Datasets and models."""
    run = begun(at)
    experiment = at.client.get_run(run).info.experiment_id
    model = at.client.create_logged_model(
        experiment, "net", source_run_id=run, params={"a": "b"}, tags={"c": "d"}
    )
    at.call(model.model_id, "model")
    at.client.log_inputs(run, [dataset("train", context="training")], [LoggedModelInput(model.model_id)])
    at.client.log_outputs(run, [LoggedModelOutput(model.model_id, 3)])
    at.client.log_metric(
        run, "auc", 0.5, timestamp=9, model_id=model.model_id, dataset_name="train", dataset_digest="d1"
    )
    at.client.set_logged_model_tags(model.model_id, {"e": "f"})
    at.client.delete_logged_model_tag(model.model_id, "c")
    at.client.finalize_logged_model(model.model_id, "READY")
    found = at.client.get_logged_model(model.model_id)

    assert (found.tags, found.params, str(found.status)) == ({"e": "f"}, {"a": "b"}, "READY")
    assert [(one.key, one.value, one.dataset_name) for one in found.metrics] == [("auc", 0.5, "train")]
    assert [one.model_id for one in at.client.search_logged_models([experiment], "metrics.auc > 0")] == [
        model.model_id
    ]
    at.client.delete_logged_model(model.model_id)
    assert list(at.client.search_logged_models([experiment])) == []
    return told(at.client.get_run(run)) | {"user": ""}


def registered(at: Place) -> tuple[str, str]:
    """A model registered from a run's artifacts, and the run."""
    run, name = begun(at), unused("net")
    at.client.log_text(run, "weights", "model/weights.txt")
    at.client.create_registered_model(name, {"a": "b"}, "words")
    at.known[name] = "net"
    at.client.create_model_version(
        name, f"{at.client.get_run(run).info.artifact_uri}/model", run, {"c": "d"}, description="first"
    )
    return name, run


def a_version_is_registered_from_a_run(at: Place) -> object:
    """From its artifacts, while it runs; and read again."""
    name, run = registered(at)
    found = at.client.get_model_version(name, "1")
    mlflow.set_tracking_uri(at.uri)
    mlflow.set_registry_uri(at.uri)
    text = mlflow.artifacts.load_text(f"models:/{name}/1/weights.txt")

    assert (found.run_id, found.status, text) == (run, "READY", "weights")
    at.client.log_metric(run, "later", 1.0)
    at.client.set_terminated(run)
    assert mlflow.artifacts.load_text(f"models:/{name}/1/weights.txt") == "weights"
    return shown(found) | {"source": ""}


def a_version_is_registered_from_an_ended_run(at: Place) -> object:
    """Later, and from a logged model."""
    name, run = registered(at)
    at.client.set_terminated(run)
    experiment = at.client.get_run(run).info.experiment_id
    model = at.client.create_logged_model(experiment, "net", source_run_id=run)
    at.client.finalize_logged_model(model.model_id, "READY")
    mlflow.set_tracking_uri(at.uri)
    mlflow.set_registry_uri(at.uri)
    second = at.client.create_model_version(name, f"models:/{model.model_id}", run, model_id=model.model_id)

    assert str(second.version) == "2"
    assert second.run_id == run
    return shown(at.client.get_model_version(name, "2")) | {"source": ""}


def versions_are_named_moved_and_found(at: Place) -> object:
    """Aliases, tags, stages, descriptions, searches."""
    name, run = registered(at)
    at.client.create_model_version(name, f"{at.client.get_run(run).info.artifact_uri}/model", run)
    at.client.set_registered_model_alias(name, "best", "1")
    at.client.set_registered_model_alias(name, "best", "2")
    at.client.set_model_version_tag(name, "1", "e", "f")
    at.client.delete_model_version_tag(name, "1", "c")
    at.client.update_model_version(name, "1", "changed")
    at.client.transition_model_version_stage(name, "1", "Staging")
    at.client.set_model_version_tag(name, stage="Staging", key="by stage", value="yes")
    at.client.update_registered_model(name, "other words")
    found = at.client.get_model_version(name, "1")

    assert at.client.get_model_version_by_alias(name, "best").version in {2, "2"}
    assert found.description == "changed"
    assert [str(one.version) for one in at.client.get_latest_versions(name, ["Staging"])] == ["1"]
    assert versions(at.client.search_model_versions(f"name = '{name}' and tags.e = 'f'")) == [(name, "1")]
    if at.uri.startswith("http:"):
        assert at.client.get_model_version_download_uri(name, "1").startswith("mlflow-artifacts:")
    at.client.delete_registered_model_alias(name, "best")
    at.client.delete_model_version(name, "2")
    at.client.rename_registered_model(name, f"{name} renamed")
    assert [one.name for one in at.client.search_registered_models(f"name = '{name} renamed'")] == [
        f"{name} renamed"
    ]
    at.client.delete_registered_model(f"{name} renamed")
    refused("RESOURCE_DOES_NOT_EXIST", "not found", at.client.get_registered_model, f"{name} renamed")
    return shown(found) | {"source": ""}


def a_prompt_is_registered(at: Place) -> object:
    """Its versions, tags and aliases; it is no model."""
    name = unused("prompt").replace(" ", "-")
    at.client.register_prompt(name, "Say {{word}}.", commit_message="first", tags={"a": "b"})
    at.client.register_prompt(
        name, [{"role": "user", "content": "Say {{word}} again."}], commit_message="second"
    )
    at.client.set_prompt_alias(name, "best", 1)
    at.client.set_prompt_tag(name, "team", "red")
    at.client.set_prompt_version_tag(name, 1, "c", "d")
    first = at.client.get_prompt_version(name, 1)
    by_alias = at.client.get_prompt_version_by_alias(name, "best")

    assert first.template == by_alias.template == "Say {{word}}."
    assert (first.version, first.commit_message, first.tags.get("c")) == (1, "first", "d")
    assert at.client.get_prompt(name).tags["team"] == "red"
    assert [one.name for one in at.client.search_prompts(f"name = '{name}'")] == [name]
    assert [one.version for one in at.client.search_prompt_versions(name)] == [2, 1]
    assert list(at.client.search_registered_models(f"name = '{name}'")) == []
    at.client.delete_prompt_alias(name, "best")
    at.client.delete_prompt_version(name, "1")
    return [
        first.template,
        sorted(key for key in first.tags if not key.startswith("gitreg.")),
        first.variables,
    ]


def what_is_no_prompt_is_refused(at: Place) -> object:
    """A prompt is not made where a model is, nor the other way."""
    name, other = unused("taken").replace(" ", "-"), unused("prompt").replace(" ", "-")
    at.client.create_registered_model(name)
    at.client.register_prompt(other, "Say.")

    for act, *words in (
        (at.client.register_prompt, name, "Say."),
        (at.client.create_registered_model, other),
    ):
        with pytest.raises(Exception, match=r"."):
            act(*words)
    return []


def a_table_is_logged(at: Place) -> object:
    """And read again, grown."""
    run = begun(at)
    at.client.log_table(run, {"a": [1, 2], "b": ["x", "y"]}, "table.json")
    at.client.log_table(run, {"a": [3], "b": ["z"]}, "table.json")
    mlflow.set_tracking_uri(at.uri)
    found = at.client.load_table(at.client.get_run(run).info.experiment_id, "table.json", [run])

    assert found["a"].tolist() == [1, 2, 3]
    return found.to_dict("list")


ALL = [
    a_run_gets_the_user_of_its_tag,
    a_run_is_terminated,
    a_run_is_updated,
    what_is_logged_comes_back,
    what_is_logged_aside_comes_back,
    a_changed_parameter_is_explained,
    runs_are_found,
    a_parent_is_found,
    experiments_live_and_die,
    inputs_and_outputs_are_logged,
    a_version_is_registered_from_a_run,
    a_version_is_registered_from_an_ended_run,
    versions_are_named_moved_and_found,
    a_prompt_is_registered,
    what_is_no_prompt_is_refused,
    a_table_is_logged,
]


@case
@pytest.mark.parametrize("what", ALL, ids=lambda what: what.__name__)
def test_the_client_without_a_server(at: Place, what: Any) -> object:
    """It opens the stores itself."""
    return what(at)


@served_case
@pytest.mark.parametrize("what", ALL, ids=lambda what: what.__name__)
def test_the_client_of_a_server(at: Place, what: Any) -> object:
    """It asks the server."""
    return what(at)
