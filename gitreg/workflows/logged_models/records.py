"""Logged models: what a candidate produced, made and changed before anybody registers it; each act is one commit.

They are records from their beginning, with the status `pending` until their artifacts are whole. What a running candidate
measures of one is in logged_model_metrics.py, their files are in logged_model_files.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gitreg.documents import places
from gitreg.documents.conflicts import deciding
from gitreg.documents.edit import DELETE
from gitreg.documents.reader import read
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel, ModelStatus
from gitreg.domain.record import Person
from gitreg.domain.times import time_text
from gitreg.errors import AlreadyThereError, NotFoundError, UsageError
from gitreg.store import Author, Change, retrying
from gitreg.workflows.candidate_branch import keep_candidate_branch
from gitreg.workflows.edited import edited
from gitreg.workflows.logged_models.fitting import fitting, is_same
from gitreg.workflows.logged_models.places import logged_model_place
from gitreg.workflows.recording.cut_secrets import cut_pairs
from gitreg.workflows.recording.log_candidate import error_words
from gitreg.workflows.registry import CANDIDATES, Registry

Changes = Mapping[tuple[str, ...], Any]
Deciding = Callable[[LoggedModel], Changes]


@dataclass(frozen=True)
class NewLoggedModel:
    """A logged model that begins.

    Args:
        id: 32 random hex digits.
        experiment: the experiment, which is made if it is not there.
        name: what people call it.
        type: what kind of model it is, in the words of whoever made it.
        candidate: the candidate that made it, running or ended.
        params: its configuration.
        tags: words about it.
        extra: what other programs keep with it.
    """

    id: str
    experiment: Experiment
    name: str
    type: str = ""
    candidate: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


def create_logged_model(registry: Registry, new: NewLoggedModel, author: Author) -> LoggedModel:
    """Commits a logged model that has no artifacts yet, with its params and tags as far as a record has room.

    Raises:
        UsageError: for a name or value that cannot be recorded.
        AlreadyThereError: if there is one of that id.
    """
    try:
        model = _record(new, author)
    except ValueError as error:
        raise UsageError(f"this logged model cannot be recorded: {error_words(error)}") from error

    def commit() -> None:
        keep_candidate_branch(registry, author)
        with registry.store.change(CANDIDATES, f"Begin {model}\n\n{model.name}\n", author) as change:
            if change.before.files_there([places.logged_model_path(model.experiment, model.id)]):
                raise AlreadyThereError(f"there is a logged model {model} already")
            if not change.before.files_there([places.experiment_path(model.experiment)]):
                change.put(new.experiment)
            change.put(model)

    retrying(commit, queued=registry.queue)
    return model


def finalize_logged_model(
    registry: Registry, model: str, status: ModelStatus, author: Author, *, message: str = ""
) -> LoggedModel:
    """Says whether a logged model's artifacts are whole.

    Args:
        registry: where it is.
        model: its id.
        status: how it stands now.
        author: who says so, and when.
        message: why they are not.
    """
    changes: Changes = {("status",): status, ("message",): message, ("updated",): time_text(author.when)}
    return change_logged_model(registry, model, f"Finalize as {status}", author, lambda _: changes)


def tag_logged_model(
    registry: Registry, model: str, tags: Mapping[str, str | None], author: Author
) -> LoggedModel:
    """Sets tags of a logged model; None removes one.

    Raises:
        NotFoundError: if a tag to remove is not there.
    """
    kept = cut_pairs({key: value for key, value in tags.items() if value is not None})

    def decided(before: LoggedModel) -> Changes:
        missing = next((key for key, value in tags.items() if value is None and key not in before.tags), None)
        if missing is not None:
            raise NotFoundError(f"{before} has no tag {missing}")
        return {("tags", key): kept.get(key, DELETE) for key in tags}

    return change_logged_model(registry, model, "Tag", author, decided)


def add_params(registry: Registry, model: str, params: Mapping[str, str], author: Author) -> LoggedModel:
    """Adds params to a logged model, as far as its record has room; the same again changes nothing.

    Raises:
        AlreadyThereError: if one has another value; then none is added.
    """
    kept = cut_pairs(params)

    def decided(before: LoggedModel) -> Changes:
        for key, value in kept.items():
            known = before.params.get(key, value)
            if not is_same(known, value):
                raise AlreadyThereError(f"the param {key} of {before} is {known[:80]!r} already")
        more = fitting(kept, before.params)
        return {("params", key): value for key, value in more.items() if key not in before.params}

    return change_logged_model(registry, model, "Add params to", author, decided)


def delete_logged_model(registry: Registry, model: str, author: Author) -> LoggedModel:
    """Hides a logged model; its record, its files and its history stay. Deleting it again moves the time."""
    now = time_text(author.when)
    changes: Changes = {("deleted",): now, ("updated",): now}
    return change_logged_model(registry, model, "Delete", author, lambda _: changes)


def remove_logged_model(registry: Registry, model: str, author: Author) -> None:
    """Takes a logged model off the branch's tip; the history of the branch still has it.

    Raises:
        NotFoundError: if there is none.
    """

    def commit() -> None:
        with registry.store.change(CANDIDATES, f"Remove logged model {model[:8]}\n", author) as change:
            path = _place(change, model)
            stem = path.removesuffix(".yaml")
            for file in change.before.files_there([f"{stem}.dvc", f"{stem}.sha256", path]):
                change.remove(file)

    retrying(commit, queued=registry.queue)


def change_logged_model(
    registry: Registry, model: str, act: str, author: Author, decide: Deciding
) -> LoggedModel:
    """Changes a logged model's record by one commit; none where nothing changes.

    Args:
        registry: where it is.
        model: its id.
        act: what is done, for the commit's message.
        author: who does it, and when.
        decide: gives the changes to the record as it is; called again where somebody was faster.

    Raises:
        NotFoundError: if there is no such logged model.
        UsageError: for a value that cannot be recorded.
    """

    def commit() -> LoggedModel:
        keep_candidate_branch(registry, author)
        message = f"{act} logged model {model[:8]}\n"
        with registry.store.change(CANDIDATES, message, author) as change:
            path = _place(change, model)
            return edit_in(change, path, decide)

    return retrying(commit, queued=registry.queue)


def edit_in(change: Change, path: str, decide: Deciding) -> LoggedModel:
    """Changes the record at a path, as a part of a larger change."""
    text = change.before.file(path) or b""
    before = read(text, LoggedModel, path)
    decided = decide(before)
    after = edited(text, LoggedModel, path, {**decided, **deciding(before, decided)}) if decided else text
    change.put_file(path, after)
    return read(after, LoggedModel, path)


def _place(change: Change, model: str) -> str:
    path = logged_model_place(change.before, model)
    if path is None:
        raise NotFoundError(f"the logged model {model[:32]} was not found")
    return path


def _record(new: NewLoggedModel, author: Author) -> LoggedModel:
    return LoggedModel(
        id=new.id,
        experiment=new.experiment.slug,
        name=new.name,
        type=new.type,
        created=author.when,
        updated=author.when,
        author=Person(name=author.name, email=author.email),
        candidate=new.candidate,
        params=fitting(cut_pairs(new.params)),
        tags=fitting(cut_pairs(new.tags)),
        extra=dict(new.extra),
    )
