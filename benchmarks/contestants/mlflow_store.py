"""MLflow's SQLite store, called as its own client calls it, without a server between."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path
from typing import Any

import mlflow_rows
from figures import Contestant, Skipped
from mlflow_rows import milliseconds
from stock import Stock

from contestants.base import Start
from gitreg.domain.candidate import Candidate

NAME = "MLflow SQLite store"


def contestant(start: Start, place: Path) -> Contestant | Skipped:
    """One run: made, its params and metrics logged in one batch, ended."""
    if not mlflow_rows.is_there():
        return Skipped(NAME, mlflow_rows.MISSING)
    entities: Any = importlib.import_module("mlflow.entities")
    database = Path(shutil.copy(Stock(start.stock).mlflow(start.size, start.shape), place / "mlflow.db"))
    store = mlflow_rows.open_store(database)
    experiments = {each.name: each.experiment_id for each in store.search_experiments()}

    def act(candidate: Candidate) -> None:
        tags = [entities.RunTag(key, value) for key, value in candidate.tags.items()]
        began, ended = milliseconds(candidate.created), milliseconds(candidate.finished)
        run = store.create_run(
            experiments[candidate.experiment], candidate.author.name, began, tags, candidate.name
        )
        metrics = [entities.Metric(key, value, began, 0) for key, value in candidate.metrics.items()]
        params = [entities.Param(key, value) for key, value in candidate.params.items()]
        store.log_batch(run.info.run_id, metrics, params, [])
        store.update_run_info(run.info.run_id, entities.RunStatus.FINISHED, ended, candidate.name)

    return Contestant(NAME, start.size, start.next_candidate, act, store.engine.dispose)
