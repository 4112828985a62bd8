"""Logged models as MLflow's clients get to see them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from mlflow.entities import LoggedModel as MlflowLoggedModel
from mlflow.entities import LoggedModelStatus, Metric

from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel, ModelMetric, ModelStatus
from gitreg.domain.words import CANDIDATE_ID
from gitreg.mlflow_plugin.addresses import below, model_artifacts
from gitreg.mlflow_plugin.tracking.entities_runs import carried
from gitreg.mlflow_plugin.tracking.entities_times import milliseconds_of

OURS, RUN = "mlflow", "source_run_id"
"""Where a record keeps the id of a run that is none of gitreg's."""
MODELS, ARTIFACTS = "models", "artifacts"
_ID = re.compile(f"m-({CANDIDATE_ID})")
STATUSES: Final[dict[ModelStatus, LoggedModelStatus]] = {
    "pending": LoggedModelStatus.PENDING,
    "ready": LoggedModelStatus.READY,
    "failed": LoggedModelStatus.FAILED,
    "unspecified": LoggedModelStatus.UNSPECIFIED,
}


def id_of(model_id: str) -> str | None:
    """The record's id, which MLflow writes with `m-` before it; None of any other text."""
    match = _ID.fullmatch(model_id) if isinstance(model_id, str) else None
    return match[1] if match else None


def status_of(status: LoggedModelStatus) -> ModelStatus:
    """The record's word for a status."""
    return next(ours for ours, theirs in STATUSES.items() if theirs == status)


def model_entity(
    root: str, experiment: Experiment, model: LoggedModel, measured: Iterable[ModelMetric]
) -> MlflowLoggedModel:
    """A logged model in MLflow's words.

    Args:
        root: below which artifacts are.
        experiment: whose it is.
        model: the record.
        measured: its values, those of running candidates among them.
    """
    model_id = f"m-{model.id}"
    return MlflowLoggedModel(
        experiment_id=experiment.number,
        model_id=model_id,
        name=model.name,
        artifact_location=location(root, experiment, model_id),
        creation_timestamp=milliseconds_of(model.created),
        last_updated_timestamp=milliseconds_of(model.updated),
        model_type=model.type or None,
        source_run_id=model.candidate or _strange_run(model),
        status=STATUSES[model.status],
        status_message=model.message or None,
        tags=dict(model.tags),
        params=dict(model.params),
        metrics=[_metric(one, model_id) for one in measured] or None,
    )


def location(root: str, experiment: Experiment, model_id: str) -> str:
    """Where a logged model's artifacts are."""
    if experiment.artifact_location:
        return below(experiment.artifact_location, MODELS, model_id, ARTIFACTS)
    return model_artifacts(root, experiment.number, model_id)


def _metric(one: ModelMetric, model_id: str) -> Metric:
    return Metric(
        key=one.key,
        value=carried(one.value),
        timestamp=milliseconds_of(one.time),
        step=one.step,
        model_id=model_id,
        dataset_name=one.data or None,
        dataset_digest=one.fingerprint or None,
        run_id=one.candidate,
    )


def _strange_run(model: LoggedModel) -> str | None:
    kept = model.extra.get(OURS)
    found = kept.get(RUN) if isinstance(kept, dict) else None
    return found if isinstance(found, str) else None
