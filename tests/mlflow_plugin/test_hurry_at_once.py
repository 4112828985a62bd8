"""People in a hurry: trainings that begin at once, disks that are full, runs that end badly."""

from __future__ import annotations

import errno

import pytest
from desk import Desk
from mlflow.entities import ExperimentTag, Metric, RunStatus
from mlflow.exceptions import MlflowException

from gitreg.drafts import Draft, Ended
from gitreg.mlflow_plugin import opening
from gitreg.mlflow_plugin.faults import in_mlflow_words
from gitreg.mlflow_plugin.tracking.store import TrackingStore
from gitreg.workflows.running.finish_draft import drafts_folder


@pytest.fixture(autouse=True)
def closed():
    yield
    opening.close_all()


class Slower(TrackingStore):
    """A process that has looked whether a name is free when another one takes it."""

    def _require_free(self, name: str) -> None:
        super()._require_free(name)
        TrackingStore(self.store_uri).create_experiment(name)


def test_two_that_make_the_same_experiment_at_once_have_both_made_it(desk: Desk) -> None:
    """MLflow's `set_experiment` would have the one that is refused log into the default experiment."""
    made = Slower(f"gitreg://{desk.path}").create_experiment("churn")

    assert TrackingStore(f"gitreg://{desk.path}").get_experiment_by_name("churn").experiment_id == made


def test_two_that_want_different_things_under_one_name_do_not_both_get_them(desk: Desk) -> None:
    """The second is refused, as it is when it comes later."""
    with pytest.raises(MlflowException, match="already exists") as refused:
        Slower(f"gitreg://{desk.path}").create_experiment("churn", tags=[ExperimentTag("team", "growth")])
    assert refused.value.error_code == "RESOURCE_ALREADY_EXISTS"


@pytest.fixture
def unfinished(desk: Desk) -> tuple[TrackingStore, str]:
    """A run that ended, and the disk was full when that was to be committed; its id."""
    store = TrackingStore(f"gitreg://{desk.path}")
    run: str = store.create_run("0", "ada", 0, [], "run").info.run_id
    store.log_metric(run, Metric("loss", 0.5, 1, 1))
    draft = Draft.open(drafts_folder(opening.opened(store.store_uri)) / run)
    draft.append([Ended("failed", None)])
    draft.seal()
    return store, run


def test_a_run_whose_end_was_not_committed_goes_on(unfinished: tuple[TrackingStore, str]) -> None:
    """`start_run(run_id=...)` the next morning, when there is room again, finds it with all that it had."""
    store, run = unfinished
    store.update_run_info(run, RunStatus.RUNNING, None, None)
    store.log_metric(run, Metric("accuracy", 0.9, 1, 1))

    assert store.get_run(run).data.metrics == {"loss": 0.5, "accuracy": 0.9}


def test_more_may_be_said_of_a_run_whose_end_was_not_committed(unfinished: tuple[TrackingStore, str]) -> None:
    """As of any run that ended."""
    store, run = unfinished
    store.log_metric(run, Metric("accuracy", 0.9, 1, 1))

    found = store.get_run(run)
    assert (found.info.status, found.data.metrics) == ("FAILED", {"loss": 0.5, "accuracy": 0.9})


def test_a_full_disk_is_told_in_mlflows_words() -> None:
    """Wherever it is found, with what to do; a file of the user's that is not there stays Python's own error."""
    with (
        pytest.raises(MlflowException, match=r"model\.bin cannot be written or read") as told,
        in_mlflow_words(),
    ):
        raise OSError(errno.ENOSPC, "No space left on device", "model.bin")
    assert told.value.error_code == "INTERNAL_ERROR"
    with pytest.raises(FileNotFoundError), in_mlflow_words():
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "model.bin")
