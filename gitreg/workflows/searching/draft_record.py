"""The record of a candidate that runs here, for a search that found it. Of weight: loaded by name where one was found."""

from __future__ import annotations

from gitreg.documents.records_json import JsonValue, to_json
from gitreg.domain.candidate import Candidate
from gitreg.drafts import Draft
from gitreg.errors import NotFoundError
from gitreg.workflows.registry import open_registry
from gitreg.workflows.searching.place import SearchPlace
from gitreg.workflows.searching.show_draft import so_far


def draft_json(place: SearchPlace, id_: str) -> dict[str, JsonValue] | None:
    """The record as JSON; None if the draft was finished this moment."""
    found = draft_record(place, id_)
    return to_json(found) if found else None


def draft_record(place: SearchPlace, id_: str) -> Candidate | None:
    """The record that a draft would become now; None if it was finished this moment.

    Raises:
        RecordError: if the draft is damaged.
    """
    registry = open_registry(place.reading.work_tree or place.reading.git_dir, place.reading.environ)
    try:
        return so_far(registry, Draft(place.state / "drafts" / id_))
    except NotFoundError:
        return None
    finally:
        registry.close()
