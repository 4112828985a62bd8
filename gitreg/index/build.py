"""The first build, and any difference that is too large for one transaction: many processes read, this one writes.

What was read is committed chunk by chunk. A build that was interrupted is taken up again by comparing (plan.py): nothing
that was committed is read twice. Indices are made at the end, when there are many new rows. Builders of one index queue.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from gitreg.index.crew import read_all
from gitreg.index.found import Found
from gitreg.index.plan import Plan
from gitreg.index.schema import INDICES, drop_indices, make_index
from gitreg.index.source import Source
from gitreg.index.state import State, written
from gitreg.index.way import Way
from gitreg.index.writing import Writer

CHUNK = 500
"""Files that a worker reads at a time: their names fit into a pipe."""
COMMITTED = 4000
"""Candidates that one transaction writes, and that an interrupted build loses at most."""
FEW = 0.5
"""The part of the rows beyond which it is cheaper to make the indices anew than to find a place for each row."""
_STEPS = 100_000


def build(connection: sqlite3.Connection, source: Source, todo: Plan, before: State, way: Way) -> State:
    """Reads all files of a plan and writes what stands in them; what then misses is the last step, which is `finish`'s.

    Returns:
        The state that the index has then.

    Raises:
        OvertakenError: somebody else wrote meanwhile.
    """
    state, done = _begun(connection, todo, before), 0
    writer = Writer(connection)
    way.progress(done, todo.files)
    for found in _gathered(read_all(source, todo.chunks(CHUNK), way.workers)):
        with written(connection, state, None) as after:
            writer.put(found)
        connection.execute("PRAGMA wal_checkpoint")
        state, done = after, done + len(found)
        way.progress(done, todo.files)
    for name in INDICES:
        with written(connection, state, None) as after, _interruptible(connection):
            make_index(connection, name)
        connection.execute("PRAGMA wal_checkpoint")
        state = after
    return state


def _begun(connection: sqlite3.Connection, todo: Plan, before: State) -> State:
    """From here on the index is of no commit, until it is finished."""
    [[rows]] = connection.execute("SELECT count(*) FROM candidates")
    with written(connection, before, None) as state:
        if todo.files > rows * FEW:
            drop_indices(connection)
    return state


def _gathered(parts: Iterable[list[Found]]) -> Iterator[list[Found]]:
    together: list[Found] = []
    for part in parts:
        together += part
        if len(together) >= COMMITTED:
            yield together
            together = []
    if together:
        yield together


@contextmanager
def _interruptible(connection: sqlite3.Connection) -> Iterator[None]:
    """Lets a signal end a statement that takes seconds: Python looks for signals only where it has something to do."""
    connection.set_progress_handler(lambda: 0, _STEPS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)
