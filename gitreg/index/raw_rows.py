"""Rows of the index as they are kept, thousands at a time: for whoever makes something else of them and drops the rest.

Times are microseconds since 1970. What a list shows is rows.py, which costs three times as much.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from gitreg.domain.experiment import experiment_number

CHUNK = 2000
LARGEST = 1.7976931348623157e308
_ASKED = "WITH asked(n) AS (SELECT value FROM json_each(?)) "
_CANDIDATES = f"""{_ASKED}
SELECT n, id, slug, c.name, status, created, finished, author.text, user.text, parent, repository.text, revision.text,
    branch.text, notes, c.deleted
FROM asked CROSS JOIN candidates c USING (n) JOIN experiments USING (e)
LEFT JOIN words author ON author.w = author LEFT JOIN words user ON user.w = user
LEFT JOIN words repository ON repository.w = repository LEFT JOIN words revision ON revision.w = revision
LEFT JOIN words branch ON branch.w = branch
"""
_TEXTS = {
    table: f"{_ASKED} SELECT n, k, value FROM asked CROSS JOIN {table} USING (n)"
    for table in ("params", "tags")
}
_METRICS = f"{_ASKED} SELECT n, k, max(min(value, ?), ?), step, time FROM asked CROSS JOIN metrics USING (n)"
_DATASETS = f"{_ASKED} SELECT n, name, uri, digest, context, fingerprint FROM asked CROSS JOIN datasets USING (n) ORDER BY n, position"

Metric: TypeAlias = tuple[str, float, int | None, int | None]
"""Key, value between the greatest finite numbers, step and time."""


class RawRow(NamedTuple):
    """One candidate, as the index keeps it.

    Args:
        n: its number in this index.
        author: as `Name <mail>`.
        user: who ran it, as the program said; the author where it did not.
        deleted: when it was deleted; None while it is not.
        datasets: name, URI, digest, context and MLflow's digest of each.
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
    params: dict[str, str]
    metrics: list[Metric]
    tags: dict[str, str]
    datasets: list[tuple[Any, ...]]


class ExperimentPlace(NamedTuple):
    """What candidates need of their experiment.

    Args:
        number: MLflow's id.
        deleted: when it was deleted; None while it is not.
        location: where MLflow keeps its artifacts, if somebody chose; empty otherwise.
    """

    slug: str
    number: str
    deleted: int | None
    location: str


def experiment_places(connection: sqlite3.Connection) -> list[ExperimentPlace]:
    """Every experiment, deleted ones too."""
    found = connection.execute("SELECT slug, number, deleted, location FROM experiments")
    return [
        ExperimentPlace(slug, number or experiment_number(slug), deleted, location or "")
        for slug, number, deleted, location in found
    ]


def stream_raw_rows(connection: sqlite3.Connection, numbers: Sequence[int]) -> Iterator[RawRow]:
    """The candidates of these numbers, in the order asked; a number that is none's is left out."""
    names = dict(connection.execute("SELECT k, name FROM keys"))
    for start in range(0, len(numbers), CHUNK):
        chunk = numbers[start : start + CHUNK]
        found = _chunk(connection, json.dumps(list(chunk)), names)
        yield from (found[n] for n in chunk if n in found)


def _chunk(connection: sqlite3.Connection, asked: str, names: dict[int, str]) -> dict[int, RawRow]:
    rows = connection.execute(_CANDIDATES, (asked,)).fetchall()
    params: dict[int, dict[str, str]] = {row[0]: {} for row in rows}
    tags: dict[int, dict[str, str]] = {row[0]: {} for row in rows}
    metrics: dict[int, list[Metric]] = {row[0]: [] for row in rows}
    datasets: dict[int, list[tuple[Any, ...]]] = {}
    for n, k, value in connection.execute(_TEXTS["params"], (asked,)):
        params[n][names[k]] = value
    for n, k, value in connection.execute(_TEXTS["tags"], (asked,)):
        tags[n][names[k]] = value
    for n, k, number, step, time in connection.execute(_METRICS, (asked, LARGEST, -LARGEST)):
        metrics[n].append((names[k], math.nan if number is None else number, step, time))
    for n, *rest in connection.execute(_DATASETS, (asked,)):
        datasets.setdefault(n, []).append(tuple(rest))
    none: list[tuple[Any, ...]] = []
    return {
        row[0]: RawRow._make(
            (*row, params[row[0]], metrics[row[0]], tags[row[0]], datasets.get(row[0], none))
        )
        for row in rows
    }
