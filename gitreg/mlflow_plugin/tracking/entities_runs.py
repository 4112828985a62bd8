"""Runs as MLflow's clients get to see them: of records, of drafts, and of rows of the index alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from mlflow.entities import (
    DatasetInput,
    LifecycleStage,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunTag,
)

from gitreg.domain.candidate import Candidate, ModelLink, Status
from gitreg.domain.curves import MetricPoint
from gitreg.domain.experiment import Experiment
from gitreg.drafts import Draft
from gitreg.drafts.following import Followed
from gitreg.index.extras import Link
from gitreg.mlflow_plugin.addresses import run_artifacts
from gitreg.mlflow_plugin.tracking.entities_data import inputs_of
from gitreg.mlflow_plugin.tracking.entities_tags import shown_tags
from gitreg.mlflow_plugin.tracking.entities_times import milliseconds_of, milliseconds_or_none
from gitreg.mlflow_plugin.tracking.untyped import below

LARGEST = 1.7976931348623157e308
"""What MLflow's SQL store, and its protocol, take for infinity."""
OURS: dict[str, Status] = {
    "RUNNING": "running",
    "SCHEDULED": "scheduled",
    "FINISHED": "finished",
    "FAILED": "failed",
    "KILLED": "killed",
}
STATUS: dict[str, str] = {ours: theirs for theirs, ours in OURS.items()}
ENDINGS = frozenset({"FINISHED", "FAILED", "KILLED"})


class RunFacts(NamedTuple):
    """What is known of a run, wherever it was read.

    Args:
        id: the candidate's.
        name: what people see.
        status: gitreg's word.
        user: who ran it, by the name that MLflow's client gave; empty where gitreg itself logged it.
        author: whose Git identity logged it, by name.
        commit: of the code, as `branch` and `repository` are.
        points: step and time of last values.
        inputs: data that was used.
        models: logged models that were used or made.
        deleted: whether it, or its experiment, was deleted.
    """

    id: str
    name: str
    status: str
    created: datetime
    finished: datetime | None
    user: str
    author: str
    parent: str | None
    commit: str | None
    branch: str | None
    repository: str | None
    notes: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    points: Mapping[str, tuple[int, datetime | None]]
    tags: Mapping[str, str]
    inputs: Sequence[DatasetInput]
    models: Sequence[ModelLink | Link]
    deleted: bool


def facts_of_record(candidate: Candidate, experiment: Experiment) -> RunFacts:
    """What a record says."""
    code = candidate.code
    return RunFacts(
        candidate.id,
        candidate.name,
        candidate.status,
        candidate.created,
        candidate.finished,
        candidate.user,
        candidate.author.name,
        candidate.parent,
        code.commit,
        code.branch,
        code.repository,
        candidate.notes,
        candidate.params,
        candidate.metrics,
        candidate.points,
        candidate.tags,
        inputs_of(candidate.data),
        candidate.models,
        deleted=bool(candidate.deleted or experiment.deleted),
    )


def facts_of_draft(draft: Draft, followed: Followed, experiment: Experiment) -> RunFacts:
    """What a draft says now; one whose process is dead was killed, as `recover` will write down."""
    start, content, code = draft.start, followed.content, draft.start.code
    folded = followed.folding.folded()
    status = "killed" if content.ended is None and draft.liveness == "dead" else content.status
    return RunFacts(
        start.id,
        content.name or start.name or start.id[:8],
        status,
        start.created,
        content.until,
        start.user,
        "",
        start.parent,
        code.commit,
        code.branch,
        code.repository,
        content.notes,
        dict(content.params),  # they grow while this is looked at
        folded.metrics,
        folded.points,
        dict(content.tags),
        inputs_of([*start.data, *(one for one in content.data if one not in start.data)]),
        content.models,
        deleted=bool(content.deleted or experiment.deleted),
    )


def run_entity(root: str, experiment: Experiment, facts: RunFacts) -> Run:
    """A run in MLflow's words.

    Args:
        root: below which artifacts are.
        experiment: the run's.
        facts: what is known of it.
    """
    tags = shown_tags(facts.tags, facts)
    data = RunData(
        metrics=metric_entities(facts),
        params=[Param(key, value) for key, value in facts.params.items()],
        tags=[RunTag(key, value) for key, value in tags.items()],
    )
    made = [LoggedModelOutput(f"m-{one.id}", one.step) for one in facts.models if one.role == "output"]
    used = [LoggedModelInput(f"m-{one.id}") for one in facts.models if one.role == "input"]
    return Run(
        info_of(root, experiment, facts, tags),
        data,
        RunInputs(dataset_inputs=list(facts.inputs), model_inputs=used),
        RunOutputs(made),
    )


def info_of(root: str, experiment: Experiment, facts: RunFacts, tags: Mapping[str, str]) -> RunInfo:
    """The short part of a run."""
    return RunInfo(
        run_id=facts.id,
        experiment_id=experiment.number,
        user_id=facts.user or facts.author,
        status=STATUS[facts.status],
        start_time=milliseconds_of(facts.created),
        end_time=milliseconds_or_none(facts.finished),
        lifecycle_stage=LifecycleStage.DELETED if facts.deleted else LifecycleStage.ACTIVE,
        artifact_uri=artifacts_of(root, experiment, facts.id),
        run_name=tags["mlflow.runName"],
    )


def artifacts_of(root: str, experiment: Experiment, run_id: str) -> str:
    """Where a run's artifacts are: below its experiment's own place, if somebody chose one."""
    if experiment.artifact_location:
        return below(experiment.artifact_location, run_id, "artifacts")
    return run_artifacts(root, experiment.number, run_id)


def metric_entities(facts: RunFacts) -> list[Metric]:
    """The last values of a run's metrics."""
    created = facts.created
    nowhere = (0, None)
    return [
        metric_entity(key, value, *facts.points.get(key, nowhere), created)
        for key, value in facts.metrics.items()
    ]


def metric_entity(
    key: str, value: float, step: int | None, time: datetime | None, created: datetime
) -> Metric:
    """A point in MLflow's words; one without a time has that of the run's beginning."""
    return Metric(key, carried(value), milliseconds_of(time or created), step or 0)


def point_entity(point: MetricPoint, created: datetime) -> Metric:
    """The same of a point that was read by itself."""
    return metric_entity(point.key, point.value, point.step, point.time, created)


def carried(value: float) -> float:
    """A number as MLflow's protocol carries it."""
    return math.copysign(LARGEST, value) if math.isinf(value) else value
