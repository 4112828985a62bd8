"""Brings the index from the commit it knows to another one. Knows what to do when somebody else does so too."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from gitreg.disk import queue
from gitreg.gitrepo.names import ObjectId
from gitreg.index.build import Way, build
from gitreg.index.drafts import put_drafts
from gitreg.index.found import Found, read
from gitreg.index.plan import Plan, plan
from gitreg.index.schema import make_indices
from gitreg.index.source import Source
from gitreg.index.state import NOTHING, OvertakenError, State, state_of, written
from gitreg.index.writing import Writer

AT_ONCE = 2000
"""Changes that one transaction takes; more are a build."""
_TRIES = 10


@dataclass(frozen=True, slots=True)
class Options:
    """How an index is brought up to date.

    Args:
        running: puts running candidates into the index (drafts.py), which has all others by then; None where none runs.
        way: how it is built, when there is much to read.
        patience: seconds to wait for another process that builds it.
    """

    running: Callable[[sqlite3.Connection], object] | None = None
    way: Way = field(default_factory=Way)
    patience: float = 3600


def bring(
    connection: sqlite3.Connection, source: Source, tip: ObjectId | None, options: Options, line: Path | None
) -> bool:
    """Lets the index know a commit; leaves a transaction open that sees exactly that, whatever others write meanwhile.

    Args:
        connection: the index.
        source: the repository.
        tip: the commit; None for nothing at all.
        options: how.
        line: the file by which those who build this index queue; None when it is nobody else's.

    Returns:
        Whether that succeeded; those who want other commits may be too many.
    """
    for _ in range(_TRIES):
        before = state_of(connection)
        if not before.is_of(tip):
            try:
                _update(_Update(connection, source, tip, before, options, line))
            except OvertakenError:
                continue
        if options.running:
            options.running(connection)
        else:
            put_drafts(connection, (), ())
        connection.execute("BEGIN")
        if state_of(connection).is_of(tip):
            return True
        connection.execute("ROLLBACK")
    return False


@dataclass(frozen=True, slots=True)
class _Update:
    connection: sqlite3.Connection
    source: Source
    tip: ObjectId | None
    before: State
    options: Options
    line: Path | None

    @contextmanager
    def in_line(self) -> Iterator[None]:
        """Waits for others who build; what they did must be looked at anew."""
        if self.line is None:
            yield
            return
        with queue(self.line, self.options.patience):
            if state_of(self.connection) != self.before:
                raise OvertakenError
            yield

    def plan(self) -> Plan:
        return plan(self.connection, self.source, self.before.commit, self.tip)


def _update(update: _Update) -> None:
    if update.before.commit is None:  # it is new, or somebody builds it, or somebody left it half built
        with update.in_line():
            _follow(update, update.plan())
        return
    todo = update.plan()
    with update.in_line() if len(todo) > AT_ONCE else nullcontext():
        _follow(update, todo)


def _follow(update: _Update, todo: Plan) -> None:
    connection, before = update.connection, update.before
    found: list[Found] = []
    if len(todo) > AT_ONCE:
        before = build(connection, update.source, todo, before, update.options.way)
    else:
        # what Git is asked, it is asked before the others have to wait
        found = [one for chunk in todo.chunks(AT_ONCE) for one in read(update.source, chunk)]
    with written(connection, before, update.tip or NOTHING):
        writer = Writer(connection)
        for path in todo.gone:
            writer.remove(path)
        writer.put(found)
        if before.commit is None:
            make_indices(connection)
        writer.tidy()
