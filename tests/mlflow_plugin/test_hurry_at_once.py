"""People in a hurry: trainings that begin at once, disks that are full, runs that end badly."""

from __future__ import annotations

import pytest
from desk import Desk
from mlflow.entities import ExperimentTag
from mlflow.exceptions import MlflowException

from gitreg.mlflow_plugin import opening
from gitreg.mlflow_plugin.tracking.store import TrackingStore


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
