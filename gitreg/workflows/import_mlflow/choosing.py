"""What is to be imported of a source, and what of it is here already. Reads the registry, and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitreg.documents import places
from gitreg.documents.quick import candidate_values, logged_model_values
from gitreg.domain.model import IMPORT_MARK
from gitreg.errors import RecordError
from gitreg.store import Snapshot
from gitreg.workflows.import_mlflow import fitting
from gitreg.workflows.import_mlflow.records import INCOMPLETE, mark_of, model_mark_of
from gitreg.workflows.import_mlflow.report import State
from gitreg.workflows.import_mlflow.values import ENDED, SourceExperiment, SourceLoggedModel, SourceRun


@dataclass(frozen=True)
class Choice:
    """What is wanted.

    Args:
        experiments: names of experiments; all when empty.
        models: whether registered models come too.
        running: whether runs that have not ended at the source are taken, as killed ones.
        update: whether what has changed at the source replaces what was imported.
    """

    experiments: frozenset[str] = frozenset()
    models: bool = True
    running: bool = False
    update: bool = False

    def wants(self, experiment: SourceExperiment) -> bool:
        """Whether an experiment is chosen."""
        return not self.experiments or experiment.name in self.experiments


def state_of_run(snapshot: Snapshot, experiment: str, run: SourceRun, choice: Choice) -> tuple[State, str]:
    """What is to be done with a run, and why it is not imported, if that is worth a word."""
    if run.status not in ENDED and not run.deleted and not choice.running:
        return "left out", f"run {run.id} has not ended ({run.status}); --running takes it as killed"
    path = places.candidate_path(experiment, fitting.run_id(run.id))
    tags = _tags(snapshot, path, candidate_values)
    return _state(tags, mark_of(run), f"run {run.id}", choice)


def state_of_model(
    snapshot: Snapshot, experiment: str, model: SourceLoggedModel, choice: Choice
) -> tuple[State, str]:
    """The same of a logged model."""
    path = places.logged_model_path(experiment, fitting.logged_model_id(model.id))
    tags = _tags(snapshot, path, logged_model_values)
    return _state(tags, model_mark_of(model), f"logged model {model.id}", choice)


def _state(tags: Mapping[str, Any] | None, mark: str, what: str, choice: Choice) -> tuple[State, str]:
    if tags is None:
        return "new", ""
    if IMPORT_MARK not in tags:
        return "clash", f"{what}: something of that id is here, and was not imported"
    if tags[IMPORT_MARK] == mark and INCOMPLETE not in tags:
        return "there", ""
    if choice.update:
        return "new", ""
    if tags[IMPORT_MARK] == mark:
        return "there", f"{what} came without {tags[INCOMPLETE]} of its artifacts; --update tries them again"
    return (
        "changed",
        f"{what} has changed at the source since it was imported; --update takes it as it is now",
    )


def _tags(snapshot: Snapshot, path: str, values: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 - a reader of one kind
    content = snapshot.file(path)
    if content is None:
        return None
    try:
        found: Mapping[str, Any] = values(content, path).get("tags") or {}
    except RecordError:
        return {}
    return found
