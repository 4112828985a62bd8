"""Models: shown, and changed by a proposal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitreg.documents import layout, places
from gitreg.documents.edit import DELETE
from gitreg.documents.reader import read
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.times import time_text
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import slug_of
from gitreg.errors import ConflictError, NotFoundError, UsageError
from gitreg.store import Author, Snapshot
from gitreg.workflows.edited import edited
from gitreg.workflows.proposing.proposal_branch import Draft
from gitreg.workflows.proposing.proposals import Proposal, find_proposal, propose
from gitreg.workflows.proposing.request_words import edit_words
from gitreg.workflows.publishing.exchange import fetch_unless
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.find import find_model, is_released, models_in, versions_of


@dataclass(frozen=True)
class VersionSummary:
    """A version and where it stands; `released` says that a tag is here, not that it verifies.

    `hidden` is one that MLflow's API deleted: it is what it was, and is not shown there any more.
    """

    version: ModelVersion
    released: bool
    stages: tuple[str, ...]
    retired: str | None
    hidden: bool = False


@dataclass(frozen=True)
class ModelChange:
    """What is to be different; None leaves a thing as it is, and a tag set to None is removed."""

    name: str | None = None
    description: str | None = None
    owners: tuple[str, ...] | None = None
    tags: Mapping[str, str | None] | None = None
    deleted: bool | None = None


def list_models(registry: Registry, *, deleted: bool = False) -> list[Model]:
    """Every accepted model, by slug."""
    accepted = registry.accepted
    found = [accepted.record(Model, places.model_path(slug)) for slug in models_in(accepted)]
    return [model for model in found if model is not None and (deleted or model.deleted is None)]


def show_model(registry: Registry, name: str) -> tuple[Model, list[VersionSummary]]:
    """One model and its versions, highest first.

    Raises:
        NotFoundError: if there is none.
    """
    slug = model_slug(name)
    model = find_model(registry.accepted, slug)
    return model, model_versions(registry, model)


def model_versions(registry: Registry, model: Model) -> list[VersionSummary]:
    """A model's accepted versions, highest first."""
    accepted = registry.accepted
    numbers = versions_of(accepted, model.slug)[::-1]
    stages: dict[VersionNumber, tuple[str, ...]] = {}
    for stage, number in model.stages.items():
        stages[number] = (*stages.get(number, ()), stage)
    return [
        VersionSummary(
            _version_of(accepted, model.slug, number, content),
            is_released(registry, model.slug, number),
            stages.get(number, ()),
            model.retired.get(number),
            model.said_of(number).deleted is not None,
        )
        for number, content in _contents(accepted, model.slug, numbers)
    ]


def _contents(
    accepted: Snapshot, model: str, numbers: Sequence[VersionNumber]
) -> Iterator[tuple[VersionNumber, bytes | None]]:
    """What the versions' records hold: asked of Git together, for a model may have thousands; None is not readable so."""
    repository, commit = accepted.repository, accepted.commit
    if commit is None or not numbers:
        return
    blobs = dict(repository.changed_blobs(None, commit, places.versions_folder(model)))
    ids = [blobs.get(layout.version_path(model, number)) for number in numbers]
    contents = dict(repository.blobs(id_ for id_ in ids if id_))
    yield from ((number, contents[id_] if id_ else None) for number, id_ in zip(numbers, ids, strict=True))


def _version_of(accepted: Snapshot, model: str, number: VersionNumber, content: bytes | None) -> ModelVersion:
    """The record, if that is what it says; else the snapshot is asked, which knows why not.

    Raises:
        NotFoundError: if there is none.
        RecordError: if the file is no such record.
    """
    path = layout.version_path(model, number)
    record = None if content is None else read(content, ModelVersion, path)
    if record is None or (record.model, record.version) != (model, number):
        record = accepted.record(ModelVersion, path)
    if record is None:
        raise NotFoundError(f"the folder of {model} {number} has no version.yaml", hint="gitreg validate")
    return record


def edit_model(
    registry: Registry, name: str, change: ModelChange, author: Author, *, offline: bool = False
) -> Proposal:
    """Proposes a change of a model's record; people's comments in it stay.

    Raises:
        NotFoundError: if there is no such model.
        UsageError: if nothing is to be different, or not so that it can be recorded.
    """
    fetch_unless(registry, author, offline=offline)
    slug = model_slug(name)
    find_model(registry.accepted, slug)
    path, branch = places.model_path(slug), layout.edit_branch(slug)
    text = proposed_text(registry, path, find_proposal(registry, branch))
    changes = _changes(change, author)
    changed = edited(text, Model, path, changes)
    if changed == text:
        raise UsageError("nothing would be different", hint=f"gitreg model edit {slug} --description TEXT")
    words = edit_words(slug, [".".join(key) for key in changes])
    draft = Draft(branch, {path: changed}, f"Edit model {slug}\n", words=words)
    return propose(registry, draft, author, offline=offline)


def proposed_text(registry: Registry, path: str, proposal: Proposal | None) -> bytes:
    """The model's file as accepted, with what an open edit changes in it: a second edit adds to the first."""
    accepted = registry.accepted
    if proposal is None or accepted.commit is None:
        return accepted.file(path) or b""
    try:
        tree = registry.repository.merge_trees([accepted.commit, proposal.commit])
    except ConflictError as error:
        raise ConflictError(
            f"the open {proposal.name} does not fit what was accepted meanwhile: {error.message}",
            hint=f"git branch -D {proposal.name} drops it, then edit again",
        ) from error
    entry = registry.repository.entry(tree, path)
    found = registry.repository.find(entry.id) if entry is not None and entry.is_file else None
    return found.content if found is not None else b""


def _changes(change: ModelChange, author: Author) -> dict[tuple[str, ...], Any]:
    changes: dict[tuple[str, ...], Any] = {}
    if change.name is not None:
        changes["name",] = change.name
    if change.description is not None:
        changes["description",] = change.description
    if change.owners is not None:
        changes["owners",] = list(change.owners)
    for key, value in (change.tags or {}).items():
        changes["tags", key] = DELETE if value is None else value
    if change.deleted is not None:
        changes["deleted",] = time_text(author.when) if change.deleted else None
    return changes


def model_slug(name: str) -> str:
    """The folder of the model called `name`.

    Raises:
        UsageError: if nothing can be called so.
    """
    try:
        return slug_of(name)
    except ValueError as error:
        raise UsageError(f"not a model's name: {error}") from error
