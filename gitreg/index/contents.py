"""Where the record of a candidate is, by the number that it has in the index."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

CHUNK = 500
_ASKED = """WITH asked(n) AS (SELECT value FROM json_each(?))
    SELECT n, slug, id, hex(c.blob) FROM asked CROSS JOIN candidates c USING (n) JOIN experiments USING (e)"""


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
