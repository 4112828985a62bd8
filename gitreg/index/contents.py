"""Where the record of a candidate is, by the number that it has in the index."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

Connection: TypeAlias = sqlite3.Connection
"""An open index, for those above, who know no SQLite."""
CHUNK = 500
_ASKED = """WITH asked(n) AS (SELECT value FROM json_each(?))
    SELECT n, slug, id, hex(c.blob) FROM asked CROSS JOIN candidates c USING (n) JOIN experiments USING (e)"""
_AT = """SELECT n FROM json_each(?) AS asked JOIN experiments ON slug = json_extract(asked.value, '$[0]')
    JOIN candidates c ON c.e = experiments.e AND c.id = json_extract(asked.value, '$[1]') WHERE draft = 0"""

_OF_IDS = """SELECT c.id, c.n FROM json_each(?) AS asked CROSS JOIN candidates c ON c.id = asked.value
    ORDER BY c.draft, c.e DESC"""


class Place(NamedTuple):
    """A candidate's experiment and id, and the blob of its record: None for one that runs on this machine."""

    experiment: str
    id: str
    blob: str | None


def stream_places(connection: sqlite3.Connection, numbers: Sequence[int]) -> Iterator[Place]:
    """The places of candidates, in the order asked, a few hundred at a time."""
    for start in range(0, len(numbers), CHUNK):
        chunk = numbers[start : start + CHUNK]
        asked = connection.execute(_ASKED, (json.dumps(list(chunk)),))
        found = {n: Place(slug, id_, blob.lower() or None) for n, slug, id_, blob in asked}
        yield from (found[n] for n in chunk if n in found)


def numbers_at(connection: sqlite3.Connection, places: Iterable[tuple[str, str]]) -> list[int]:
    """The numbers of the committed candidates of these experiments and ids, in any order."""
    return [n for (n,) in connection.execute(_AT, (json.dumps(list(places)),))]


def candidate_place(connection: sqlite3.Connection, id_: str) -> tuple[str, bool] | None:
    """The experiment of the candidate of that id, and whether it is a draft; of a draft and what it goes on from, the draft."""
    found = connection.execute(
        "SELECT slug, draft FROM candidates JOIN experiments USING (e) WHERE id = ? ORDER BY draft DESC, slug LIMIT 1",
        (id_,),
    ).fetchone()
    return (found[0], bool(found[1])) if found else None


def numbers_of(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, int]:
    """The numbers of candidates by their ids; of a draft and what it goes on from, the draft's."""
    return dict(connection.execute(_OF_IDS, (json.dumps(list(ids)),)))


def has_experiment(connection: sqlite3.Connection, slug: str) -> bool:
    """Whether there is an experiment in that folder."""
    return connection.execute("SELECT 1 FROM experiments WHERE slug = ?", (slug,)).fetchone() is not None


def has_drafts(connection: sqlite3.Connection) -> bool:
    """Whether the index knows of candidates that run here."""
    [[found]] = connection.execute("SELECT EXISTS (SELECT 1 FROM drafts)")
    return bool(found)
