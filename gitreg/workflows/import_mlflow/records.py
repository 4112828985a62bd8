"""Records of what a source holds: MLflow's runs and logged models in the words of this registry. Reads and writes no files.

What MLflow keeps in tags of its own and a record has a field for is in the field: the run's name, its parent, its notes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gitreg.domain.candidate import Candidate, Code, DataSource, ModelLink, Status, name_from
from gitreg.domain.curves import Folded
from gitreg.domain.experiment import Experiment
from gitreg.domain.fitted import described_place, kept_description, kept_key, kept_name, kept_text
from gitreg.domain.logged_model import LoggedModel, ModelMetric, ModelStatus
from gitreg.domain.model import IMPORT_MARK
from gitreg.domain.record import Person
from gitreg.store import Author
from gitreg.workflows.import_mlflow import fitting
from gitreg.workflows.import_mlflow.values import (
    ENDED,
    SourceData,
    SourceExperiment,
    SourceLoggedModel,
    SourceMeasure,
    SourceRun,
)
from gitreg.workflows.recording.cut_secrets import cut_pairs, cut_text

NAME, NOTE, PARENT = "mlflow.runName", "mlflow.note.content", "mlflow.parentRunId"
USER, CONTEXT = "mlflow.user", "mlflow.data.context"
COMMIT, BRANCH, REPOSITORY = (
    "mlflow.source.git.commit",
    "mlflow.source.git.branch",
    "mlflow.source.git.repoURL",
)
PROGRAM = "mlflow.source.name"
UNKNOWN = "unknown"
"""What MLflow calls a user whom it does not know."""
FROM_EXPERIMENT, FROM_RUN, FROM_MODEL = "gitreg.import.experiment", "gitreg.import.run", "gitreg.import.model"
"""MLflow's ids in the source, where they could not stay."""
STATUS = "gitreg.import.status"
"""MLflow's status of a run that had not ended."""
INCOMPLETE = "gitreg.import.incomplete"
"""How many artifacts did not come along."""
_MODEL_STATUSES: dict[str, ModelStatus] = {"PENDING": "pending", "READY": "ready", "FAILED": "failed"}
_STATUSES: dict[str, Status] = {"FINISHED": "finished", "FAILED": "failed", "KILLED": "killed"}


@dataclass(frozen=True, slots=True)
class Around:
    """What all that one import makes has in common."""

    author: Author

    @property
    def person(self) -> Person:
        """Who imports."""
        return Person(name=self.author.name, email=self.author.email)


def mark_of(run: SourceRun) -> str:
    """What a run is, as a digest, but for where it lies."""
    return fitting.mark(
        run.id, run.name, run.status, run.started, run.ended, run.deleted, run.user, run.measured,
        sorted(run.params.items()), sorted(run.tags.items()), run.data, run.links,
    )  # fmt: skip


def model_mark_of(model: SourceLoggedModel) -> str:
    """What a logged model is, as a digest, but for where it lies."""
    return fitting.mark(
        model.id, model.name, model.kind, model.status, model.created, model.updated, model.deleted, model.run,
        sorted(model.params.items()), sorted(model.tags.items()), len(model.metrics),
    )  # fmt: skip


def experiment_of(blank: Experiment, found: SourceExperiment, now: datetime) -> Experiment:
    """The record of an experiment that is not here yet.

    Args:
        blank: with its folder, name and number.
        found: what the source says.
        now: when it counts as deleted, if it is, as MLflow does not say when that was.
    """
    tags = cut_pairs(fitting.pairs(found.tags))
    description = cut_text(tags.pop(NOTE, ""))
    if found.id != blank.number:
        tags[FROM_EXPERIMENT] = kept_text(found.id)
    values = {
        "description": description,
        "tags": tags,
        "created": found.created,
        "updated": found.updated,
        "deleted": (found.updated or now) if found.deleted else None,
    }
    return blank.model_copy(update=values)


def candidate_of(run: SourceRun, experiment: str, folded: Folded, around: Around) -> Candidate:
    """The record of a run, without its artifacts.

    Raises:
        ValueError: if it cannot be recorded.
    """
    tags = fitting.pairs(run.tags)
    called, notes, parent = run.name or tags.get(NAME, ""), tags.pop(NOTE, ""), tags.get(PARENT, "")
    own, params = fitting.run_id(run.id), fitting.pairs(run.params)
    name = kept_name(called, name_from(params, own))
    ours = _own_tags(run, own)
    tags = {**ours, **tags, **ours}  # first, as a record too large keeps the first of them
    if tags.pop(NAME, "") and name != kept_text(called):
        tags[NAME] = kept_text(called)  # no record has such a name
    if parent:
        tags[PARENT] = fitting.run_id(parent)
    started = run.started or run.ended or around.author.when
    return Candidate(
        id=own,
        experiment=experiment,
        name=name,
        status=_STATUSES.get(run.status, "killed"),
        created=started,
        finished=run.ended,
        author=around.person,
        parent=tags.get(PARENT) or None,
        code=_code(tags),
        data=[_data(one) for one in run.data],
        params=params,
        metrics=folded.metrics,
        points=folded.points,
        curves=folded.curves,
        tags=tags,
        notes=notes,
        deleted=(run.deleted_at or run.ended or started) if run.deleted else None,
        user=kept_text(run.user) or tags.get(USER, "") or UNKNOWN,
        models=[
            ModelLink(id=fitting.logged_model_id(one.model), role=one.role, step=one.step)
            for one in run.links
        ],
    )


def _code(tags: Mapping[str, str]) -> Code:
    commit, program = tags.get(COMMIT, ""), tags.get(PROGRAM, "")
    return Code(
        repository=tags.get(REPOSITORY) or None,
        commit=commit if re.fullmatch("[0-9a-f]{40}", commit) else None,
        branch=tags.get(BRANCH) or None,
        command=[program] if program else [],
    )


def _own_tags(run: SourceRun, own: str) -> dict[str, str]:
    found = {IMPORT_MARK: mark_of(run)}
    if run.id != own:
        found[FROM_RUN] = kept_text(run.id)
    if run.status not in ENDED:
        found[STATUS] = kept_text(run.status)
    return found


def logged_model_of(model: SourceLoggedModel, experiment: str, around: Around) -> LoggedModel:
    """The record of a logged model, without its artifacts.

    Raises:
        ValueError: if it cannot be recorded.
    """
    own = fitting.logged_model_id(model.id)
    created = model.created or around.author.when
    updated = model.updated or created
    tags = {**fitting.pairs(model.tags), IMPORT_MARK: model_mark_of(model)}
    if model.id != f"m-{own}":
        tags[FROM_MODEL] = kept_text(model.id)
    return LoggedModel(
        id=own,
        experiment=experiment,
        name=kept_name(model.name, own[:8]),
        type=kept_text(model.kind),
        status=_MODEL_STATUSES.get(model.status, "unspecified"),
        message=kept_text(model.message),
        created=created,
        updated=updated,
        author=around.person,
        candidate=fitting.run_id(model.run) if model.run else None,
        params=fitting.pairs(model.params),
        metrics=[_measure(one) for one in model.metrics],
        tags=tags,
        deleted=updated if model.deleted else None,
    )


def _measure(one: SourceMeasure) -> ModelMetric:
    return ModelMetric(
        key=kept_key(one.key),
        value=one.value,
        step=fitting.step(one.step),
        time=one.time,
        candidate=fitting.run_id(one.run),
        data=kept_text(one.data),
        fingerprint=kept_text(one.digest),
    )


def _data(found: SourceData) -> DataSource:
    """As the tracking store keeps an input."""
    tags = fitting.pairs(found.tags)
    name = kept_name(found.name, "dataset")
    return DataSource(
        name=name,
        uri=described_place(found.source) or name,
        context=tags.pop(CONTEXT, ""),
        kind=kept_text(found.kind),
        source=kept_text(found.source),
        fingerprint=kept_text(found.digest),
        columns=kept_description(found.columns),
        profile=kept_description(found.profile),
        tags=tags,
    )
