"""Runs from rows of the index, thousands at a time: what only some callers look at is made when they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlflow.entities import (
    DatasetInput,
    LifecycleStage,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
)

from gitreg.index.extras import DataExtra, Extra
from gitreg.index.raw_rows import ExperimentPlace, RawRow
from gitreg.index.raw_rows import Metric as RawMetric
from gitreg.mlflow_plugin.addresses import run_artifacts
from gitreg.mlflow_plugin.tracking.entities_data import input_of
from gitreg.mlflow_plugin.tracking.entities_runs import STATUS
from gitreg.mlflow_plugin.tracking.entities_tags import (
    BRANCH,
    COMMIT,
    NAME,
    NOTE,
    PARENT,
    REPOSITORY,
    USER,
)
from gitreg.mlflow_plugin.tracking.untyped import below

PLAIN = DataExtra()
_NOBODY = "0" * 32
"""An id in the place of which any other one can be put."""


class RowData(RunData):
    """A run's data, whose metrics become MLflow's objects when somebody wants these: for the protocol, not in Python."""

    def __init__(
        self, metrics: Sequence[RawMetric], params: dict[str, str], tags: dict[str, str], created: int
    ) -> None:
        self._metrics = {one[0]: one[1] for one in metrics}
        self._params = params
        self._tags = tags
        self._rows = metrics
        self._created = created
        self._made: list[Metric] | None = None

    @property
    def _metric_objs(self) -> list[Metric]:  # type: ignore[override]
        if self._made is None:
            created = self._created
            self._made = [
                Metric(key, value, (created if time is None else time) // 1000, step or 0)
                for key, value, step, time in self._rows
            ]
        return self._made


class RowInputs(RunInputs):
    """What a run used; what MLflow says of data is put together when somebody wants it."""

    def __init__(self, row: RawRow, extra: Extra | None) -> None:
        self._row = row
        self._extra = extra
        self._model_inputs = _used(extra) if extra else []
        self._found: list[DatasetInput] | None = None

    @property
    def _dataset_inputs(self) -> list[DatasetInput]:  # type: ignore[override]
        if self._found is None:
            self._found = _inputs(self._row, self._extra)
        return self._found


class RunsOfExperiment:
    """Makes the runs of one experiment.

    Args:
        root: below which artifacts are.
        experiment: the experiment.
    """

    def __init__(self, root: str, experiment: ExperimentPlace) -> None:
        self._number = experiment.number
        self._is_deleted = experiment.deleted is not None
        place = (
            below(experiment.location, _NOBODY, "artifacts")
            if experiment.location
            else run_artifacts(root, experiment.number, _NOBODY)
        )
        self._before, _, self._after = place.rpartition(_NOBODY)

    def run(self, row: RawRow, extra: Extra | None) -> Run:
        """The run of a row, and what is known beside it."""
        native = row.user == row.author
        tags = _tags(row) if native or row.notes else {NAME: row.name, **row.tags}
        data = RowData(row.metrics, row.params, tags, row.created)
        if extra is None and not row.datasets:
            return Run(self._info(row, tags, native=native), data, RunInputs([], []), RunOutputs([]))
        made = RunOutputs(_made(extra) if extra else [])
        return Run(self._info(row, tags, native=native), data, RowInputs(row, extra), made)

    def _info(self, row: RawRow, tags: Mapping[str, str], *, native: bool) -> RunInfo:
        is_deleted = self._is_deleted or row.deleted is not None
        return RunInfo(
            row.id,
            self._number,
            _author(row) if native else row.user or "",
            STATUS[row.status],
            row.created // 1000,
            None if row.finished is None else row.finished // 1000,
            LifecycleStage.DELETED if is_deleted else LifecycleStage.ACTIVE,
            f"{self._before}{row.id}{self._after}",
            tags[NAME],
        )


def _tags(row: RawRow) -> dict[str, str]:
    """As `entities_tags.shown_tags`, for the same reasons."""
    found: dict[str, str | None] = {NAME: row.name, NOTE: row.notes}
    if row.user == row.author:
        found |= {
            USER: _author(row),
            PARENT: row.parent,
            COMMIT: row.revision,
            BRANCH: row.branch,
            REPOSITORY: row.repository,
        }
    return {**{key: value for key, value in found.items() if value}, **row.tags}


def _author(row: RawRow) -> str:
    return (row.author or "").rpartition(" <")[0]


def _used(extra: Extra) -> list[LoggedModelInput]:
    return [LoggedModelInput(f"m-{one.id}") for one in extra.models if one.role == "input"]


def _made(extra: Extra) -> list[LoggedModelOutput]:
    return [LoggedModelOutput(f"m-{one.id}", one.step) for one in extra.models if one.role == "output"]


def _inputs(row: RawRow, extra: Extra | None) -> list[DatasetInput]:
    more = (extra.data if extra else ()) or (PLAIN,) * len(row.datasets)
    return [input_of(_values(one, other)) for one, other in zip(row.datasets, more, strict=True)]


def _values(one: tuple[Any, ...], more: DataExtra) -> Mapping[str, object]:
    name, uri, digest, context, fingerprint = one
    said = {"name": name, "uri": uri, "digest": digest, "context": context}
    return {**said, **more._asdict(), "fingerprint": fingerprint}
