"""Which experiment a name or a number means, among those that have a record, those that run here, and the default one.

An experiment may be renamed, and its folder stays: so a name is looked for in the folder that is its own, then in all.
"""

from __future__ import annotations

from contextlib import suppress

from gitreg.documents import places
from gitreg.domain.experiment import DEFAULT_SLUG, Experiment, experiment_number
from gitreg.domain.words import slug_of
from gitreg.drafts import drafts
from gitreg.errors import GitregError, RecordError
from gitreg.index.known_experiments import ExperimentRow, all_experiments, experiment_by_name
from gitreg.store import Snapshot
from gitreg.workflows.registry import Registry
from gitreg.workflows.running.finish_draft import drafts_folder
from gitreg.workflows.searching.find import experiments_in
from gitreg.workflows.searching.place import place_in
from gitreg.workflows.searching.search import asked, experiment_slug

DEFAULT = Experiment(slug=DEFAULT_SLUG, name="Default", number="0")
"""It is there before anything was logged to it."""


def experiment_named(registry: Registry, name: str) -> Experiment | None:
    """The experiment that people see under a name, deleted ones too; None where there is none.

    Raises:
        UsageError: if it is no name.
    """
    snapshot, slug = registry.candidates, experiment_slug(name)
    own = _recorded(snapshot, slug)
    if own is not None and own.name == name:
        return own
    row = asked(place_in(registry), lambda index: experiment_by_name(index.connection, name))
    found = _recorded(snapshot, row.slug) if row is not None and row.is_recorded else None
    if found is not None and found.name == name:
        return found
    if name == DEFAULT.name:
        default = _recorded(snapshot, DEFAULT_SLUG) or DEFAULT
        return default if default.name in {name, DEFAULT_SLUG} else None
    return next((one for one in _running_only(registry, snapshot) if one.name == name), None)


def experiment_numbered(registry: Registry, number: str) -> Experiment | None:
    """The experiment of MLflow's id, deleted ones too; None where there is none."""
    snapshot = registry.candidates
    slugs = [slug for slug in experiments_in(snapshot) if experiment_number(slug) == number]
    if slugs and (found := _recorded(snapshot, slugs[0])) is not None:
        return found
    if number == DEFAULT.number:
        return DEFAULT
    return next((one for one in _running_only(registry, snapshot) if one.number == number), None)


def every_experiment(registry: Registry) -> list[Experiment]:
    """Every experiment, deleted ones too, by slug, as the index knows it: without how its metrics are read."""
    rows = asked(place_in(registry), lambda index: all_experiments(index.connection))
    known = {row.slug: _of_row(row) for row in rows}
    if not all(row.is_recorded for row in rows):
        known |= {one.slug: one for one in _running_only(registry, registry.candidates)}
    return [one for _, one in sorted({DEFAULT.slug: DEFAULT, **known}.items())]


def blank_experiment(registry: Registry, name: str) -> Experiment:
    """A new experiment of that name: in its own folder, or `slug-2` and so on where one under another name is.

    Raises:
        UsageError: if it is no name.
    """
    slug = experiment_slug(name)
    taken = {DEFAULT_SLUG, *experiments_in(registry.candidates)}
    taken |= {one.slug for one in _running_only(registry, registry.candidates)}
    free, turn = slug, 1
    while free in taken:
        turn += 1
        free = f"{slug[:60].rstrip('.-_')}-{turn}"
    return Experiment(slug=free, name=name, number=experiment_number(free))


def _of_row(row: ExperimentRow) -> Experiment:
    """The record, not checked again."""
    return Experiment.model_construct(
        slug=row.slug,
        name=row.name,
        number=row.number,
        description=row.description,
        tags=dict(row.tags),
        deleted=row.deleted,
        created=row.created,
        updated=row.updated,
        artifact_location=row.location,
    )


def _recorded(snapshot: Snapshot, slug: str) -> Experiment | None:
    with suppress(RecordError):  # `gitreg validate` tells
        return snapshot.record(Experiment, places.experiment_path(slug))
    return None


def _running_only(registry: Registry, snapshot: Snapshot) -> list[Experiment]:
    """Experiments that nothing was committed to yet."""
    names = set[str]()
    for draft in drafts(drafts_folder(registry)):
        with suppress(GitregError):  # finished just now, or damaged
            names.add(draft.start.experiment)
    found = {slug_of(name): name for name in sorted(names)}
    there = set(snapshot.files_there(map(places.experiment_path, sorted(found))))
    return [
        DEFAULT if slug == DEFAULT_SLUG else Experiment(slug=slug, name=name, number=experiment_number(slug))
        for slug, name in found.items()
        if places.experiment_path(slug) not in there
    ]
