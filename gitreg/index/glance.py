"""A glance at the index as it is: nothing is brought up to date, made or written, and what cannot be seen is not there.

For whoever needs an answer at once and can do with one of a moment ago: the completion of a word in a shell.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from gitreg.index.opening import FILE, OWN
from gitreg.index.schema import FORMAT

WAIT = 0.1
"""Seconds."""


class Glance:
    """What an index holds.

    Args:
        connection: None where there is no index.
    """

    def __init__(self, connection: sqlite3.Connection | None) -> None:
        self._connection = connection

    def experiments(self) -> list[str]:
        """Slugs of the experiments that were not deleted."""
        return self._column("SELECT slug FROM experiments WHERE deleted IS NULL ORDER BY slug", ())

    def ids(self, begun: str, experiment: str | None, most: int) -> list[str]:
        """Ids of candidates that begin so, the newest first."""
        among = " AND e = (SELECT e FROM experiments WHERE slug = ?)" if experiment is not None else ""
        asked = f"SELECT id FROM candidates WHERE id >= ? AND id < ?{among} GROUP BY id ORDER BY max(created) DESC LIMIT ?"
        named = (experiment,) if experiment is not None else ()
        return self._column(asked, (begun, f"{begun}g", *named, most))

    def columns(self) -> list[str]:
        """Fields with a key: `metrics.auc`."""
        return self._column("SELECT kind || '.' || name FROM keys ORDER BY kind, name", ())

    def _column(self, asked: str, values: tuple[object, ...]) -> list[str]:
        if self._connection is None:
            return []
        return [text for (text,) in self._connection.execute(asked, values)]


@contextmanager
def glance(folder: Path) -> Iterator[Glance]:
    """A glance at the index in a folder of local state.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    for name in (FILE, OWN):
        path = folder / name
        if not path.exists():
            continue
        with closing(
            sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=WAIT)
        ) as connection:
            if connection.execute("PRAGMA user_version").fetchone() == (FORMAT,):
                yield Glance(connection)
                return
    yield Glance(None)
