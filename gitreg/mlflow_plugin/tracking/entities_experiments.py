"""Experiments as MLflow's clients get to see them."""

from __future__ import annotations

from mlflow.entities import Experiment as MlflowExperiment
from mlflow.entities import ExperimentTag, LifecycleStage

from gitreg.domain.experiment import DEFAULT_SLUG, Experiment
from gitreg.mlflow_plugin.addresses import experiment_artifacts
from gitreg.mlflow_plugin.tracking.entities_times import milliseconds_or_none

NOTE = "mlflow.note.content"
"""The tag in which MLflow keeps an experiment's description."""

MADE_BEFORE = 946_684_800_000
"""The year 2000: the time of an experiment that was made without a word, before all others; MLflow's pages show no date of 0."""


def experiment_entity(root: str, experiment: Experiment) -> MlflowExperiment:
    """An experiment in MLflow's words.

    Args:
        root: below which artifacts are.
        experiment: the record.
    """
    tags = {NOTE: experiment.description, **experiment.tags} if experiment.description else experiment.tags
    created = milliseconds_or_none(experiment.created) or MADE_BEFORE
    return MlflowExperiment(
        experiment_id=experiment.number,
        name=shown_name(experiment),
        artifact_location=experiment.artifact_location or experiment_artifacts(root, experiment.number),
        lifecycle_stage=LifecycleStage.DELETED if experiment.deleted else LifecycleStage.ACTIVE,
        tags=[ExperimentTag(key, value) for key, value in tags.items()],
        creation_time=created,
        last_update_time=milliseconds_or_none(experiment.updated) or created,
    )


def shown_name(experiment: Experiment) -> str:
    """The name, as MLflow writes that of the default experiment."""
    name = experiment.name
    return MlflowExperiment.DEFAULT_EXPERIMENT_NAME if experiment.slug == name == DEFAULT_SLUG else name
