"""Experiments as the index knows them, by MLflow's number, by name and by folder; those that were deleted too.

One whose folder has no record, or one that cannot be read, is there as it would be made automatically.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from gitreg.domain.experiment import experiment_number
from gitreg.index.schema import moment

_COLUMNS = (
    "SELECT slug, name, number, description, document, deleted, made, changed, location FROM experiments"
)


class ExperimentRow(NamedTuple):
    """One experiment, as the index knows it.

    Args:
        slug: its folder.
        name: what people see.
        number: MLflow's id.
        rules: how metrics are read, as in the record.
        deleted: when it was deleted; None while it is not.
        created: when it was made on purpose; None where it was not.
        updated: when it was last changed; None where that was not noted.
        location: where MLflow keeps its artifacts, if somebody chose; empty otherwise.
        is_recorded: whether it has a record that can be read.
    """

    slug: str
    name: str
    number: str
    description: str
    rules: Mapping[str, Mapping[str, Any]]
    tags: Mapping[str, str]
    deleted: datetime | None
    created: datetime | None
    updated: datetime | None
    location: str
    is_recorded: bool


def all_experiments(connection: sqlite3.Connection) -> list[ExperimentRow]:
    """Every experiment, deleted ones too, by slug."""
    return _rows(connection, f"{_COLUMNS} ORDER BY slug")


def experiment_by_name(connection: sqlite3.Connection, name: str) -> ExperimentRow | None:
    """The experiment that is called so; of several, one that is not deleted, and the first by slug."""
    asked = f"{_COLUMNS} WHERE name = ? UNION ALL {_COLUMNS} WHERE name IS NULL AND slug = ? ORDER BY slug"
    found = _rows(connection, asked, name, name)
    return min(found, key=lambda one: one.deleted is not None, default=None)


def _rows(connection: sqlite3.Connection, asked: str, *values: str) -> list[ExperimentRow]:
    return [_row(found) for found in connection.execute(asked, values)]


def _row(found: tuple[Any, ...]) -> ExperimentRow:
    slug, name, number, description, document, *times, location = found
    deleted, created, updated = (None if time is None else moment(time) for time in times)
    words: dict[str, Any] = json.loads(document) if document else {"metrics": {}, "tags": {}}
    return ExperimentRow(
        slug,
        name or slug,
        number or experiment_number(slug),
        description or "",
        words["metrics"],
        words["tags"],
        deleted,
        created,
        updated,
        location or "",
        name is not None,
    )
