"""MLflow's SQLite store, called as its own client calls it, without a server between.

The runs that were there before are put in by SQL, because a hundred thousand by MLflow itself take an hour; each has
the rows that MLflow would have written for it (mlflow/store/tracking/dbmodels/models.py).
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from figures import Contestant, Skipped

from contestants.base import Start
from gitreg.domain.candidate import Candidate

NAME = "MLflow SQLite store"
CHUNK = 2000
USER = "benchmark"
INSERTS = {
    "runs": """insert into runs (run_uuid, name, user_id, start_time, end_time, artifact_uri, experiment_id,
        source_type, source_name, entry_point_name, status, source_version, lifecycle_stage)
        values (?, ?, ?, ?, ?, ?, ?, 'UNKNOWN', '', '', 'FINISHED', '', 'active')""",
    "metrics": "insert into metrics (run_uuid, key, value, timestamp, step, is_nan) values (?, ?, ?, ?, 0, 0)",
    "latest_metrics": """insert into latest_metrics (run_uuid, key, value, timestamp, step, is_nan)
        values (?, ?, ?, ?, 0, 0)""",
    "params": "insert into params (run_uuid, key, value) values (?, ?, ?)",
    "tags": "insert into tags (run_uuid, key, value) values (?, ?, ?)",
}


def contestant(start: Start, place: Path) -> Contestant | Skipped:
    """One run: made, its params and metrics logged in one batch, ended."""
    if importlib.util.find_spec("mlflow") is None or importlib.util.find_spec("sqlalchemy") is None:
        return Skipped(NAME, "mlflow with its SQLite store is not installed (mlflow-skinny has none)")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    stores = importlib.import_module("mlflow.store.tracking.sqlalchemy_store")
    entities = importlib.import_module("mlflow.entities")
    database = place / "mlflow.db"
    store = stores.SqlAlchemyStore(f"sqlite:///{database}", str(place / "artifacts"))
    experiments = {slug: store.create_experiment(slug) for slug in start.shape.slugs}
    _fill(database, start, experiments)

    def act(candidate: Candidate) -> None:
        tags = [entities.RunTag(key, value) for key, value in candidate.tags.items()]
        began, ended = _milliseconds(candidate.created), _milliseconds(candidate.finished)
        run = store.create_run(experiments[candidate.experiment], USER, began, tags, candidate.name)
        metrics = [entities.Metric(key, value, began, 0) for key, value in candidate.metrics.items()]
        params = [entities.Param(key, value) for key, value in candidate.params.items()]
        store.log_batch(run.info.run_id, metrics, params, [])
        store.update_run_info(run.info.run_id, entities.RunStatus.FINISHED, ended, candidate.name)

    return Contestant(NAME, start.size, start.next_candidate, act, store.engine.dispose)


def _fill(database: Path, start: Start, experiments: Mapping[str, str]) -> None:
    with closing(sqlite3.connect(database)) as connection:
        for first in range(0, start.size, CHUNK):
            numbers = range(first, min(first + CHUNK, start.size))
            _insert(connection, [start.shape.candidate(number) for number in numbers], experiments)


def _insert(
    connection: sqlite3.Connection, candidates: list[Candidate], experiments: Mapping[str, str]
) -> None:
    rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in INSERTS}
    for each in candidates:
        began, ended = _milliseconds(each.created), _milliseconds(each.finished)
        uri, experiment = f"artifacts/{each.id}", int(experiments[each.experiment])
        rows["runs"].append((each.id, each.name, USER, began, ended, uri, experiment))
        metrics = [(each.id, key, value, began) for key, value in each.metrics.items()]
        rows["metrics"] += metrics
        rows["latest_metrics"] += metrics
        rows["params"] += [(each.id, key, value) for key, value in each.params.items()]
        rows["tags"] += [
            (each.id, key, value) for key, value in {**each.tags, "mlflow.runName": each.name}.items()
        ]
    for table, statement in INSERTS.items():
        connection.executemany(statement, rows[table])
    connection.commit()


def _milliseconds(moment: datetime | None) -> int:
    return int(moment.timestamp() * 1000) if moment else 0
