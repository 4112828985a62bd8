"""Who answers a search: gitreg's index, MLflow's store, and SQLite asked by hand. Each says which ids it found."""

from __future__ import annotations

import importlib
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlflow_rows
import raw_sqlite

from contestants.base import Start
from gitreg.gitrepo.reading import Reading
from gitreg.index.current import current_index
from gitreg.index.query.search import search
from gitreg.index.query.values import Query
from gitreg.index.rows import rows
from gitreg.workflows.registry import CANDIDATES

NOW = datetime(2027, 1, 1, tzinfo=UTC)
STEPS = 100_000
"""SQLite's steps between two looks at the clock."""


class Index:
    """gitreg's index of a registry, opened and up to date."""

    def __init__(self, start: Start) -> None:
        self._stack = ExitStack()
        reading = self._stack.enter_context(Reading.open(start.registry, start.environ))
        folder = reading.common_dir / "gitreg"
        index = current_index(reading, folder, reading.resolve(CANDIDATES))
        self.connection = self._stack.enter_context(index).connection

    def numbers(self, query: Query) -> Sequence[int]:
        """Which candidates, by the index's own numbers."""
        return search(self.connection, query, NOW).numbers

    def ids(self, query: Query) -> list[str]:
        """Which candidates, each with everything that a list could show."""
        return [row.id for row in rows(self.connection, self.numbers(query))]

    def close(self) -> None:
        """Lets go of the index."""
        self._stack.close()


@dataclass
class Store:
    """MLflow's SQLite store, which is stopped when it takes too long.

    Args:
        database: its file.
        most: seconds for one search.
    """

    database: Path
    most: float

    def __post_init__(self) -> None:
        self._store = mlflow_rows.open_store(self.database)
        self._active = importlib.import_module("mlflow.entities").ViewType.ACTIVE_ONLY
        self._error: Any = importlib.import_module("mlflow.exceptions").MlflowException
        self._end = 0.0
        listen: Callable[..., None] = importlib.import_module("sqlalchemy").event.listen
        listen(self._store.engine, "connect", self._watch)
        self._store.engine.dispose()
        self._experiments = {each.name: each.experiment_id for each in self._store.search_experiments()}

    def _watch(self, connection: sqlite3.Connection, _record: object) -> None:
        connection.set_progress_handler(lambda: time.monotonic() > self._end > 0, STEPS)

    def ids(
        self, text: str, order: Sequence[str], experiments: Sequence[str] | None, limit: int
    ) -> list[str]:
        """Which runs; None when it was stopped."""
        chosen = (
            self._experiments.values() if experiments is None else map(self._experiments.get, experiments)
        )
        self._end = time.monotonic() + self.most
        try:
            found = self._store.search_runs(list(chosen), text, self._active, limit, list(order))
        except self._error as error:
            if "interrupted" not in str(error):
                raise
            return None
        finally:
            self._end = 0.0
        return [run.info.run_id for run in found]

    def close(self) -> None:
        """Ends its connections."""
        self._store.engine.dispose()


class Raw:
    """SQLite, asked by hand."""

    def __init__(self, database: Path) -> None:
        self._connection = sqlite3.connect(database)
        self._keys = raw_sqlite.keys_of(self._connection)

    def ids(self, statement: str, limit: int) -> list[str]:
        """Which candidates."""
        asked = f"{statement.format(**self._keys)} limit {limit}"
        return [id_ for (id_,) in self._connection.execute(asked)]

    def close(self) -> None:
        """Lets go of the file."""
        self._connection.close()
