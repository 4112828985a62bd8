"""Brings the index from the commit it knows to another one. Knows what to do when somebody else does so too.

Most of the time the index knows the commit already, and the answer is wanted at once: what reads files and writes rows
(catching_up.py, drafts.py) is loaded by name when there is something to read (docs/adr/0005-lazy-names.md).
"""

from __future__ import annotations

import importlib
import sqlite3
from pathlib import Path

from gitreg.gitrepo.names import ObjectId
from gitreg.index.contents import has_drafts
from gitreg.index.source import Source
from gitreg.index.state import OvertakenError, state_of
from gitreg.index.task import Options, Update

_TRIES = 10


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
                _catch_up(Update(connection, source, tip, before, options, line))
            except OvertakenError:
                continue
        if options.running:
            options.running(connection)
        elif has_drafts(connection):
            importlib.import_module("gitreg.index.drafts").put_drafts(connection, (), ())
        connection.execute("BEGIN")
        if state_of(connection).is_of(tip):
            return True
        connection.execute("ROLLBACK")
    return False


def _catch_up(update: Update) -> None:
    importlib.import_module("gitreg.index.catching_up").catch_up(update)
