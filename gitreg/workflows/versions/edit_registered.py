"""What MLflow's API changes of models and versions that are there: words, tags, aliases, stages of its own, deletion.

All of it stands in the model's record, as a version's own record is final. It is committed to the accepted branch, or becomes
part of the one open proposal that edits the model, by the registry's policy. Whoever loses a race decides again on the new
tip, so that two clones never lose each other's words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gitreg.documents import layout, places
from gitreg.documents.edit import KeyPath
from gitreg.documents.reader import read
from gitreg.documents.writer import write
from gitreg.domain.model import Model
from gitreg.domain.version import VersionNumber
from gitreg.errors import AlreadyThereError, AnswerIsNoError, NotFoundError, UsageError
from gitreg.store import Author, Change, Snapshot, retrying
from gitreg.workflows.edited import edited
from gitreg.workflows.proposing.proposal_branch import Draft
from gitreg.workflows.proposing.proposals import Proposal, find_proposal, propose
from gitreg.workflows.proposing.request_words import edit_words
from gitreg.workflows.publishing.accepted_branch import change_accepted
from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.recording.log_candidate import error_words
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.find import versions_of
from gitreg.workflows.versions.models import proposed_text
from gitreg.workflows.versions.registered import Shelves, find_by_name, find_registered, folder_for

Changes = Mapping[KeyPath, Any]
Deciding = Callable[[Model], Changes]
ATTEMPTS = 5


@dataclass(frozen=True)
class NewModel:
    """A model that is to be registered."""

    name: str
    description: str = ""
    tags: Mapping[str, str] | None = None


def register_model(registry: Registry, new: NewModel, shelves: Shelves, author: Author) -> Proposal | None:
    """Makes a model without versions; the folder of a deleted one of that name is used again, with its numbers.

    Returns:
        the proposal that it waits in; None where it was accepted at once.

    Raises:
        AlreadyThereError: if there is one of that name.
        UsageError: if it cannot be recorded.
    """
    message = f"Register model {' '.join(new.name.split())[:80]}"

    def act(change: Change) -> None:
        if find_by_name(change.before, new.name, shelves) is not None:
            raise _taken(new.name)
        change.put(_new_record(change.before, new, shelves, author))

    def propose_it() -> Proposal | None:
        _fetch(registry, author)
        if find_registered(registry, new.name, shelves) is not None:
            raise _taken(new.name)
        model = _new_record(registry.accepted, new, shelves, author)
        return _propose(registry, model.slug, write(model), message, author)

    if registry.rules.registration == "proposal":
        return retrying(propose_it, ATTEMPTS)
    change_accepted(registry, f"{message}\n", author, act)
    return None


def edit_registered(
    registry: Registry, slug: str, decide: Deciding, message: str, author: Author
) -> Proposal | None:
    """Changes a model's record; people's comments in it stay.

    Args:
        registry: the registry.
        slug: the model's.
        decide: what is to be different, by the record as it is at the tip; asked again after a lost race.
        message: of the commit.
        author: who changes it.

    Returns:
        the proposal that the change waits in; None where it was accepted at once.

    Raises:
        NotFoundError: if there is no such model.
        AnswerIsNoError: if the model itself waits for review.
        AlreadyThereError: if another model has the name by now.
        UsageError: if the changed record would be none.
    """
    path = places.model_path(slug)

    def act(change: Change) -> None:
        change.put_file(path, _edited(change.before, change.before.file(path), slug, decide))

    def propose_it() -> Proposal | None:
        _fetch(registry, author)
        if registry.accepted.file(path) is None:
            raise _waiting(slug)
        there = proposed_text(registry, path, find_proposal(registry, layout.edit_branch(slug)))
        text = _edited(registry.accepted, there, slug, decide)
        return _propose(registry, slug, text, message, author)

    if registry.rules.registration == "proposal":
        return retrying(propose_it, ATTEMPTS)
    change_accepted(registry, f"{message}\n", author, act)
    return None


def said(version: VersionNumber, *keys: str) -> KeyPath:
    """The place of something that is said of a version, in its model's record."""
    return ("annotations", str(version), *keys)


def _edited(accepted: Snapshot, text: bytes | None, slug: str, decide: Deciding) -> bytes:
    if not text:
        raise NotFoundError(f"there is no model {slug}", hint="gitreg model list")
    path = places.model_path(slug)
    changes = decide(read(text, Model, path))
    name = changes.get(("name",))
    there = find_by_name(accepted, name, Shelves()) if name else None
    if there is not None and there.slug != slug:
        raise _taken(there.name)
    return edited(text, Model, path, changes) if changes else text


def _propose(registry: Registry, slug: str, text: bytes, message: str, author: Author) -> Proposal | None:
    path = places.model_path(slug)
    if registry.accepted.file(path) == text:
        return None
    draft = Draft(layout.edit_branch(slug), {path: text}, f"{message}\n", words=edit_words(slug, [message]))
    return propose(registry, draft, author)


def _fetch(registry: Registry, author: Author) -> None:
    if registry.remote is not None:
        fetch(registry, author)


def _waiting(slug: str) -> AnswerIsNoError:
    """Its proposals add the record, each whole: words that one of them has would be in the others' way."""
    return AnswerIsNoError(
        f"the model {slug} itself waits for review, so nothing more can be said of it yet",
        hint=f"merge gitreg/edit/{slug}, or its first version's proposal",
    )


def _taken(name: str) -> AlreadyThereError:
    return AlreadyThereError(f"there is a model called {name[:80]!a} already", hint="gitreg model list")


def _new_record(before: Snapshot, new: NewModel, shelves: Shelves, author: Author) -> Model:
    try:
        slug, deleted = folder_for(before, new.name, shelves)
        made = Model(
            slug=slug,
            name=new.name,
            description=new.description,
            tags=dict(new.tags or {}),
            created=author.when,
            updated=author.when,
        )
    except ValueError as error:
        raise UsageError(f"this model cannot be recorded: {error_words(error)}") from error
    return made if deleted is None else _again(before, deleted, made)


def _again(before: Snapshot, deleted: Model, made: Model) -> Model:
    """The new model in the deleted one's folder: no version of that is any of its own, and no number comes again."""
    hidden = {
        version: said_before.model_copy(update={"deleted": said_before.deleted or deleted.deleted})
        for version in versions_of(before, deleted.slug)
        for said_before in [deleted.said_of(version)]
    }
    return made.model_copy(
        update={
            "annotations": hidden,
            "retired": deleted.retired,
            "gates": deleted.gates,
            "owners": deleted.owners,
            "stages": deleted.stages,
        }
    )
