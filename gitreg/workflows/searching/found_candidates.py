"""What a search found, for programs that go on with it: places in order, and rows and records of them when they are wanted.

The answer stays what it was: rows and records are those of the commit that was searched, whatever is committed later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gitreg.documents.places import candidate_path
from gitreg.documents.reader import read
from gitreg.domain.candidate import Candidate
from gitreg.errors import NotFoundError, RecordError
from gitreg.gitrepo.names import ObjectId
from gitreg.index.contents import Place, numbers_at, stream_places
from gitreg.index.query.values import Query
from gitreg.index.row import Row
from gitreg.index.rows import rows
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.draft_record import draft_record
from gitreg.workflows.searching.place import SearchPlace, place_in
from gitreg.workflows.searching.search import open_index, searching

CHUNK = 500


@dataclass(frozen=True)
class Found:
    """Candidates in the order asked for.

    Args:
        place: where, at the commit that was searched.
        places: of their records.
        running: the rows of those that were running then, by id.
        token: where the next page begins; None when this is the last.
    """

    place: SearchPlace
    places: tuple[Place, ...]
    running: dict[str, Row]
    token: str | None

    def rows(self) -> Iterator[Row]:
        """Their rows, a few hundred at a time."""
        with open_index(self.place) as index:
            for start in range(0, len(self.places), CHUNK):
                some = self.places[start : start + CHUNK]
                numbers = numbers_at(index.connection, [(one.experiment, one.id) for one in some if one.blob])
                found = {(row.experiment, row.id): row for row in rows(index.connection, numbers)}
                yield from (
                    found[one.experiment, one.id] if one.blob else self.running[one.id] for one in some
                )

    def records(self, start: int, stop: int) -> list[Candidate]:
        """The records of some of them, read at once.

        Raises:
            RecordError: if one cannot be read.
            NotFoundError: if one was running, and ended meanwhile.
        """
        some = self.places[start:stop]
        contents = dict(self.place.reading.blobs(ObjectId(one.blob) for one in some if one.blob))
        return [self._record(one, contents) for one in some]

    def _record(self, place: Place, contents: dict[ObjectId, bytes | None]) -> Candidate:
        if place.blob is None:
            record = draft_record(self.place, place.id)
            if record is None:
                raise NotFoundError(
                    f"{place.experiment}/{place.id[:8]} ended meanwhile", hint="Search again."
                )
            return record
        path = candidate_path(place.experiment, place.id)
        content = contents.get(ObjectId(place.blob))
        if content is None:
            raise RecordError(f"{path} cannot be read", hint="Run git fsck.")
        return read(content, Candidate, path)


def find_candidates(registry: Registry, query: Query, experiments: Sequence[str], now: datetime) -> Found:
    """The candidates that meet a query.

    Args:
        registry: where.
        query: what is asked; its experiments are those named beside.
        experiments: names or slugs; none means all.
        now: the time.

    Raises:
        UsageError: if the filter or an order means nothing.
        NotFoundError: if there is no such experiment.
    """
    place = place_in(registry)
    with searching(place, now) as search:
        page = search.page(replace(query, experiments=search.slugs(experiments)))
        places = tuple(stream_places(search.index.connection, page.numbers))
        running = [number for number, one in zip(page.numbers, places, strict=True) if one.blob is None]
        return Found(place, places, {row.id: row for row in search.rows(running)}, page.token)
