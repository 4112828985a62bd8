"""Rows of the index by their numbers, many at a time. Knows nothing of what was searched for."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from gitreg.index.row import Dataset, Point, Row
from gitreg.index.schema import moment

CHUNK = 500
_ASKED = "WITH asked(n) AS (SELECT value FROM json_each(?)) "
_CANDIDATES = f"""{_ASKED}
SELECT n, id, slug, c.name, status, created, finished, author.text, parent, repository.text, revision.text, branch.text,
    dirty, notes, files, size, manifest, c.deleted, hex(c.blob), draft, user.text
FROM asked CROSS JOIN candidates c USING (n) JOIN experiments USING (e)
LEFT JOIN words author ON author.w = author LEFT JOIN words repository ON repository.w = repository
LEFT JOIN words revision ON revision.w = revision LEFT JOIN words branch ON branch.w = branch
LEFT JOIN words user ON user.w = user
"""
_VALUES = {
    table: f"{_ASKED} SELECT n, name, value FROM asked CROSS JOIN {table} USING (n) JOIN keys USING (k) ORDER BY name"
    for table in ("params", "tags")
}
_METRICS = f"""{_ASKED} SELECT n, name, value, step, time FROM asked CROSS JOIN metrics USING (n) JOIN keys USING (k)
ORDER BY name"""
_DATASETS = f"{_ASKED} SELECT n, name, uri, digest, context, fingerprint FROM asked CROSS JOIN datasets USING (n) ORDER BY n, position"


def rows(connection: sqlite3.Connection, ns: Sequence[int]) -> list[Row]:
    """The candidates of these numbers, in the order asked; a number that is none's is left out."""
    return list(stream_rows(connection, ns))


def stream_rows(connection: sqlite3.Connection, ns: Sequence[int]) -> Iterator[Row]:
    """As `rows`, holding a few hundred at a time."""
    for start in range(0, len(ns), CHUNK):
        chunk = ns[start : start + CHUNK]
        found = _chunk(connection, json.dumps(list(dict.fromkeys(chunk))))
        yield from (found[n] for n in chunk if n in found)


def _chunk(connection: sqlite3.Connection, numbers: str) -> dict[int, Row]:
    params = _values(connection, "params", numbers)
    tags = _values(connection, "tags", numbers)
    metrics, points = _metrics(connection, numbers)
    datasets = _datasets(connection, numbers)
    return {
        n: Row(
            n,
            id_,
            experiment,
            name,
            status,
            moment(created),
            _time(finished),
            author,
            parent,
            repository,
            revision,
            branch,
            bool(dirty),
            notes or "",
            params.get(n, {}),
            metrics.get(n, {}),
            tags.get(n, {}),
            tuple(datasets.get(n, ())),
            files,
            size,
            manifest,
            _time(deleted),
            blob.lower() or None,
            bool(draft),
            user,
            points.get(n, {}),
        )
        for n, id_, experiment, name, status, created, finished, author, parent, repository, revision, branch, dirty, notes, files, size, manifest, deleted, blob, draft, user in connection.execute(
            _CANDIDATES, (numbers,)
        )
    }


def _values(connection: sqlite3.Connection, table: str, numbers: str) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for n, key, value in connection.execute(_VALUES[table], (numbers,)):
        found.setdefault(n, {})[key] = value
    return found


def _metrics(
    connection: sqlite3.Connection, numbers: str
) -> tuple[dict[int, dict[str, float]], dict[int, dict[str, Point]]]:
    """The values, and the points of those that have one."""
    values: dict[int, dict[str, float]] = {}
    points: dict[int, dict[str, Point]] = {}
    for n, key, value, step, time in connection.execute(_METRICS, (numbers,)):
        values.setdefault(n, {})[key] = math.nan if value is None else value
        if step is not None:
            points.setdefault(n, {})[key] = (step, _time(time))
    return values, points


def _datasets(connection: sqlite3.Connection, numbers: str) -> dict[int, list[Dataset]]:
    found: dict[int, list[Dataset]] = {}
    for n, *rest in connection.execute(_DATASETS, (numbers,)):
        found.setdefault(n, []).append(Dataset(*rest))
    return found


def _time(value: int | None) -> datetime | None:
    return None if value is None else moment(value)
