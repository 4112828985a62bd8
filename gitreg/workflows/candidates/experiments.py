"""Experiments: made on purpose, and changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitreg.documents import places
from gitreg.documents.conflicts import deciding
from gitreg.documents.edit import KeyPath, changed
from gitreg.domain.experiment import Experiment
from gitreg.domain.times import time_text
from gitreg.errors import AlreadyThereError, RecordError, UsageError
from gitreg.store import Author, retrying
from gitreg.workflows.candidate_branch import keep_candidate_branch
from gitreg.workflows.edited import edited
from gitreg.workflows.registry import CANDIDATES, Registry
from gitreg.workflows.searching.picks import experiment_of
from gitreg.workflows.searching.search import experiment_slug


@dataclass(frozen=True)
class ExperimentChange:
    """What is to be different; None leaves a thing as it is.

    Args:
        name: what people see.
        description: what it is for.
        primary: the metric that decides which candidate is best.
        goals: `maximize` or `minimize` by metric.
        units: by metric.
        tags: set, or removed by None.
        deleted: True deletes, False restores.
        artifact_location: URI below which MLflow keeps its artifacts instead of the registry's storage.
    """

    name: str | None = None
    description: str | None = None
    primary: str | None = None
    goals: Mapping[str, str] | None = None
    units: Mapping[str, str] | None = None
    tags: Mapping[str, str | None] | None = None
    deleted: bool | None = None
    artifact_location: str | None = None


def create_experiment(registry: Registry, name: str, change: ExperimentChange, author: Author) -> Experiment:
    """Makes an experiment.

    Raises:
        AlreadyThereError: if there is one in that folder.
        UsageError: for a name or value that cannot be recorded.
    """
    experiment_slug(name)
    return make_experiment(registry, Experiment.called(name), change, author)


def make_experiment(
    registry: Registry, blank: Experiment, change: ExperimentChange, author: Author, *, is_new: bool = True
) -> Experiment:
    """Makes an experiment in a folder that need not be its name's own.

    Args:
        registry: where.
        blank: the experiment, with its folder, name and number.
        change: what else it shall be.
        author: who commits; `author.when` is when it was made, or changed.
        is_new: whether it is made now; one that was there already without a record is changed.

    Raises:
        AlreadyThereError: if there is one in that folder.
        UsageError: for a value that cannot be recorded.
    """
    slug = blank.slug
    when = time_text(author.when)
    created: dict[KeyPath, Any] = {("created",): when, ("updated",): when} if is_new else {}
    try:
        experiment = changed(blank, created | _changes(blank, change, author))
    except RecordError as error:
        raise UsageError(f"this experiment cannot be recorded: {error.message}") from error

    def commit() -> None:
        keep_candidate_branch(registry, author)
        with registry.store.change(CANDIDATES, f"Create experiment {slug}\n", author) as made:
            if made.before.file(places.experiment_path(slug)) is not None:
                raise AlreadyThereError(
                    f"there is an experiment {slug} already", hint=f"gitreg experiment edit {slug}"
                )
            made.put(experiment)

    retrying(commit)
    return experiment


def edit_experiment(registry: Registry, name: str, change: ExperimentChange, author: Author) -> Experiment:
    """Changes an experiment's record; people's comments in it stay.

    Raises:
        NotFoundError: if there is none.
        UsageError: for a value that cannot be recorded.
    """
    slug = experiment_slug(name)
    path = places.experiment_path(slug)

    def commit() -> None:
        keep_candidate_branch(registry, author)
        with registry.store.change(CANDIDATES, f"Edit experiment {slug}\n", author) as made:
            experiment = experiment_of(made.before, slug)
            text = made.before.file(path) or b""
            changes = {**_changes(experiment, change, author), **deciding(experiment, _decided(change))}
            made.put_file(path, edited(text, Experiment, path, changes))

    retrying(commit)
    return experiment_of(registry.candidates, slug)


def _changes(experiment: Experiment, change: ExperimentChange, author: Author) -> dict[tuple[str, ...], Any]:
    changes: dict[tuple[str, ...], Any] = {}
    if change.name is not None:
        changes["name",] = change.name
    if change.description is not None:
        changes["description",] = change.description
    if change.deleted is not None:
        changes["deleted",] = time_text(author.when) if change.deleted else None
    if changes:
        changes["updated",] = time_text(author.when)
    if change.artifact_location is not None:
        changes["artifact_location",] = change.artifact_location
    tags = {
        key: value for key, value in {**experiment.tags, **(change.tags or {})}.items() if value is not None
    }
    if tags != experiment.tags:
        changes["tags",] = tags
    rules = _rules(experiment, change)
    if rules != _as_mapping(experiment):
        changes["metrics",] = rules
    return changes


def _decided(change: ExperimentChange) -> Iterator[KeyPath]:
    """The keys that are set, to whatever they are set."""
    named = {"name": change.name, "description": change.description, "primary": change.primary}
    yield from ((key,) for key, value in named.items() if value is not None)
    yield from (("tags", key) for key in change.tags or {})
    yield from (("metrics", key, "goal") for key in change.goals or {})
    yield from (("metrics", key, "unit") for key in change.units or {})


def _rules(experiment: Experiment, change: ExperimentChange) -> dict[str, dict[str, Any]]:
    rules = _as_mapping(experiment)
    blank = {"goal": "maximize", "primary": False, "unit": ""}
    for key, goal in (change.goals or {}).items():
        rules.setdefault(key, dict(blank))["goal"] = goal
    for key, unit in (change.units or {}).items():
        rules.setdefault(key, dict(blank))["unit"] = unit
    if change.primary is not None:
        rules.setdefault(change.primary, dict(blank))
        for key, rule in rules.items():
            rule["primary"] = key == change.primary
    return rules


def _as_mapping(experiment: Experiment) -> dict[str, dict[str, Any]]:
    return {key: rule.model_dump() for key, rule in experiment.metrics.items()}
