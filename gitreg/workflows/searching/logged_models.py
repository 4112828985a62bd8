"""Logged models by the index, which is as new as the candidate branch: thousands of them in the time of reading a few files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gitreg.domain.candidate import ArtifactSummary
from gitreg.domain.digest import Digest
from gitreg.domain.logged_model import LoggedModel, ModelMetric
from gitreg.domain.record import Person
from gitreg.index.logged_models import LoggedModelRow, experiments_of, logged_models
from gitreg.index.schema import moment
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.place import place_in
from gitreg.workflows.searching.search import asked

FEW = 100
"""Experiments that are looked into one by one sooner than the index is brought up to date."""


def indexed_logged_models(registry: Registry, slugs: Sequence[str]) -> list[LoggedModel]:
    """The logged models of experiments, deleted ones too, the newest first; what is no record is left out.

    They were checked when the index read them, so that is not done again. What other programs keep in `extra` is not there.
    """
    rows = asked(place_in(registry), lambda index: logged_models(index.connection, slugs))
    return [_record(row) for row in rows]


def likely_experiments(registry: Registry, model: str) -> list[str]:
    """Folders of the experiments that the index knows a logged model in; none where looking into each takes less time."""
    if len(registry.candidates.names("experiments")) <= FEW:
        return []
    return asked(place_in(registry), lambda index: experiments_of(index.connection, model))


def _record(row: LoggedModelRow) -> LoggedModel:
    document = row.document
    name, _, email = document["author"].rpartition(" <")
    return LoggedModel.model_construct(
        id=row.id,
        experiment=row.experiment,
        name=row.name,
        type=row.type,
        status=row.status,  # type: ignore[arg-type]  # the index has what a record may have
        message=document["message"],
        created=row.created,
        updated=row.updated,
        author=Person.model_construct(name=name, email=email.removesuffix(">")),
        candidate=row.candidate,
        params=document["params"],
        metrics=[_metric(one) for one in document["metrics"]],
        tags=document["tags"],
        artifacts=_summary(document["artifacts"]),
        deleted=row.deleted,
    )


def _metric(values: Mapping[str, Any]) -> ModelMetric:
    return ModelMetric.model_construct(**{**values, "time": moment(values["time"])})


def _summary(values: Mapping[str, Any] | None) -> ArtifactSummary | None:
    if values is None:
        return None
    return ArtifactSummary.model_construct(**{**values, "manifest": Digest.parse(str(values["manifest"]))})
