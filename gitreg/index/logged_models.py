"""Logged models as the index knows them, by id, by experiment, and by the candidate that made them. Knows rows and values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from gitreg.index.schema import microseconds, moment

_COLUMNS = """SELECT m.id, slug, hex(m.blob), m.name, m.status, m.type, m.candidate, m.created, m.updated, m.deleted, m.document
    FROM logged_models m JOIN experiments USING (e)"""
_ORDER = " ORDER BY m.created DESC, m.id, slug"


class LoggedModelRow(NamedTuple):
    """One logged model, as the index knows it.

    Args:
        id: 32 hex digits, without MLflow's `m-`.
        experiment: the experiment's slug.
        blob: id of the record's bytes in Git.
        status: pending, ready, failed or unspecified.
        type: what kind of model it is, in the words of the program that made it.
        candidate: the candidate that made it.
        deleted: when it was deleted; None while it is not.
        document: the rest of the record as plain JSON, by the keys of its file: `message`, `author` (as `Name <mail>`),
            `params`, `tags`, `metrics` (a list; `time` in microseconds since 1970, see `schema.moment`) and `artifacts`.
    """

    id: str
    experiment: str
    blob: str
    name: str
    status: str
    type: str
    candidate: str | None
    created: datetime
    updated: datetime
    deleted: datetime | None
    document: Mapping[str, Any]


def logged_model_document(values: Mapping[str, Any]) -> str:
    """What the index keeps of a logged model's values beside its columns."""
    author = values["author"]
    metrics = [one | {"time": microseconds(one["time"])} for one in values.get("metrics", ())]
    document = {
        "message": values.get("message", ""),
        "author": f"{author['name']} <{author['email']}>",
        "params": values.get("params", {}),
        "tags": values.get("tags", {}),
        "metrics": metrics,
        "artifacts": values.get("artifacts"),
    }
    return json.dumps(document, ensure_ascii=False)


def logged_models(connection: sqlite3.Connection, slugs: Sequence[str] | None) -> list[LoggedModelRow]:
    """The logged models of these experiments, deleted ones too, the newest first; None means all experiments."""
    if slugs is None:
        return _rows(connection, f"{_COLUMNS}{_ORDER}", ())
    among = " WHERE slug IN (SELECT value FROM json_each(?))"
    return _rows(connection, f"{_COLUMNS}{among}{_ORDER}", (json.dumps(list(slugs)),))


def experiments_of(connection: sqlite3.Connection, id_: str) -> list[str]:
    """The folders of the experiments that have a logged model of that id: one look into an index for each experiment."""
    asked = "SELECT slug FROM experiments CROSS JOIN logged_models m ON m.e = experiments.e AND m.id = ? ORDER BY slug"
    return [slug for (slug,) in connection.execute(asked, (id_,))]


def _rows(connection: sqlite3.Connection, asked: str, values: tuple[object, ...]) -> list[LoggedModelRow]:
    return [_row(found) for found in connection.execute(asked, values)]


def _row(found: tuple[Any, ...]) -> LoggedModelRow:
    id_, slug, blob, name, status, type_, candidate, created, updated, deleted, document = found
    return LoggedModelRow(
        id_,
        slug,
        blob.lower(),
        name,
        status,
        type_,
        candidate,
        moment(created),
        moment(updated),
        None if deleted is None else moment(deleted),
        json.loads(document),
    )
