"""Experiments: made on purpose, shown, and changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitreg.documents import places
from gitreg.documents.conflicts import deciding
from gitreg.documents.edit import KeyPath, changed
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.domain.times import time_text
from gitreg.domain.words import slug_of
from gitreg.errors import AlreadyThereError, NotFoundError, RecordError, UsageError
from gitreg.store import Author, retrying
from gitreg.workflows.candidate_branch import keep_candidate_branch
from gitreg.workflows.edited import edited
from gitreg.workflows.find import best, candidates_of, experiment_of, experiments_in
from gitreg.workflows.registry import CANDIDATES, Registry


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
    """

    name: str | None = None
    description: str | None = None
    primary: str | None = None
    goals: Mapping[str, str] | None = None
    units: Mapping[str, str] | None = None
    tags: Mapping[str, str | None] | None = None
    deleted: bool | None = None


@dataclass(frozen=True)
class ExperimentSummary:
    """An experiment with what is in it."""

    experiment: Experiment
    candidates: int
    latest: Candidate | None
    best: Candidate | None


def list_experiments(registry: Registry, *, deleted: bool = False) -> list[Experiment]:
    """Every experiment, by slug."""
    snapshot = registry.candidates
    found = [experiment_of(snapshot, slug) for slug in experiments_in(snapshot)]
    return [experiment for experiment in found if deleted or experiment.deleted is None]


def show_experiment(registry: Registry, name: str) -> ExperimentSummary:
    """One experiment with its number of candidates, the latest, and the best by its primary metric.

    Raises:
        NotFoundError: if there is none.
    """
    slug = _slug(name)
    experiment = experiment_of(registry.candidates, slug)
    living = [
        candidate for candidate in candidates_of(registry.candidates, slug) if candidate.deleted is None
    ]
    newest = max(living, key=lambda candidate: (candidate.created, candidate.id), default=None)
    try:
        top = best(registry, slug)
    except (NotFoundError, UsageError):
        top = None
    return ExperimentSummary(experiment, len(living), newest, top)


def create_experiment(registry: Registry, name: str, change: ExperimentChange, author: Author) -> Experiment:
    """Makes an experiment.

    Raises:
        AlreadyThereError: if there is one in that folder.
        UsageError: for a name or value that cannot be recorded.
    """
    slug = _slug(name)
    blank = Experiment.called(name)
    try:
        experiment = changed(blank, _changes(blank, change, author))
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
    slug = _slug(name)
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


def _slug(name: str) -> str:
    try:
        return slug_of(name)
    except ValueError as error:
        raise UsageError(f"not an experiment's name: {error}") from error
