"""One candidate as a run, and one logged model, in the target. Each is whole when its last tag is set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from mlflow import MlflowClient
from mlflow.entities import (
    DatasetInput,
    LoggedModelInput,
    LoggedModelOutput,
    LoggedModelStatus,
    Metric,
    Param,
    RunTag,
)

from gitreg.artifacts import Progress
from gitreg.domain.candidate import Candidate
from gitreg.domain.curves import MetricPoint
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel, ModelMetric
from gitreg.mlflow_plugin.exporting.files import artifacts_in
from gitreg.mlflow_plugin.exporting.there import There
from gitreg.mlflow_plugin.sources.export_words import CANDIDATE, LOGGED_MODEL, WHOLE, carried
from gitreg.mlflow_plugin.tracking.entities_data import inputs_of
from gitreg.mlflow_plugin.tracking.entities_runs import facts_of_record, run_entity
from gitreg.mlflow_plugin.tracking.entities_times import milliseconds_of
from gitreg.workflows.registry import Registry
from gitreg.workflows.running.read_points import read_points

T = TypeVar("T")
METRICS, OTHERS = 1000, 100
"""How many metrics, and how many params or tags, MLflow takes in one call."""
PARENT = "mlflow.parentRunId"
Measured = dict[tuple[str, str, int, int], list[tuple[str, ModelMetric]]]
"""What was measured of logged models of the target, by key, value, step and time."""


@dataclass(frozen=True)
class Writing:
    """What writes to one experiment of a target.

    Args:
        registry: from which.
        client: MLflow's.
        experiment: the experiment here.
        number: its id there.
        there: what is there already, and what comes.
        progress: hears of bytes.
    """

    registry: Registry
    client: MlflowClient
    experiment: Experiment
    number: str
    there: There
    progress: Progress

    def model(self, model: LoggedModel, mark: str) -> str:
        """Makes a logged model; its metrics come with the run that measured them."""
        source = self.there.runs.get(model.candidate or "")
        made = self.client.create_logged_model(
            self.number,
            model.name,
            source[0] if source else None,
            {**carried(model.tags, model.created), LOGGED_MODEL: model.id},
            dict(model.params),
            model.type or None,
        )
        with artifacts_in(self.registry, model, self.progress) as folder:
            if folder is not None:
                self.client.log_model_artifacts(made.model_id, str(folder))
        if model.status in {"ready", "failed"}:
            self.client.finalize_logged_model(made.model_id, LoggedModelStatus(model.status.upper()))
        self.client.set_logged_model_tags(made.model_id, {WHOLE: mark})
        self.there.models[model.id] = made.model_id, mark
        return made.model_id

    def begin(self, candidate: Candidate) -> str:
        """Makes a run that says nothing yet but whose it is."""
        run = self.client.create_run(
            self.number,
            milliseconds_of(candidate.created),
            {CANDIDATE: candidate.id, "mlflow.user": candidate.user or candidate.author.name},
            candidate.name,
        )
        return str(run.info.run_id)

    def fill(self, run: str, candidate: Candidate, measured: Measured, mark: str) -> None:
        """Writes everything of a candidate to its run, and ends it."""
        said = run_entity("", self.experiment, facts_of_record(candidate, self.experiment))
        tags = carried(said.data.tags)
        if candidate.parent in self.there.runs:
            tags[PARENT] = self.there.runs[candidate.parent][0]
        for some in _parts([Param(key, value) for key, value in candidate.params.items()], OTHERS):
            self.client.log_batch(run, params=some)
        for words in _parts([RunTag(key, value) for key, value in tags.items()], OTHERS):
            self.client.log_batch(run, tags=words)
        for points in _parts(_metrics(read_points(self.registry, candidate), candidate, measured), METRICS):
            self.client.log_batch(run, metrics=points)
        self._links(run, candidate, inputs_of(candidate.data))
        with artifacts_in(self.registry, candidate, self.progress) as folder:
            if folder is not None:
                self.client.log_artifacts(run, str(folder))
        self._end(run, candidate, mark)

    def _links(self, run: str, candidate: Candidate, data: Sequence[DatasetInput]) -> None:
        known = [
            (one, self.there.models[one.id][0]) for one in candidate.models if one.id in self.there.models
        ]
        used = [LoggedModelInput(there) for one, there in known if one.role == "input"]
        made = [LoggedModelOutput(there, one.step) for one, there in known if one.role == "output"]
        if data or used:
            self.client.log_inputs(run, data, used)
        if made:
            self.client.log_outputs(run, made)

    def _end(self, run: str, candidate: Candidate, mark: str) -> None:
        if candidate.status not in {"running", "scheduled"}:
            self._terminate(run, candidate)
        self.client.set_tag(run, WHOLE, mark)
        if candidate.deleted is not None:
            self.client.delete_run(run)
        self.there.runs[candidate.id] = run, mark

    def _terminate(self, run: str, candidate: Candidate) -> None:
        status = candidate.status.upper()
        if candidate.finished is None:
            self.client.update_run(run, status)  # nobody knows when
        else:
            self.client.set_terminated(run, status, milliseconds_of(candidate.finished))


def measured_of(models: Mapping[str, LoggedModel], there: There) -> dict[str, Measured]:
    """What candidates measured of logged models that are in the target, by candidate."""
    found: dict[str, Measured] = {}
    for id_, model in models.items():
        for one in model.metrics if id_ in there.models else ():
            of = found.setdefault(one.candidate, {})
            of.setdefault(_place(one.key, one.value, one.step, milliseconds_of(one.time)), []).append(
                (there.models[id_][0], one)
            )
    return found


def _metrics(points: Iterable[MetricPoint], candidate: Candidate, measured: Measured) -> Iterator[Metric]:
    left = dict(measured)
    for point in points:
        time = milliseconds_of(point.time or candidate.created)
        place = _place(point.key, point.value, point.step or 0, time)
        of_models = left.pop(place, [])
        if not of_models:
            yield Metric(point.key, point.value, time, point.step or 0)
        yield from map(_measure, of_models)
    for of_models in left.values():
        yield from map(_measure, of_models)


def _measure(of: tuple[str, ModelMetric]) -> Metric:
    model, one = of
    return Metric(
        one.key, one.value, milliseconds_of(one.time), one.step, model_id=model,
        dataset_name=one.data or None, dataset_digest=one.fingerprint or None,
    )  # fmt: skip


def _place(key: str, value: float, step: int, time: int) -> tuple[str, str, int, int]:
    return key, repr(value), step, time


def _parts(things: Iterable[T], most: int) -> Iterator[list[T]]:
    remaining = iter(things)
    while part := list(islice(remaining, most)):
        yield part
