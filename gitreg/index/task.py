"""What is to be done with an index, decided by update.py and done by catching_up.py."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gitreg.gitrepo.names import ObjectId
from gitreg.index.source import Source
from gitreg.index.state import State
from gitreg.index.way import Way


class Options(NamedTuple):
    """How an index is brought up to date.

    Args:
        running: puts running candidates into the index (drafts.py), which has all others by then; None where none runs.
        way: how it is built, when there is much to read.
        patience: seconds to wait for another process that builds it.
        stays: whether it stays open for further questions of this process (keeping.py).
    """

    running: Callable[[sqlite3.Connection], object] | None = None
    way: Way = Way()
    patience: float = 3600
    stays: bool = False


class Update(NamedTuple):
    """What is to be done with an index.

    Args:
        connection: the index.
        source: the repository.
        tip: the commit that it shall know; None for nothing at all.
        before: what it knew when this was decided.
        options: how.
        line: the file by which those who build this index queue; None when it is nobody else's.
    """

    connection: sqlite3.Connection
    source: Source
    tip: ObjectId | None
    before: State
    options: Options
    line: Path | None
