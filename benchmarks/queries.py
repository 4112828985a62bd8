"""The fixed set of searches that is measured, each beside the best statement by hand on a schema by hand.

The schema by hand is what somebody would write who needs exactly these answers: rows of values with the keys as numbers, the indices
that the queries need, and joins in the order that is best for each. It knows nothing of pages, NaN or drafts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

LIMIT = 20
TABLES = """
CREATE TABLE runs(n INTEGER PRIMARY KEY, id TEXT, experiment TEXT, created INTEGER, deleted INTEGER);
CREATE TABLE metrics(n INTEGER, key INTEGER, value REAL, PRIMARY KEY(n, key)) WITHOUT ROWID;
CREATE TABLE params(n INTEGER, key INTEGER, value TEXT, PRIMARY KEY(n, key)) WITHOUT ROWID;
CREATE TABLE tags(n INTEGER, key INTEGER, value TEXT, PRIMARY KEY(n, key)) WITHOUT ROWID;
CREATE TABLE data(n INTEGER, name TEXT, PRIMARY KEY(n, name)) WITHOUT ROWID;
"""
INDICES = """
CREATE INDEX runs_by_time ON runs(created, id);
CREATE INDEX runs_by_experiment ON runs(experiment, created);
CREATE INDEX metrics_by_value ON metrics(key, value, n);
CREATE INDEX params_by_value ON params(key, value, n);
CREATE INDEX tags_by_value ON tags(key, value, n);
CREATE INDEX data_by_name ON data(name, n);
"""
_NEWEST = "r.created DESC, r.id"
_RUN = "CROSS JOIN runs r ON r.n = a.n AND r.deleted IS NULL"
