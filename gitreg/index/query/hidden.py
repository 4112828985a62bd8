"""What no answer shows: candidates of deleted experiments, and what a draft of this machine goes on from.

Both are few, and nearly always none, so that most questions are asked without a word about them. Knows rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from gitreg.index.query.sql import Sql, listed
from gitreg.index.query.values import Query

BEHIND_DRAFTS = """SELECT c.n FROM drafts CROSS JOIN candidates d USING (n)
    CROSS JOIN candidates c ON c.e = d.e AND c.id = d.id AND c.draft = 0"""
"""Numbers of the committed candidates of which there is a draft; the few drafts first."""
_DELETED = "SELECT e FROM experiments WHERE deleted IS NOT NULL"


def shown(connection: sqlite3.Connection, query: Query) -> Iterator[Sql]:
    """What a row `c` must be to be in an answer: deleted or not, running here or not, whatever the filter says."""
    yield from _living(query, _numbers(connection, _DELETED) if query.deleted != "too" else [])
    if not query.drafts:
        yield Sql("c.draft = 0")
    elif behind := _numbers(connection, BEHIND_DRAFTS):
        yield Sql("c.n NOT IN (SELECT value FROM json_each(?))", (listed(behind),))


def _living(query: Query, deleted: list[int]) -> Iterator[Sql]:
    """A candidate is deleted when it was, or its experiment was."""
    gone = Sql("c.e IN (SELECT value FROM json_each(?))", (listed(deleted),))
    if query.deleted == "no":
        yield Sql("c.deleted IS NULL")
        if deleted:
            yield Sql(f"NOT {gone.text}", gone.values)
    elif query.deleted == "only":
        yield (
            Sql(f"(c.deleted IS NOT NULL OR {gone.text})", gone.values)
            if deleted
            else Sql("c.deleted IS NOT NULL")
        )


def _numbers(connection: sqlite3.Connection, asked: str) -> list[int]:
    return [number for (number,) in connection.execute(asked)]
