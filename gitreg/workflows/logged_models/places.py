"""Where logged models are on the candidate branch: an id alone names no folder, as the experiment is part of the path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gitreg.documents import places
from gitreg.domain.logged_model import LoggedModel
from gitreg.domain.words import candidate_id
from gitreg.errors import NotFoundError, UsageError
from gitreg.store import Snapshot


def logged_model_place(snapshot: Snapshot, model: str, likely: Iterable[str] = ()) -> str | None:
    """The path of a logged model's record; None where there is none.

    Args:
        snapshot: the candidate branch.
        model: the id.
        likely: slugs of experiments to look into first; the index may know one.

    Raises:
        UsageError: if that is no id.
    """
    try:
        candidate_id(model)
    except ValueError as error:
        raise UsageError(f"{model[:80]!a} is no id of a logged model: {error}") from error
    for slug in _each_once(likely, snapshot):
        path = places.logged_model_path(slug, model)
        if snapshot.files_there([path]):
            return path
    return None


def find_logged_model(snapshot: Snapshot, model: str, likely: Iterable[str] = ()) -> LoggedModel:
    """The logged model of an id, deleted or not.

    Raises:
        UsageError: if that is no id.
        NotFoundError: if there is none.
        RecordError: if its file is not the record that it should be.
    """
    path = logged_model_place(snapshot, model, likely)
    found = snapshot.record(LoggedModel, path) if path else None
    if found is None:
        raise NotFoundError(f"the logged model {model[:32]} was not found")
    return found


def _each_once(likely: Iterable[str], snapshot: Snapshot) -> Iterator[str]:
    first = list(likely)
    yield from first
    yield from (slug for slug in snapshot.names("experiments") if slug not in first)
