"""MLflow's tracking store on a registry: the parts, put together."""

from __future__ import annotations

from mlflow.store.tracking.abstract_store import AbstractStore

from gitreg.mlflow_plugin.tracking.absent import Absent
from gitreg.mlflow_plugin.tracking.collecting import Collecting
from gitreg.mlflow_plugin.tracking.experiments import Experiments
from gitreg.mlflow_plugin.tracking.histories import Histories
from gitreg.mlflow_plugin.tracking.inputs import Inputs
from gitreg.mlflow_plugin.tracking.logged_models import LoggedModels
from gitreg.mlflow_plugin.tracking.logging import Logging
from gitreg.mlflow_plugin.tracking.runs import Runs
from gitreg.mlflow_plugin.tracking.searching import Searching


class TrackingStore(
    Experiments,
    Runs,
    Logging,
    Inputs,
    Searching,
    Histories,
    Collecting,
    LoggedModels,
    Absent,
    AbstractStore,
):
    """Experiments, runs and logged models of a registry, as MLflow's client, server and command line ask for them."""
