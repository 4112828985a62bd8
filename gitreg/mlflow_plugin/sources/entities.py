"""MLflow's entities as values of an import. Knows nothing of where they were read."""

from __future__ import annotations

from mlflow.entities import Experiment, LifecycleStage, LoggedModel, LoggedModelStatus, Metric, Run
from mlflow.entities.model_registry import ModelVersion, RegisteredModel

from gitreg.domain.curves import MetricPoint
from gitreg.domain.fitted import kept_key
from gitreg.workflows.import_mlflow import fitting
from gitreg.workflows.import_mlflow.values import (
    EPOCH,
    SourceData,
    SourceExperiment,
    SourceLink,
    SourceLoggedModel,
    SourceMeasure,
    SourceModel,
    SourceRun,
    SourceVersion,
    moment,
)

NO_STAGE = "None"


def experiment_value(found: Experiment) -> SourceExperiment:
    """An experiment."""
    return SourceExperiment(
        id=found.experiment_id,
        name=found.name,
        tags=dict(found.tags),
        created=moment(found.creation_time),
        updated=moment(found.last_update_time),
        deleted=found.lifecycle_stage == LifecycleStage.DELETED,
    )


def run_value(found: Run) -> SourceRun:
    """A run. MLflow does not tell when it was deleted."""
    info, data = found.info, found.data
    inputs = found.inputs.dataset_inputs if found.inputs else []
    return SourceRun(
        id=info.run_id,
        experiment=info.experiment_id,
        name=info.run_name or "",
        status=info.status,
        started=moment(info.start_time),
        ended=moment(info.end_time),
        deleted=info.lifecycle_stage == LifecycleStage.DELETED,
        user=info.user_id or "",
        params=dict(data.params),
        tags=dict(data.tags),
        data=tuple(
            SourceData(
                name=one.dataset.name,
                digest=one.dataset.digest or "",
                kind=one.dataset.source_type or "",
                source=one.dataset.source or "",
                columns=one.dataset.schema or "",
                profile=one.dataset.profile or "",
                tags={tag.key: tag.value for tag in one.tags or ()},
            )
            for one in inputs
        ),
        links=_links(found),
        measured=repr(sorted(data.metrics.items())),
        address=info.artifact_uri or "",
    )


def _links(found: Run) -> tuple[SourceLink, ...]:
    used = found.inputs.model_inputs if found.inputs else []
    made = found.outputs.model_outputs if found.outputs else []
    return (
        *(SourceLink(one.model_id, "input") for one in used or ()),
        *(SourceLink(one.model_id, "output", one.step) for one in made or ()),
    )


def point_value(found: Metric) -> MetricPoint:
    """A point of a run's metric."""
    return MetricPoint(
        kept_key(found.key), float(found.value), fitting.step(found.step or 0), moment(found.timestamp)
    )


def logged_model_value(found: LoggedModel, *, deleted: bool = False) -> SourceLoggedModel:
    """A logged model."""
    return SourceLoggedModel(
        id=found.model_id,
        experiment=found.experiment_id,
        name=found.name,
        kind=found.model_type or "",
        status=LoggedModelStatus(found.status).name,
        message=found.status_message or "",
        created=moment(found.creation_timestamp),
        updated=moment(found.last_updated_timestamp),
        deleted=deleted,
        run=found.source_run_id or "",
        params=dict(found.params or {}),
        tags=dict(found.tags or {}),
        metrics=tuple(_measure(one) for one in found.metrics or ()),
        address=found.artifact_location or "",
    )


def _measure(found: Metric) -> SourceMeasure:
    return SourceMeasure(
        key=found.key,
        value=float(found.value),
        step=found.step or 0,
        time=moment(found.timestamp) or EPOCH,
        run=found.run_id or "",
        data=found.dataset_name or "",
        digest=found.dataset_digest or "",
    )


def model_value(found: RegisteredModel, versions: tuple[SourceVersion, ...]) -> SourceModel:
    """A registered model with its versions."""
    return SourceModel(
        name=found.name,
        description=found.description or "",
        created=moment(found.creation_timestamp),
        updated=moment(found.last_updated_timestamp),
        tags=dict(found.tags or {}),
        aliases={alias: int(version) for alias, version in (found.aliases or {}).items()},
        versions=versions,
    )


def version_value(found: ModelVersion, address: str) -> SourceVersion:
    """A version.

    Args:
        found: the version.
        address: where its artifacts are, as the registry says.
    """
    stage = found.current_stage or NO_STAGE
    return SourceVersion(
        number=int(found.version),
        description=found.description or "",
        created=moment(found.creation_timestamp),
        updated=moment(found.last_updated_timestamp),
        stage="" if stage == NO_STAGE else stage,
        source=found.source or "",
        address=address or found.source or "",
        run=found.run_id or "",
        run_link=found.run_link or "",
        logged_model=found.model_id or "",
        status=found.status or "READY",
        tags=dict(found.tags or {}),
    )
