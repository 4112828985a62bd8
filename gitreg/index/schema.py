"""The tables of the index: what `gitreg/index.sqlite` holds, and the number of this arrangement.

Key-value rows: values are read by candidate (`n` clusters them), and found and ordered by value (`k, value, n`). What repeats
is interned: keys, and the words of attributes that few candidates do not share. A draft may stand beside the committed
candidate that it goes on from, which no answer with drafts shows meanwhile. Times are microseconds since 1970 in
UTC; NaN is NULL in a row that is there, infinities are SQLite's own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

FORMAT = 2
"""Stands in `PRAGMA user_version`; another number is another arrangement."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000
_SECOND = 1_000_000

TABLES = (
    "CREATE TABLE state(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID",
    "CREATE TABLE words(w INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)",
    "CREATE TABLE keys(k INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE(kind, name))",
    """CREATE TABLE experiments(e INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT, number TEXT, description TEXT,
        primary_metric TEXT, deleted INTEGER, blob BLOB, document TEXT, made INTEGER, changed INTEGER, location TEXT)""",
    """CREATE TABLE candidates(n INTEGER PRIMARY KEY, id TEXT NOT NULL, e INTEGER NOT NULL, blob BLOB, name TEXT, status TEXT,
        created INTEGER NOT NULL, finished INTEGER, author INTEGER, parent TEXT, repository INTEGER, revision INTEGER,
        branch INTEGER, dirty INTEGER, notes TEXT, files INTEGER, size INTEGER, manifest TEXT, deleted INTEGER,
        draft INTEGER NOT NULL DEFAULT 0, user INTEGER)""",
    # what few questions are about, and what may be long: not beside what all of them read
    "CREATE TABLE extras(n INTEGER PRIMARY KEY, document TEXT NOT NULL)",
    "CREATE TABLE metrics(n INTEGER, k INTEGER, value REAL, step INTEGER, time INTEGER, PRIMARY KEY(n, k)) WITHOUT ROWID",
    "CREATE TABLE params(n INTEGER, k INTEGER, value TEXT NOT NULL, PRIMARY KEY(n, k)) WITHOUT ROWID",
    "CREATE TABLE tags(n INTEGER, k INTEGER, value TEXT NOT NULL, PRIMARY KEY(n, k)) WITHOUT ROWID",
    """CREATE TABLE datasets(n INTEGER, position INTEGER, name TEXT, uri TEXT, digest TEXT, context TEXT,
        fingerprint TEXT NOT NULL DEFAULT '', PRIMARY KEY(n, position)) WITHOUT ROWID""",
    """CREATE TABLE logged_models(m INTEGER PRIMARY KEY, id TEXT NOT NULL, e INTEGER NOT NULL, blob BLOB, name TEXT, status TEXT,
        type TEXT, candidate TEXT, created INTEGER NOT NULL, updated INTEGER NOT NULL, deleted INTEGER, document TEXT)""",
    "CREATE INDEX experiments_by_name ON experiments(name)",
    "CREATE INDEX experiments_deleted ON experiments(e) WHERE deleted IS NOT NULL",
    "CREATE UNIQUE INDEX logged_models_by_place ON logged_models(e, id)",
    "CREATE TABLE faults(path TEXT PRIMARY KEY, blob BLOB, message TEXT) WITHOUT ROWID",
    """CREATE TABLE drafts(id TEXT PRIMARY KEY, n INTEGER UNIQUE, mark TEXT NOT NULL, state TEXT NOT NULL) WITHOUT ROWID""",
    # a build goes by experiment and id, so it appends to this one, and asks it what is there already
    "CREATE UNIQUE INDEX candidates_by_place ON candidates(e, id, draft)",
)
INDICES = {
    "candidates_by_id": "candidates(id)",
    "candidates_by_time": "candidates(created, id)",
    "candidates_by_experiment": "candidates(e, created, id)",
    "metrics_by_value": "metrics(k, value, n)",
    "params_by_value": "params(k, value, n)",
    "tags_by_value": "tags(k, value, n)",
    "datasets_by_name": "datasets(name, n)",
}
"""What searches need beside the tables: made last in a build, when sorting once is cheaper than a place for each row."""
VALUES = ("metrics", "params", "tags")


def make(connection: sqlite3.Connection) -> None:
    """Makes the tables and indices in an empty database, in one transaction."""
    with transaction(connection):
        make_tables(connection)
        make_indices(connection)


def make_tables(connection: sqlite3.Connection) -> None:
    """Makes the tables, within a transaction of the caller's."""
    for statement in TABLES:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {FORMAT}")


def make_indices(connection: sqlite3.Connection) -> None:
    """Makes those indices that are not there."""
    for name in INDICES:
        make_index(connection, name)


def make_index(connection: sqlite3.Connection, name: str) -> None:
    """Makes one of `INDICES`, if it is not there."""
    connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {INDICES[name]}")


def drop_indices(connection: sqlite3.Connection) -> None:
    """Removes what `make_indices` makes."""
    for name in INDICES:
        connection.execute(f"DROP INDEX IF EXISTS {name}")


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """What is written in the block is written whole or not at all; other writers wait at its beginning."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def microseconds(moment: datetime) -> int:
    """A moment as the index keeps it: exact, whatever the year."""
    since = moment - EPOCH
    return since.days * _DAY + since.seconds * _SECOND + since.microseconds


def moment(value: int) -> datetime:
    """The moment that a number of the index stands for."""
    return EPOCH + timedelta(microseconds=value)
