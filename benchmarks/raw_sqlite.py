"""A schema for candidates as somebody would make it by hand who wants searches to be fast, and nothing else.

The floor of searches and of a cold index: rows as they are, no history, no faults, no drafts, nothing that could be
brought up to date.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from generate import in_order
from records import Shape

from gitreg.domain.candidate import Candidate

TABLES = """
create table runs(n integer primary key, id text not null, experiment text not null, name text, status text,
    created text, finished text, author text, email text, revision text, branch text, dirty integer, notes text,
    deleted text);
create table keys(key integer primary key, name text unique);
create table metrics(n integer, key integer, value real, primary key (n, key)) without rowid;
create table params(n integer, key integer, value text, primary key (n, key)) without rowid;
create table tags(n integer, key integer, value text, primary key (n, key)) without rowid;
create table datasets(n integer, name text, uri text, digest text, context text);
"""
INDICES = """
create index runs_by_id on runs(id);
create index runs_by_created on runs(created, id);
create index runs_by_experiment on runs(experiment, created, id);
create index metrics_by_value on metrics(key, value, n);
create index params_by_value on params(key, value, n);
create index tags_by_value on tags(key, value, n);
create index datasets_by_name on datasets(name, n);
create index datasets_by_run on datasets(n, name);
"""
ARRANGED = hashlib.sha256(f"{TABLES}{INDICES}".encode()).hexdigest()[:8]
"""Names this arrangement: another one is another database."""
RUN = "insert into runs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
VALUES = "insert into {} values (?, ?, ?)"
DATASET = "insert into datasets values (?, ?, ?, ?, ?)"


def fill(database: Path, size: int, shape: Shape) -> None:
    """Puts the candidates of a registry of that size into a new database."""
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(f"pragma synchronous = off; {TABLES}")
        first = 1
        for part in in_order(shape, size):
            add(connection, first, map(values_of, part))
            first += len(part)
        connection.executescript(f"{INDICES} analyze;")
        connection.commit()


def values_of(candidate: Candidate) -> dict[str, Any]:
    """What stands in a record's file, as JSON has it."""
    values: dict[str, Any] = json.loads(candidate.model_dump_json())
    return values | {"metrics": candidate.metrics}  # JSON has neither NaN nor infinities


def add(connection: sqlite3.Connection, first: int, records: Iterable[Mapping[str, Any]]) -> None:
    """Rows of candidates, numbered from `first`, and committed."""
    runs: list[tuple[Any, ...]] = []
    datasets: list[tuple[Any, ...]] = []
    values: dict[str, list[tuple[int, int, Any]]] = {"metrics": [], "params": [], "tags": []}
    keys = keys_of(connection)
    for n, each in enumerate(records, first):
        code, author = each["code"], each["author"]
        runs.append(
            (
                *(n, each["id"], each["experiment"], each["name"], each["status"], each["created"]),
                *(each["finished"], author["name"], author["email"], code["commit"], code["branch"]),
                *(code["dirty"], each["notes"], each["deleted"]),
            )
        )
        datasets += [(n, one["name"], one["uri"], one["digest"], one["context"]) for one in each["data"]]
        for kind, rows in values.items():
            rows += [(n, keys.setdefault(key, len(keys)), value) for key, value in each[kind].items()]
    connection.executemany(RUN, runs)
    connection.executemany(DATASET, datasets)
    connection.executemany("insert or ignore into keys(name, key) values (?, ?)", keys.items())
    for kind, rows in values.items():
        connection.executemany(VALUES.format(kind), rows)
    connection.commit()


def keys_of(connection: sqlite3.Connection) -> dict[str, int]:
    """The number of each key."""
    return dict(connection.execute("select name, key from keys"))
