"""Runs from rows of the index, thousands at a time."""

from __future__ import annotations

from collections.abc import Mapping

from mlflow.entities import DatasetInput

from gitreg.index.extras import NOTHING, DataExtra, Extra
from gitreg.index.known_experiments import ExperimentRow
from gitreg.index.row import Dataset, Row
from gitreg.mlflow_plugin.tracking.entities_data import input_of
from gitreg.mlflow_plugin.tracking.entities_runs import RunFacts

PLAIN = DataExtra()


def facts_of_row(row: Row, extra: Extra, experiment: ExperimentRow) -> RunFacts:
    """What the index says of a run."""
    author = row.author or ""
    return RunFacts(
        row.id,
        row.name,
        row.status,
        row.created,
        row.finished,
        "" if row.user == author else row.user or "",
        author.rpartition(" <")[0],
        row.parent,
        row.revision,
        row.branch,
        row.repository,
        row.notes,
        row.params,
        row.metrics,
        row.points,
        row.tags,
        _inputs(row.datasets, extra) if row.datasets else (),
        extra.models,
        deleted=row.deleted is not None or experiment.deleted is not None,
    )


def _inputs(datasets: tuple[Dataset, ...], extra: Extra) -> list[DatasetInput]:
    more = extra.data or (PLAIN,) * len(datasets)
    return [input_of(_values(one, other)) for one, other in zip(datasets, more, strict=True)]


def _values(one: Dataset, more: DataExtra) -> Mapping[str, object]:
    return {**one._asdict(), **more._asdict()}


__all__ = ["NOTHING", "facts_of_row"]
