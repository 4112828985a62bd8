"""Records of the candidates that a search found, as JSON: read in bulk, and never all in memory."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from gitreg.documents.places import candidate_path
from gitreg.documents.plain_json import JsonObject, candidate_json
from gitreg.errors import RecordError
from gitreg.gitrepo.names import ObjectId
from gitreg.index.contents import Place, stream_places
from gitreg.workflows.searching.search import Search

AT_ONCE = 500
FEW = 5000
"""Of so many records at most, what Git keeps in memory counts for more than the time that it takes."""


def records(search: Search, numbers: Sequence[int], faults: list[str]) -> Iterator[JsonObject]:
    """The records, in the order asked, drafts with what was logged until now.

    Args:
        search: what found them.
        numbers: of the candidates.
        faults: takes what is wrong with those that cannot be read, and are left out.
    """
    places = stream_places(search.index.connection, numbers)
    while some := list(islice(places, AT_ONCE)):
        contents = _contents(search, some, few=len(numbers) <= FEW)
        for place in some:
            record = _record(search, place, contents, faults)
            if record is not None:
                yield record


def _contents(search: Search, places: Iterable[Place], *, few: bool) -> dict[ObjectId, bytes | None]:
    ids = (ObjectId(place.blob) for place in places if place.blob)
    return dict(search.place.reading.blobs(ids, few=few))


def _record(
    search: Search, place: Place, contents: dict[ObjectId, bytes | None], faults: list[str]
) -> JsonObject | None:
    if place.blob is None:
        return _draft(search, place)
    path = candidate_path(place.experiment, place.id)
    content = contents.get(ObjectId(place.blob))
    if content is None:
        faults.append(f"{path}: it cannot be read (git fsck)")
        return None
    try:
        return candidate_json(content, path)
    except RecordError as error:
        faults.append(str(error))
        return None


def _draft(search: Search, place: Place) -> JsonObject | None:
    """What runs here, as the record that it would become now; None if it ended this moment."""
    found: JsonObject | None = importlib.import_module("gitreg.workflows.searching.draft_record").draft_json(
        search.place, place.id
    )
    return found
