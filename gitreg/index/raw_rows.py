"""Rows of the index as they are kept, thousands at a time: for whoever makes something else of them and drops the rest.

A row of SQLite's takes half a microsecond to become a tuple, so all but metrics is put together there, as JSON, whose
numbers have 15 digits. Times are microseconds since 1970. What a list shows is rows.py, which costs five times as much.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from gitreg.domain.experiment import experiment_number

CHUNK = 2000
LARGEST = 1.7976931348623157e308
_ASKED = "WITH asked(n) AS (SELECT value FROM json_each(?)) "
_TEXTS = {
    table: f"(SELECT json_group_object(name, value) FROM {table} v CROSS JOIN keys USING (k) WHERE v.n = c.n)"
    for table in ("params", "tags")
}
_DATASETS = """(SELECT NULLIF(json_group_array(json_array(position, name, uri, digest, context, fingerprint)), '[]')
    FROM datasets d WHERE d.n = c.n)"""
_POINTS = """(SELECT NULLIF(json_group_array(json_array(name, step, time)), '[]') FROM metrics v CROSS JOIN keys USING (k)
    WHERE v.n = c.n AND (step IS NOT NULL OR time IS NOT NULL))"""
_CANDIDATES = f"""{_ASKED}
SELECT n, id, slug, c.name, status, created, finished, author.text, user.text, parent, repository.text, revision.text,
    branch.text, notes, c.deleted, {_DATASETS}, {_POINTS}, {_TEXTS["params"]}, {_TEXTS["tags"]}
FROM asked CROSS JOIN candidates c USING (n) JOIN experiments USING (e)
LEFT JOIN words author ON author.w = author LEFT JOIN words user ON user.w = user
LEFT JOIN words repository ON repository.w = repository LEFT JOIN words revision ON revision.w = revision
LEFT JOIN words branch ON branch.w = branch
"""
_METRICS = f"{_ASKED} SELECT n, k, max(min(value, ?), ?) FROM asked CROSS JOIN metrics USING (n)"

Point: TypeAlias = tuple[int | None, int | None]


class RawRow(NamedTuple):
    """One candidate, as the index keeps it.

    Args:
        n: its number in this index.
        author: as `Name <mail>`.
        user: who ran it, as the program said; the author where it did not.
        deleted: when it was deleted; None while it is not.
        datasets: for `datasets_of`; None where there is none.
        points: for `points_of`; None where there is none.
        metrics: values between the greatest finite numbers, and NaN.
    """

    n: int
    id: str
    experiment: str
    name: str
    status: str
    created: int
    finished: int | None
    author: str | None
    user: str | None
    parent: str | None
    repository: str | None
    revision: str | None
    branch: str | None
    notes: str | None
    deleted: int | None
    datasets: str | None
    points: str | None
    params: dict[str, str]
    tags: dict[str, str]
    metrics: dict[str, float]


class ExperimentPlace(NamedTuple):
    """What candidates need of their experiment.

    Args:
        number: MLflow's id, which is of the folder: a record may say another one's.
        deleted: when it was deleted; None while it is not.
        location: where MLflow keeps its artifacts, if somebody chose; empty otherwise.
    """

    slug: str
    number: str
    deleted: int | None
    location: str


def experiment_places(connection: sqlite3.Connection) -> list[ExperimentPlace]:
    """Every experiment, deleted ones too."""
    found = connection.execute("SELECT slug, deleted, location FROM experiments")
    return [
        ExperimentPlace(slug, _number(slug), deleted, location or "") for slug, deleted, location in found
    ]


_number = lru_cache(maxsize=4096)(experiment_number)


def datasets_of(row: RawRow) -> list[tuple[Any, ...]]:
    """Name, URI, digest, context and MLflow's digest of each data set, in the record's order."""
    return [tuple(rest) for _, *rest in sorted(json.loads(row.datasets or "[]"))]


def points_of(text: str | None) -> dict[str, Point]:
    """Step and time of the last values of metrics, by key; of those that were logged with either."""
    return {key: (step, time) for key, step, time in json.loads(text or "[]")}


def stream_raw_rows(connection: sqlite3.Connection, numbers: Sequence[int]) -> Iterator[RawRow]:
    """The candidates of these numbers, in the order asked; a number that is none's is left out."""
    names = dict(connection.execute("SELECT k, name FROM keys"))
    for start in range(0, len(numbers), CHUNK):
        chunk = numbers[start : start + CHUNK]
        found = _chunk(connection, json.dumps(list(chunk)), names)
        yield from (found[n] for n in chunk if n in found)


def _chunk(connection: sqlite3.Connection, asked: str, names: dict[int, str]) -> dict[int, RawRow]:
    rows = connection.execute(_CANDIDATES, (asked,)).fetchall()
    metrics: dict[int, dict[str, float]] = {row[0]: {} for row in rows}
    for n, k, value in connection.execute(_METRICS, (asked, LARGEST, -LARGEST)):
        metrics[n][names[k]] = math.nan if value is None else value
    params, tags = _read(row[-2] for row in rows), _read(row[-1] for row in rows)
    return {
        row[0]: RawRow._make((*row[:-2], *values, metrics[row[0]]))
        for row, *values in zip(rows, params, tags, strict=True)
    }


def _read(texts: Iterable[str]) -> list[dict[str, str]]:
    """Read at once, a key that many have is one text."""
    return json.loads(f"[{','.join(texts)}]")  # type: ignore[no-any-return]
