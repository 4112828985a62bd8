"""What an index does not know yet, read and written: a few files in one transaction, many as a build."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from gitreg.disk import queue
from gitreg.index.build import build
from gitreg.index.found import Found, read
from gitreg.index.plan import Plan, plan
from gitreg.index.schema import make_indices
from gitreg.index.state import NOTHING, OvertakenError, state_of, written
from gitreg.index.task import Update
from gitreg.index.writing import Writer

AT_ONCE = 2000
"""Changes that one transaction takes; more are a build."""


def catch_up(update: Update) -> None:
    """Lets the index know the commit.

    Raises:
        OvertakenError: somebody else wrote meanwhile.
    """
    if update.before.commit is None:  # it is new, or somebody builds it, or somebody left it half built
        with _in_line(update):
            _follow(update, _planned(update))
        return
    todo = _planned(update)
    with _in_line(update) if len(todo) > AT_ONCE else nullcontext():
        _follow(update, todo)


def _follow(update: Update, todo: Plan) -> None:
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


def _planned(update: Update) -> Plan:
    list(update.source.blobs(()))  # asks for nothing: Git's reader starts while another Git compares
    return plan(update.connection, update.source, update.before.commit, update.tip)


@contextmanager
def _in_line(update: Update) -> Iterator[None]:
    """Waits for others who build; what they did must be looked at anew."""
    if update.line is None:
        yield
        return
    with queue(update.line, update.options.patience):
        if state_of(update.connection) != update.before:
            raise OvertakenError
        yield
