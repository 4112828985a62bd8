"""MLflow's stores, called as its own client calls them, without a server between: one point, or one batch of them."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from figures import Contestant, Skipped

STORES = {
    "MLflow SQLite": ("mlflow.store.tracking.sqlalchemy_store", "SqlAlchemyStore"),
    "MLflow file": ("mlflow.store.tracking.file_store", "FileStore"),
}


def contestants(place: Path, calls: int) -> list[Contestant | Skipped]:
    """Both stores, one by one and by batches."""
    if importlib.util.find_spec("mlflow") is None or importlib.util.find_spec("sqlalchemy") is None:
        return [
            Skipped(name, "mlflow with its stores is not installed (mlflow-skinny has none)")
            for name in STORES
        ]
    logging.getLogger("alembic").setLevel(logging.WARNING)
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"  # it is being retired, and asks whether one knows
    found: list[Contestant | Skipped] = []
    for name in STORES:
        try:
            store, run = _run(name, place)
        except Exception as error:  # noqa: BLE001 - whatever MLflow's next version says of it
            found.append(Skipped(name, str(error).partition("\n")[0]))
            continue
        found += [_one_by_one(name, store, run, calls), _batch(name, store, run, calls)]
    return found


def _run(name: str, place: Path) -> tuple[Any, str]:
    module, kind = STORES[name]
    made = getattr(importlib.import_module(module), kind)
    where = str(place / "mlflow.db") if "SQLite" in name else str(place / "mlruns")
    store = made(f"sqlite:///{where}", str(place / "artifacts")) if "SQLite" in name else made(where)
    experiment = store.create_experiment("benchmark")
    return store, store.create_run(experiment, "benchmark", _now(), [], "run").info.run_id


def _one_by_one(name: str, store: Any, run: str, calls: int) -> Contestant:
    metric = _metrics()

    def act(turn: int) -> None:
        for step in range(calls):
            store.log_metric(run, metric("loss", 0.1234567, _now(), turn * calls + step))

    return Contestant(f"{name} store", 0, lambda turn: turn, act)


def _batch(name: str, store: Any, run: str, calls: int) -> Contestant:
    metric = _metrics()

    def arrange(turn: int) -> list[Any]:
        return [metric("batch", 0.1234567, _now(), turn * calls + step) for step in range(calls)]

    return Contestant(
        f"{name} store, the same in one batch", 0, arrange, lambda made: store.log_batch(run, made, [], [])
    )


def _metrics() -> Callable[..., Any]:
    return importlib.import_module("mlflow.entities").Metric  # type: ignore[no-any-return]


def _now() -> int:
    return int(time.time() * 1000)
