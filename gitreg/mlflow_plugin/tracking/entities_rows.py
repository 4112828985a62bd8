"""Runs from rows of the index, thousands at a time: what only some callers look at is made when they do."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
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
from gitreg.index.raw_rows import ExperimentPlace, RawRow, datasets_of, points_of
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

    def __init__(self, row: RawRow, tags: dict[str, str]) -> None:
        self._metrics = row.metrics
        self._params = row.params
        self._tags = tags
        self._points = row.points
        self._created = row.created
        self._made: list[Metric] | None = None

    @property
    def _metric_objs(self) -> list[Metric]:  # type: ignore[override]
        if self._made is None:
            points, nowhere, created = points_of(self._points), (None, None), self._created
            self._made = []
            for key, value in self._metrics.items():
                step, time = points.get(key, nowhere)
                self._made.append(Metric(key, value, (created if time is None else time) // 1000, step or 0))
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
        self._before, self._after = _around(root, experiment.number, experiment.location)

    def run(self, row: RawRow, extra: Extra | None) -> Run:
        """The run of a row, and what is known beside it."""
        author = (row.author or "").rpartition(" <")[0] if row.user == row.author else None
        tags = _tags(row, author)
        info, data = (
            self._info(row, tags[NAME], row.user or "" if author is None else author),
            RowData(row, tags),
        )
        if extra is None and not row.datasets:
            return Run(info, data, RunInputs([], []), RunOutputs([]))
        return Run(info, data, RowInputs(row, extra), RunOutputs(_made(extra) if extra else []))

    def _info(self, row: RawRow, name: str, user: str) -> RunInfo:
        is_deleted = self._is_deleted or row.deleted is not None
        return RunInfo(
            row.id,
            self._number,
            user,
            STATUS[row.status],
            row.created // 1000,
            None if row.finished is None else row.finished // 1000,
            LifecycleStage.DELETED if is_deleted else LifecycleStage.ACTIVE,
            f"{self._before}{row.id}{self._after}",
            name,
        )


@lru_cache(maxsize=4096)
def _around(root: str, number: str, location: str) -> tuple[str, str]:
    """What stands before and behind a run's id in the address of its artifacts."""
    place = below(location, _NOBODY, "artifacts") if location else run_artifacts(root, number, _NOBODY)
    before, _, after = place.rpartition(_NOBODY)
    return before, after


def _tags(row: RawRow, author: str | None) -> dict[str, str]:
    """As `entities_tags.shown_tags`, for the same reasons.

    Args:
        row: a candidate.
        author: whose name stands for the user's; None where a program said who that is.
    """
    found = {NAME: row.name}
    if row.notes:
        found[NOTE] = row.notes
    if author is not None:
        if author:
            found[USER] = author
        if row.parent:
            found[PARENT] = row.parent
        if row.revision:
            found[COMMIT] = row.revision
        if row.branch:
            found[BRANCH] = row.branch
        if row.repository:
            found[REPOSITORY] = row.repository
    found.update(row.tags)
    return found


def _used(extra: Extra) -> list[LoggedModelInput]:
    return [LoggedModelInput(f"m-{one.id}") for one in extra.models if one.role == "input"]


def _made(extra: Extra) -> list[LoggedModelOutput]:
    return [LoggedModelOutput(f"m-{one.id}", one.step) for one in extra.models if one.role == "output"]


def _inputs(row: RawRow, extra: Extra | None) -> list[DatasetInput]:
    found = datasets_of(row)
    more = (extra.data if extra else ()) or (PLAIN,) * len(found)
    return [input_of(_values(one, other)) for one, other in zip(found, more, strict=True)]


def _values(one: tuple[Any, ...], more: DataExtra) -> Mapping[str, object]:
    name, uri, digest, context, fingerprint = one
    said = {"name": name, "uri": uri, "digest": digest, "context": context}
    return {**said, **more._asdict(), "fingerprint": fingerprint}
