"""Logging and deleting artifacts: into a running run's draft, as one commit of an ended run or of a logged model.

Runs and models have files of their own on the candidate branch, so that those who log at once into several of them meet only
where a branch moves, and try again there.
"""

from __future__ import annotations

from collections.abc import Sequence

from gitreg.artifacts import Source
from gitreg.domain.experiment import experiment_number
from gitreg.domain.words import slug_of
from gitreg.drafts import Draft, Entry, Removal
from gitreg.errors import DraftGoneError, NotFoundError, UsageError
from gitreg.mlflow_plugin.addresses import ModelPlace, Place, RunPlace, VersionPlace
from gitreg.mlflow_plugin.artifacts.looking import LOOKING, slug_numbered
from gitreg.mlflow_plugin.opening import author
from gitreg.mlflow_plugin.publishing import artifacts_logged, committed
from gitreg.mlflow_plugin.tracking.open_drafts import OPEN
from gitreg.workflows.logged_models.files import add_model_files, remove_model_files
from gitreg.workflows.registry import Registry
from gitreg.workflows.running.amend import amend
from gitreg.workflows.running.finish_draft import drafts_folder


def log(registry: Registry, place: Place, sources: Sequence[Source]) -> None:
    """Keeps files and folders as they are now; when this returns they are kept, whatever becomes of the process.

    Raises:
        NotFoundError: if there is no such run or model.
        UsageError: for what cannot be an artifact, or a place that is only read.
    """
    if isinstance(place, VersionPlace):
        raise _is_final(place)
    if not sources:
        return
    if isinstance(place, ModelPlace):
        _require_model(registry, place)
        add_model_files(registry, place.model, sources, author(registry))
        committed(registry)
        return
    draft = _draft(registry, place)
    if draft is not None and _logged(draft, sources):
        artifacts_logged(registry)
        return
    _amend(registry, place, [], sources)


def delete(registry: Registry, place: Place, path: str) -> None:
    """Takes a file, or a folder with all in it, from the artifacts; everything for an empty path. What is not there is gone.

    Raises:
        NotFoundError: if there is no such run or model.
        UsageError: for a place that is only read.
    """
    if isinstance(place, VersionPlace):
        raise _is_final(place)
    if next(LOOKING.files(registry, place).names(path), None) is None:
        return
    if isinstance(place, ModelPlace):
        remove_model_files(registry, place.model, path, author(registry))
        committed(registry)
        return
    draft = _draft(registry, place)
    if draft is not None and _said(draft, [Removal(path)]):
        return
    _amend(registry, place, [Removal(path)], [])


def _draft(registry: Registry, place: RunPlace) -> Draft | None:
    opened = OPEN.get(drafts_folder(registry) / place.run)
    if opened is None:
        return None
    draft = opened.draft
    if experiment_number(slug_of(draft.start.experiment)) != place.experiment:
        raise NotFoundError(f"the run {place.run} is of another experiment than {place.experiment}")
    return draft


def _logged(draft: Draft, sources: Sequence[Source]) -> bool:
    try:
        return _said(draft, [entry for source in sources for entry in draft.kept(source.path, source.name)])
    except DraftGoneError:
        return False


def _said(draft: Draft, entries: Sequence[Entry]) -> bool:
    """Appends to a draft; False where it ended meanwhile."""
    try:
        draft.append(entries)
    except NotFoundError:
        OPEN.forget(draft.folder)
        return False
    return True


def _amend(registry: Registry, place: RunPlace, entries: Sequence[Entry], sources: Sequence[Source]) -> None:
    slug = slug_numbered(registry.candidates, place.experiment)
    amend(registry, place.run, entries, author(registry), sources=sources, experiment=slug)
    committed(registry)


def _require_model(registry: Registry, place: ModelPlace) -> None:
    LOOKING.files(registry, place)


def _is_final(place: VersionPlace) -> UsageError:
    return UsageError(
        f"the artifacts of {place.model} {place.version} are final: consumers pin a version",
        hint="log them to a run or a model, and register that",
    )
