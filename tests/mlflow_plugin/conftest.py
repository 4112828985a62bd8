"""Fixtures for tests that hold on MLflow's SQL store and on gitreg's."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import Desk
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

from gitreg.mlflow_plugin.tracking.store import TrackingStore


@pytest.fixture(autouse=True)
def elsewhere(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the current directory is where MLflow keeps what it was not told a place for."""
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of MLflow's without anything in it: making one takes seconds, copying it none."""
    for name in ("mlflow.store.db.utils", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    file = tmp_path_factory.mktemp("database") / "mlflow.db"
    SqlAlchemyStore(f"sqlite:///{file}", str(file.parent / "artifacts"))._dispose_engine()
    return file


@pytest.fixture
def sql(empty_database: Path, tmp_path: Path) -> Iterator[Any]:
    """MLflow's own store."""
    file = shutil.copy(empty_database, tmp_path / "mlflow.db")
    store = SqlAlchemyStore(f"sqlite:///{file}", str(tmp_path / "artifacts"))
    yield store
    store._dispose_engine()


@pytest.fixture
def gitreg(desk: Desk) -> TrackingStore:
    """The registry's store."""
    return TrackingStore(f"gitreg://{desk.path}")


@pytest.fixture(params=["sql", "gitreg"])
def store(request: pytest.FixtureRequest) -> Any:
    """Either: what a test says is true of both."""
    return request.getfixturevalue(request.param)
