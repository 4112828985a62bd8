"""MLflow's SQLite store, filled by SQL: a hundred thousand runs by MLflow itself take an hour.

Each run has the rows that MLflow would have written for it (mlflow/store/tracking/dbmodels/models.py and
sqlalchemy_store.py); that its own search finds them is checked wherever it is measured.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import math
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from generate import in_order
from records import Shape

from gitreg.domain.candidate import Candidate, DataSource

MISSING = "mlflow with its SQLite store is not installed (mlflow-skinny has none)"
LARGEST = 1.7976931348623157e308
"""What MLflow keeps of an infinity."""
CHUNK = 2000
Rows = dict[str, list[tuple[Any, ...]]]
INSERTS = {
    "runs": """insert into runs (run_uuid, name, user_id, start_time, end_time, artifact_uri, experiment_id,
        status, lifecycle_stage, deleted_time, source_type, source_name, entry_point_name, source_version)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'UNKNOWN', '', '', '')""",
    "metrics": "insert into metrics (run_uuid, key, value, timestamp, step, is_nan) values (?, ?, ?, ?, 0, ?)",
    "latest_metrics": """insert into latest_metrics (run_uuid, key, value, timestamp, step, is_nan)
        values (?, ?, ?, ?, 0, ?)""",
    "params": "insert into params (run_uuid, key, value) values (?, ?, ?)",
    "tags": "insert into tags (run_uuid, key, value) values (?, ?, ?)",
    "datasets": """insert or ignore into datasets (dataset_uuid, experiment_id, name, digest, dataset_source_type,
        dataset_source) values (?, ?, ?, ?, 'local', ?)""",
    "inputs": """insert into inputs (input_uuid, source_type, source_id, destination_type, destination_id)
        values (?, 'DATASET', ?, 'RUN', ?)""",
    "input_tags": "insert into input_tags (input_uuid, name, value) values (?, 'mlflow.data.context', ?)",
}


def is_there() -> bool:
    """Whether MLflow with its SQLite store is installed."""
    return (
        importlib.util.find_spec("mlflow") is not None and importlib.util.find_spec("sqlalchemy") is not None
    )


def open_store(database: Path) -> Any:
    """MLflow's own store on that file, which it makes if there is none."""
    for name, level in (("alembic", logging.WARNING), ("mlflow", logging.CRITICAL)):
        logging.getLogger(name).setLevel(level)
    stores = importlib.import_module("mlflow.store.tracking.sqlalchemy_store")
    return stores.SqlAlchemyStore(f"sqlite:///{database}", str(database.parent / "artifacts"))


def fill(database: Path, size: int, shape: Shape) -> None:
    """Puts the candidates of a registry of that size into an empty store as runs; makes the store if there is none."""
    store = open_store(database)
    there = {each.name: each.experiment_id for each in store.search_experiments()}
    experiments = {slug: there.get(slug) or store.create_experiment(slug) for slug in shape.slugs}
    store.engine.dispose()
    if not size:
        return
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript("pragma synchronous = off; pragma cache_size = -1000000")
        for part in in_order(shape, size):
            _insert(connection, part, experiments)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")


def _insert(
    connection: sqlite3.Connection, candidates: Iterable[Candidate], experiments: Mapping[str, str]
) -> None:
    rows: Rows = {table: [] for table in INSERTS}
    for each in candidates:
        _add_run(rows, each, int(experiments[each.experiment]))
    for table, statement in INSERTS.items():
        connection.executemany(statement, rows[table])
    connection.commit()


def _add_run(rows: Rows, each: Candidate, experiment: int) -> None:
    began, ended, gone = map(milliseconds, (each.created, each.finished, each.deleted))
    stage = "deleted" if each.deleted else "active"
    run = (each.id, each.name, each.author.name, began, ended, f"artifacts/{each.id}", experiment)
    rows["runs"].append((*run, each.status.upper(), stage, gone))
    metrics = [(each.id, key, _kept(value), began, math.isnan(value)) for key, value in each.metrics.items()]
    rows["metrics"] += metrics
    rows["latest_metrics"] += metrics
    rows["params"] += [(each.id, key, value) for key, value in each.params.items()]
    rows["tags"] += [(each.id, key, value) for key, value in tags_of(each).items()]
    for place, source in enumerate(each.data):
        _add_data(rows, each, experiment, place, source)


def _add_data(rows: Rows, each: Candidate, experiment: int, place: int, source: DataSource) -> None:
    digest = source.digest.hex if source.digest else ""
    dataset, link = f"{experiment}-{source.name[:12]}-{digest[:12]}", f"{each.id}-{place}"
    rows["datasets"].append((dataset, experiment, source.name, digest, json.dumps({"uri": source.uri})))
    rows["inputs"].append((link, dataset, each.id))
    rows["input_tags"].append((link, source.context))


def tags_of(each: Candidate) -> dict[str, str]:
    """A run's tags: people's, and those in which MLflow keeps what gitreg has fields for."""
    own = {
        "mlflow.runName": each.name,
        "mlflow.user": each.author.name,
        "mlflow.source.git.commit": each.code.commit or "",
        "mlflow.source.git.branch": each.code.branch or "",
        "mlflow.note.content": each.notes,
    }
    return each.tags | {key: value for key, value in own.items() if value}


def milliseconds(moment: datetime | None) -> int | None:
    """A time as MLflow keeps it."""
    return int(moment.timestamp() * 1000) if moment else None


def _kept(value: float) -> float:
    return 0.0 if math.isnan(value) else max(-LARGEST, min(LARGEST, value))
