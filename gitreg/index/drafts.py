"""Candidates that run on this machine, among those of a commit: given by who knows drafts, gone when they are gone.

A draft may go on from a committed candidate, which is hidden while the draft is there (query/hidden.py). What was read of a draft is kept beside its row as text, so that
the next one goes on from there. Knows rows and texts; nothing of journals.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gitreg.index.found import Candidate
from gitreg.index.schema import transaction
from gitreg.index.writing import Writer

Connection: TypeAlias = sqlite3.Connection
"""An open index, for those above, who know no SQLite."""


@dataclass(frozen=True, slots=True)
class KnownDraft:
    """What the index knows of a draft.

    Args:
        mark: what the draft was told by when it was read; the same mark is the same content.
        state: what was read, for who goes on reading.
    """

    mark: str
    state: str


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A running candidate as it is now, with what the index shall know of it."""

    candidate: Candidate
    known: KnownDraft


def known_drafts(connection: Connection) -> dict[str, str]:
    """Marks of the drafts that have a row, by id."""
    return dict(
        connection.execute("SELECT drafts.id, mark FROM drafts JOIN candidates USING (n) WHERE draft = 1")
    )


def known_state(connection: Connection, id_: str) -> str | None:
    """What was read of a draft when it was put here."""
    found = connection.execute("SELECT state FROM drafts WHERE id = ?", (id_,)).fetchone()
    return str(found[0]) if found else None


def put_drafts(connection: Connection, there: Collection[str], changed: Sequence[DraftRow]) -> None:
    """Lets the index know the drafts there are; does nothing when it does already.

    Args:
        connection: the index.
        there: the ids of all drafts.
        changed: those that are new or that grew.
    """
    if not changed and not set(_numbers(connection)) - set(there):
        return
    with transaction(connection):
        writer, numbers = Writer(connection), _numbers(connection)
        for id_ in numbers.keys() - set(there):
            _forget(connection, writer, id_, numbers[id_])
        for one in changed:
            _put(connection, writer, one, numbers.get(one.candidate.id))
        writer.tidy()


def _put(connection: Connection, writer: Writer, one: DraftRow, n: int | None) -> None:
    id_ = one.candidate.id
    if n is not None:
        _forget(connection, writer, id_, n)
    number = writer.put_draft(one.candidate)
    connection.execute(
        "INSERT INTO drafts VALUES (?, ?, ?, ?)", (id_, number, one.known.mark, one.known.state)
    )


def _numbers(connection: Connection) -> dict[str, int]:
    return dict(connection.execute("SELECT id, n FROM drafts"))


def _forget(connection: Connection, writer: Writer, id_: str, n: int) -> None:
    connection.execute("DELETE FROM drafts WHERE id = ?", (id_,))
    if connection.execute("SELECT 1 FROM candidates WHERE n = ? AND draft = 1", (n,)).fetchone():
        writer.remove_number(n)
