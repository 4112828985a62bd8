"""What `gitreg export` wrote, read as what it was: ids and times that MLflow does not let anybody say stand in tags.

A tag is anybody's word: an id counts once in a source, and what else says it keeps MLflow's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from gitreg.domain.words import CANDIDATE_ID
from gitreg.mlflow_plugin.sources.export_words import (
    CANDIDATE,
    CREATED,
    EXPERIMENT,
    LOGGED_MODEL,
    VERSION,
    WHOLE,
)
from gitreg.workflows.import_mlflow.records import PARENT
from gitreg.workflows.import_mlflow.values import (
    SourceExperiment,
    SourceLoggedModel,
    SourceModel,
    SourceRun,
    SourceVersion,
)

T = TypeVar("T", SourceExperiment, SourceLoggedModel, SourceModel, SourceVersion)
_OF_EXPORT = {CANDIDATE, CREATED, EXPERIMENT, LOGGED_MODEL, WHOLE}


class Regaining:
    """The ids that things of one source had in a registry.

    Args:
        client: is asked about what a thing names, and what was not read yet.
    """

    def __init__(self, client: MlflowClient) -> None:
        self._client = client
        self._ids: dict[str, str] = {}
        self._owners: dict[str, str] = {}

    def run(self, run: SourceRun) -> SourceRun:
        """A run, and what it names; `key` is MLflow's id."""
        own = self._id(run.id, run.tags)
        if own == run.id:
            return replace(run, key=run.id)
        tags = _rest(run.tags)
        if PARENT in tags:
            tags[PARENT] = self._run_id(tags[PARENT])
        links = tuple(replace(one, model=self._model_id(one.model)) for one in run.links)
        return replace(run, id=own, key=run.id, tags=tags, links=links)

    def logged_model(self, model: SourceLoggedModel) -> SourceLoggedModel:
        """A logged model, and what it names."""
        own = self._id(model.id, model.tags)
        if own == model.id:
            return model
        metrics = tuple(replace(one, run=self._run_id(one.run)) for one in model.metrics)
        return timed(replace(model, id=own, run=self._run_id(model.run), metrics=metrics))

    def version(self, version: SourceVersion) -> SourceVersion:
        """A version, and what it names."""
        if VERSION not in version.tags:
            return version
        run, model = self._run_id(version.run), self._model_id(version.logged_model)
        source = version.source
        for theirs, own in ((version.run, run), (version.logged_model, model)):
            source = source.replace(theirs, own) if theirs else source
        return timed(replace(version, run=run, logged_model=model, source=source))

    def _run_id(self, id_: str) -> str:
        return self._known(id_, lambda: self._client.get_run(id_).data.tags)

    def _model_id(self, id_: str) -> str:
        return self._known(id_, lambda: self._client.get_logged_model(id_).tags)

    def _known(self, id_: str, tags: Callable[[], Mapping[str, str]]) -> str:
        if id_ and id_ not in self._ids:
            with suppress(MlflowException):  # it is gone
                self._ids[id_] = self._id(id_, tags())
        return self._ids.get(id_, id_)

    def _id(self, theirs: str, tags: Mapping[str, str]) -> str:
        """The id in the registry; MLflow's where there was none."""
        found = tags.get(CANDIDATE) or tags.get(LOGGED_MODEL, "")
        if WHOLE not in tags or not re.fullmatch(CANDIDATE_ID, found):
            return theirs
        own = found if CANDIDATE in tags else f"m-{found}"
        self._ids[theirs] = own if self._owners.setdefault(own, theirs) == theirs else theirs
        return self._ids[theirs]


def timed(found: T) -> T:
    """With the time at which it was made in the registry, where an export says that."""
    with suppress(ValueError, KeyError):
        made = datetime.fromisoformat(found.tags[CREATED])
        if made.tzinfo is not None:
            return replace(found, created=made, tags=_rest(found.tags))
    return found


def _rest(tags: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if key not in _OF_EXPORT}
