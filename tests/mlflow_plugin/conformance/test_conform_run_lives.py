"""Runs that are deleted, restored, purged, and children of others."""

from __future__ import annotations

import time

import pytest
from conformity import case, lone_case
from grounds import INVALID, MISSING, NOT_ACTIVE, Place, refused, told
from mlflow.entities import ViewType

NAME = "mlflow.runName"
STATUSES = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]


@case
@pytest.mark.parametrize("running", [True, False])
def test_deleting_and_restoring_may_be_repeated(at: Place, running: bool) -> object:
    """The second time changes nothing."""
    experiment = at.experiment()
    run = at.run("run", experiment)
    if not running:
        at.end(run)
    at.store.restore_run(run)
    at.store.delete_run(run)
    at.store.delete_run(run)
    deleted = at.store.get_run(run).info.lifecycle_stage
    hidden = at.found(experiment)
    at.store.restore_run(run)
    at.store.restore_run(run)

    assert (deleted, hidden) == ("deleted", [])
    assert at.store.get_run(run).info.lifecycle_stage == "active"
    assert at.found(experiment) == ["run"]
    return told(at.store.get_run(run))


@case
@pytest.mark.parametrize("running", [True, False])
def test_a_deleted_run_is_not_written_to(at: Place, running: bool) -> object:
    """Until it is restored."""
    run = at.run()
    at.tag(run, "old", "yes")
    if not running:
        at.end(run)
    at.store.delete_run(run)
    for act, *rest in (
        (at.param, "a", "b"),
        (at.metric, "a", 1.0),
        (at.tag, "a", "b"),
        (at.store.delete_tag, "old"),
        (at.batch, [("a", 1.0, 1, 0)]),
        (at.batch,),
        (at.dataset, "train"),
        (at.end,),
    ):
        refused(INVALID, NOT_ACTIVE, act, run, *rest)
    at.store.restore_run(run)
    at.param(run, "a", "b")
    at.metric(run, "a", 1.0, time=85, step=1)
    at.tag(run, "a", "b")

    assert at.history(run, "a") == [(1, 85, 1.0)]
    return told(at.store.get_run(run))


@case
def test_a_deleted_run_can_be_read(at: Place) -> object:
    """With all that it has."""
    run = at.run()
    at.batch(run, [("loss", 0.5, 1, 0)], [("rate", "0.1")])
    at.store.delete_run(run)

    assert at.store.get_run(run).data.metrics == {"loss": 0.5}
    assert at.history(run, "loss") == [(0, 1, 0.5)]
    return told(at.store.get_run(run))


@lone_case
def test_deleted_runs_are_listed_for_the_purge(at: Place) -> object:
    """Those that were deleted long enough ago."""
    run, _ = at.run("gone"), at.run("kept")
    before = at.store._get_deleted_runs()
    at.store.delete_run(run)
    time.sleep(0.002)

    assert before == []
    assert at.store._get_deleted_runs() == [run]
    assert at.store._get_deleted_runs(older_than=1_000_000) == []
    at.store.restore_run(run)
    assert at.store._get_deleted_runs() == []
    return []


@lone_case
def test_runs_of_a_deleted_experiment_are_listed_for_the_purge(at: Place) -> object:
    """They were deleted with it."""
    experiment = at.experiment()
    runs = [at.run("a", experiment), at.run("b", experiment)]
    at.end(runs[1])
    at.store.delete_experiment(experiment)
    time.sleep(0.002)

    assert sorted(at.store._get_deleted_runs()) == sorted(runs)
    return []


@case
@pytest.mark.parametrize("running", [True, False])
def test_a_purged_run_is_gone(at: Place, running: bool) -> object:
    """With all that it had."""
    experiment = at.experiment()
    run, other = at.run("gone", experiment), at.run("kept", experiment)
    at.batch(run, [("loss", 0.5, 1, 0)], [("rate", "0.1")], [("a", "b")])
    if not running:
        at.end(run)
    at.store.delete_run(run)
    at.store._hard_delete_run(run)

    refused(MISSING, "not found", at.store.get_run, run)
    assert at.store.get_run(other).info.run_name == "kept"
    assert at.found(experiment, view=ViewType.ALL) == ["kept"]
    assert list(at.store.get_metric_history(run, "loss")) == []
    return []


@case
def test_children_name_their_parent(at: Place) -> object:
    """By a tag, as MLflow's nested runs do; the parent is found through it."""
    experiment = at.experiment()
    parent = at.run("parent", experiment)
    at.run("child", experiment, tags={"mlflow.parentRunId": parent})
    at.end(at.run("ended", experiment, 2, tags={"mlflow.parentRunId": parent}))

    assert at.found(experiment, f"tags.mlflow.parentRunId = '{parent}'") == ["ended", "child"]
    assert at.found(experiment, "tags.mlflow.parentRunId = 'nobody'") == []
    return []


@case
def test_a_note_is_a_tag(at: Place) -> object:
    """A run's description in MLflow's UI; while it runs and after."""
    run = at.run()
    at.tag(run, "mlflow.note.content", "# Try\n\n- one\n")
    at.end(run)
    at.tag(run, "mlflow.note.content", "# Tried\n")

    assert at.store.get_run(run).data.tags["mlflow.note.content"] == "# Tried\n"
    return told(at.store.get_run(run))


@case
def test_mlflow_s_own_tags_come_back(at: Place) -> object:
    """User, source, commit: whatever a client sets."""
    tags = {
        "mlflow.user": "grace",
        "mlflow.source.name": "train.py",
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": "a" * 40,
        "mlflow.project.entryPoint": "main",
    }
    run = at.run(tags=tags)
    at.end(run)

    assert at.store.get_run(run).data.tags == tags | {NAME: "run"}
    return told(at.store.get_run(run))
