"""Artifacts by MLflow's own ways: its commands, `mlflow.artifacts`, `runs:/` and `models:/` addresses, `mlflow gc`."""

from __future__ import annotations

import json

import mlflow
import pytest
from artifact_desk import desk_in, files_in
from click.testing import CliRunner
from mlflow import MlflowClient
from mlflow.cli import cli
from mlflow.entities import LoggedModelStatus
from mlflow.exceptions import MlflowException
from mlflow.tracking._model_registry.utils import _get_store

from gitreg.mlflow_plugin.artifacts.repository import RegistryArtifactRepository


@pytest.fixture
def at(tmp_path, environ, monkeypatch):
    """A desk whose registry MLflow logs to."""
    with desk_in(tmp_path) as desk:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", desk.uri)
        mlflow.set_tracking_uri(desk.uri)
        yield desk
        mlflow.set_tracking_uri(None)


@pytest.fixture
def target(tmp_path):
    """A folder to download to."""
    folder = tmp_path / "target"
    folder.mkdir()
    return folder


def run_command(*words: str) -> str:
    """What a command of MLflow says."""
    done = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_tracking_uri_alone_selects_the_model_registry(at):
    """Nobody has to set two."""
    assert mlflow.get_registry_uri() == at.uri
    assert type(_get_store()).__module__.startswith("gitreg.")


def test_commands_log_list_and_download(at, target):
    """`mlflow artifacts`."""
    run = at.run()
    at.file("model/MLmodel")
    words = ("--run-id", run.info.run_id)

    run_command("artifacts", "log-artifact", *words, "-l", str(at.file("a b.txt")), "-a", "notes")
    run_command("artifacts", "log-artifacts", *words, "-l", str(at.files / "model"), "-a", "model")
    listing = json.loads(run_command("artifacts", "list", *words))
    run_command("artifacts", "download", *words, "-d", str(target))

    assert [one["path"] for one in listing] == ["model", "notes"]
    assert files_in(target) == {"model/MLmodel": b"content", "notes/a b.txt": b"content"}


@pytest.mark.parametrize("ended", [True, False])
def test_addresses_of_runs(at, target, ended):
    """`runs:/`, and the plain address that a run has."""
    run = at.run()
    at.repository(run.info.artifact_uri).log_artifact(at.file("a b.txt", b"words"), "sub")
    if ended:
        at.end(run)

    mlflow.artifacts.download_artifacts(f"runs:/{run.info.run_id}/sub/a b.txt", dst_path=str(target / "1"))
    plain = mlflow.artifacts.download_artifacts(f"{run.info.artifact_uri}/sub", dst_path=str(target / "2"))
    whole = mlflow.artifacts.download_artifacts(run.info.artifact_uri, dst_path=str(target / "3"))

    assert files_in(target)["1/a b.txt"] == b"words"
    assert files_in(target)["2/sub/a b.txt"] == b"words"
    assert plain.endswith("/2/sub")
    assert whole.endswith("/3/artifacts")
    assert [one.path for one in mlflow.artifacts.list_artifacts(f"runs:/{run.info.run_id}/sub")] == [
        "sub/a b.txt"
    ]


def test_addresses_of_models(at, target):
    """`models:/m-...`, of a logged model."""
    model = at.model()
    at.repository(model.artifact_location).log_artifacts(str(at.file("model/MLmodel", b"x: 1").parent))
    at.store.finalize_logged_model(model.model_id, LoggedModelStatus.READY)

    path = mlflow.artifacts.download_artifacts(f"models:/{model.model_id}", dst_path=str(target))

    assert path.rstrip("/") == str(target)
    assert files_in(target)["MLmodel"] == b"x: 1"


def test_the_fluent_api_logs_all_kinds(at, target):
    """Text, dictionaries, figures' names with a time of day."""
    with mlflow.start_run() as run:
        mlflow.log_text("words", "notes/read me.txt")
        mlflow.log_dict({"a": 1}, "plots/2026-11-23 10:04:05.json")
        mlflow.log_artifact(str(at.file("empty", b"")))

    assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/notes/read me.txt") == "words"
    client = MlflowClient()
    assert [one.path for one in client.list_artifacts(run.info.run_id, "plots")] == [
        "plots/2026-11-23 10:04:05.json"
    ]
    client.download_artifacts(run.info.run_id, "", str(target))
    assert files_in(target)["plots/2026-11-23 10:04:05.json"].startswith(b"{")
    assert files_in(target)["empty"] == b""


def test_gc_deletes_runs_with_their_artifacts(at):
    """Neither is found any more."""
    run = at.run()
    repository = at.repository(run.info.artifact_uri)
    repository.log_artifact(at.file("a.txt"))
    at.end(run)
    at.store.delete_run(run.info.run_id)

    run_command("gc", "--backend-store-uri", at.uri)

    with pytest.raises(MlflowException):
        at.store.get_run(run.info.run_id)
    with pytest.raises(MlflowException):
        repository.list_artifacts()


def test_mlflow_finds_the_repository_by_the_scheme(at):
    """By the entry point."""
    assert isinstance(at.repository(at.run().info.artifact_uri), RegistryArtifactRepository)


def test_artifacts_may_be_kept_elsewhere(at, tmp_path, target):
    """As the option of the address says; what is there is none of the registry's."""
    elsewhere = tmp_path / "elsewhere"
    mlflow.set_tracking_uri(f"{at.uri}?artifact_root=file%3A%2F%2F{elsewhere}")

    with mlflow.start_run() as run:
        mlflow.log_text("words", "a.txt")

    assert (elsewhere / "0" / run.info.run_id / "artifacts/a.txt").read_text() == "words"
