"""Which commit the rows of the index are of, and how often they were written: what its writers compare and swap.

A writer plans by what it reads first, and writes only if nobody wrote since: whoever was faster makes it plan again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gitreg.gitrepo.names import ObjectId
from gitreg.index.schema import transaction

NOTHING = ""
"""Known, where there is no commit."""


class OvertakenError(Exception):
    """Somebody else wrote into the index since its state was read; never leaves this package."""


@dataclass(frozen=True, slots=True)
class State:
    """What the index holds.

    Args:
        commit: the commit that its rows are of; `NOTHING` for none; None while a build is under way, or was left.
        writes: how many transactions wrote rows of commits.
    """

    commit: str | None
    writes: int

    def is_of(self, tip: ObjectId | None) -> bool:
        """Whether the rows are of that commit."""
        return self.commit == (tip or NOTHING)


def state_of(connection: sqlite3.Connection) -> State:
    """What the index holds now."""
    found = dict(connection.execute("SELECT name, value FROM state"))
    return State(found.get("commit"), int(found.get("writes", 0)))


@contextmanager
def written(connection: sqlite3.Connection, before: State, commit: str | None) -> Iterator[State]:
    """A transaction that rows are written in; gives the state that the index has after it.

    Args:
        connection: the index.
        before: the state that the writer knows.
        commit: the commit that the rows will be of; None when there is more to come.

    Raises:
        OvertakenError: the index has another state by now; nothing is written.
    """
    with transaction(connection):
        if state_of(connection) != before:
            raise OvertakenError
        after = State(commit, before.writes + 1)
        yield after
        connection.execute("INSERT OR REPLACE INTO state VALUES ('commit', ?)", (commit,))
        connection.execute("INSERT OR REPLACE INTO state VALUES ('writes', ?)", (str(after.writes),))
