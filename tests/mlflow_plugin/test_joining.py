"""`gitreg run` around a script that logs to MLflow: its first run is the candidate, the others are nested in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from desk import START, Desk
from mlflow.artifacts import list_artifacts
from mlflow.entities import Metric, RunStatus, RunTag, ViewType

from gitreg.drafts import Draft, DraftStart, process_mark
from gitreg.mlflow_plugin.tracking.store import TrackingStore
from gitreg.workflows.running.finish_draft import drafts_folder

SCRIPT = """
import mlflow
with mlflow.start_run(run_name="first"):
    mlflow.log_param("p", "1")
    mlflow.log_metric("m", 0.5, step=3)
    mlflow.log_text("words", "notes/said.txt")
    with mlflow.start_run(nested=True, run_name="below"):
        mlflow.log_metric("m", 0.25)
with mlflow.start_run(run_name="beside"):
    mlflow.log_metric("m", 0.75)
raise SystemExit(3)
"""


@pytest.fixture
def outer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Draft:
    """The candidate of a `gitreg run` around this process."""
    start = DraftStart(id="c" * 32, experiment="churn", created=START, process=process_mark(os.getpid()))
    monkeypatch.setenv("GITREG_CANDIDATE", start.id)
    return Draft.create(drafts_folder(desk.registry), start)


def begin(store: TrackingStore, experiment: str, parent: str | None = None) -> str:
    tags = [RunTag("mlflow.parentRunId", parent)] if parent else []
    return str(store.create_run(experiment, "ada", 1, tags, "a").info.run_id)


def number_of(store: TrackingStore, name: str) -> str:
    found = store.get_experiment_by_name(name)
    assert found is not None
    return str(found.experiment_id)


def test_a_script_that_knows_nothing_of_it_gives_one_candidate_and_those_below(
    desk: Desk, tmp_path: Path
) -> None:
    """What the first run logs is the candidate's, and the exit code decides how it ended."""
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    words = [sys.executable, "-m", "gitreg", "--registry", str(desk.path), "run", "-e", "My Flowers", "--"]
    done = subprocess.run(
        [*words, sys.executable, str(script)],
        env=desk.environ | {"MLFLOW_DISABLE_TELEMETRY": "true"},
        cwd=desk.path,
        capture_output=True,
        text=True,
        check=False,
    )
    store = TrackingStore(f"gitreg://{desk.path}")
    experiment = store.get_experiment_by_name("My Flowers")
    assert experiment is not None, done.stderr
    runs = {run.info.run_name: run for run in store.search_runs([experiment.experiment_id], "", ViewType.ALL)}

    assert done.returncode == 3
    assert done.stdout.split()[-1] == runs["first"].info.run_id
    assert {name: run.info.status for name, run in runs.items()} == {
        "first": "FAILED",
        "below": "FINISHED",
        "beside": "FINISHED",
    }
    assert (runs["first"].data.params, runs["first"].data.metrics) == ({"p": "1"}, {"m": 0.5})
    assert {runs[name].data.tags["mlflow.parentRunId"] for name in ("below", "beside")} == {
        runs["first"].info.run_id
    }
    files = list_artifacts(artifact_uri=runs["first"].info.artifact_uri)
    assert [Path(one.path).name for one in files] == ["notes"]


def test_only_the_first_run_in_the_candidate_s_experiment_is_it(desk: Desk, outer: Draft) -> None:
    """Further ones, and those in other experiments, are nested; one that says its parent keeps it."""
    store = TrackingStore(f"gitreg://{desk.path}")
    churn, other = number_of(store, "churn"), store.create_experiment("other")

    elsewhere, first, second = begin(store, other), begin(store, churn), begin(store, churn)
    third = begin(store, churn, second)

    assert first == outer.start.id
    parents = [store.get_run(one).data.tags.get("mlflow.parentRunId") for one in (elsewhere, second, third)]
    assert parents == [first, first, second]


def test_ending_the_first_run_ends_nothing(desk: Desk, outer: Draft) -> None:
    """Whoever started the command does, when it has ended; until then it goes on."""
    store = TrackingStore(f"gitreg://{desk.path}")
    run = begin(store, number_of(store, "churn"))

    store.update_run_info(run, RunStatus.FINISHED, 5, "renamed")
    store.log_metric(run, Metric("m", 1.0, 1, 1))

    found = store.get_run(run)
    assert (found.info.status, found.info.run_name, found.data.metrics) == ("RUNNING", "renamed", {"m": 1.0})
    assert outer.folder.is_dir()


@pytest.mark.parametrize("candidate", ["", "../../x", "f" * 32])
def test_another_registry_s_candidate_is_none_of_ours(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, candidate: str
) -> None:
    """Runs are runs of their own then."""
    monkeypatch.setenv("GITREG_CANDIDATE", candidate)
    store = TrackingStore(f"gitreg://{desk.path}")

    run = store.get_run(begin(store, "0"))

    assert run.info.run_id != candidate
    assert "mlflow.parentRunId" not in run.data.tags
