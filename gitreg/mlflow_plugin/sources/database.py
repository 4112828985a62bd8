"""A source that is an MLflow database in one SQLite file: a copy of it is read, so that MLflow's migrations never touch the file itself.

MLflow brings any older schema up to date when it opens a database; here it does that to the copy.
"""

from __future__ import annotations

import logging
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

from alembic.util.exc import CommandError
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.store.db import utils
from mlflow.store.tracking.dbmodels.models import SqlMetric
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy import URL, create_engine, inspect
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from gitreg.domain.curves import MetricPoint
from gitreg.domain.fitted import kept_key
from gitreg.errors import GitregError, NotFoundError, RecordError
from gitreg.mlflow_plugin.sources.client import ClientSource
from gitreg.mlflow_plugin.sources.entities import logged_model_value
from gitreg.mlflow_plugin.sources.faults import reading
from gitreg.mlflow_plugin.sources.fetching import PROXY, Fetching
from gitreg.workflows.import_mlflow import fitting
from gitreg.workflows.import_mlflow.places import ArtifactPlace, Places
from gitreg.workflows.import_mlflow.values import (
    SourceExperiment,
    SourceLoggedModel,
    SourceRun,
    Unreadable,
    moment,
)

CHUNK = 10_000
_WANTS_TO_WRITE = {8, 14}
"""SQLITE_READONLY and SQLITE_CANTOPEN."""
PLACES = ("mlruns", "mlartifacts")
"""Folders beside a database in which MLflow keeps artifacts unless it is told otherwise."""


def open_database(word: str, places: Places, folder: Path) -> DatabaseSource:
    """Opens `sqlite:///FILE`.

    Args:
        word: the address; a relative path is counted from `folder`.
        places: where artifacts may be read, beside the database's own folders.
        folder: of the call.

    Raises:
        NotFoundError: if there is no such file.
        RecordError: if it is no database of MLflow's, or a newer MLflow's than this one.
    """
    file = folder / unquote(re.sub(r"^sqlite:/{0,3}|\?.*$", "", word))
    if not file.is_file():
        raise NotFoundError(f"there is no file {file}", hint="sqlite:////absolute/path.db has four slashes")
    scratch = tempfile.TemporaryDirectory(prefix="gitreg-import-")
    try:
        return DatabaseSource(file, _with_own(places, file.parent), scratch)
    except GitregError:
        scratch.cleanup()
        raise


class DatabaseSource(ClientSource):
    """An MLflow database."""

    def __init__(self, file: Path, places: Places, scratch: tempfile.TemporaryDirectory[str]) -> None:
        """Copies the database, and brings the copy's schema up to date."""
        self._scratch = scratch
        copy = Path(scratch.name) / "copy.db"
        _copy(file, copy)
        address = f"sqlite:///{copy}"
        _update(address, file)
        with reading(str(file)):
            self._store = SqlAlchemyStore(address, str(Path(scratch.name) / "artifacts"))  # type: ignore[no-untyped-call]  # MLflow's
            super().__init__(str(file), MlflowClient(address, address), Fetching(places))
        self._deleted: dict[str, list[SourceLoggedModel]] | None = None

    def points(self, run: SourceRun) -> Iterator[MetricPoint]:
        """Every point of a run's metrics, in one question."""
        columns = (SqlMetric.key, SqlMetric.value, SqlMetric.step, SqlMetric.timestamp, SqlMetric.is_nan)
        with reading(self.where), self._store.ManagedSessionMaker() as session:
            rows = (
                session.query(*columns)
                .filter(SqlMetric.run_uuid == run.key)
                .order_by(SqlMetric.key, SqlMetric.timestamp, SqlMetric.step)
            )
            for key, value, step, time, is_nan in rows.yield_per(CHUNK):
                number = float("nan") if is_nan else float(value)
                yield MetricPoint(kept_key(key), number, fitting.step(step), moment(time))

    def logged_models(self, experiment: SourceExperiment) -> Iterator[SourceLoggedModel | Unreadable]:
        """The logged models of an experiment, deleted ones last."""
        yield from super().logged_models(experiment)
        yield from self._deleted_models().get(experiment.id, ())

    def close(self) -> None:
        """Removes the copy."""
        self._store.engine.dispose()
        self._scratch.cleanup()

    def _deleted_models(self) -> dict[str, list[SourceLoggedModel]]:
        if self._deleted is None:
            self._deleted = {}
            with reading(self.where):
                for id_ in self._store._get_deleted_logged_models():  # type: ignore[no-untyped-call]  # noqa: SLF001 - what `mlflow gc` asks
                    found = self._store.get_logged_model(id_, allow_deleted=True)
                    model = self.regaining.logged_model(logged_model_value(found, deleted=True))
                    self._deleted.setdefault(model.experiment, []).append(model)
        return self._deleted


def _with_own(places: Places, folder: Path) -> Places:
    own = [folder / name for name in PLACES if (folder / name).is_dir()]
    named = [
        ArtifactPlace(address, one)
        for one in own
        for address in (str(folder.resolve() / one.name), f"./{one.name}", one.name)
    ]
    named += [ArtifactPlace(f"{PROXY}:", one) for one in own if one.name == "mlartifacts"]
    return places.with_own(named, own)


def _copy(file: Path, target: Path) -> None:
    """A copy as of one moment, also while a server writes; the file is opened for reading only.

    What a killed writer left half done SQLite puts right by writing (https://sqlite.org/lockingv3.html#hot_journals): in a copy, then.
    """
    try:
        try:
            _vacuumed(file, target, "ro")
        except OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF not in _WANTS_TO_WRITE:
                raise
            torn = target.parent / "torn.db"
            for end in ("", "-journal", "-wal"):
                if (beside := Path(f"{file}{end}")).is_file():
                    shutil.copyfile(beside, f"{torn}{end}")
            _vacuumed(torn, target, "rw")
    except SQLAlchemyError as error:
        words = str(error).partition("\n")[0][:200]
        raise RecordError(f"{file} cannot be read as a database: {words}") from error


def _vacuumed(file: Path, target: Path, mode: str) -> None:
    query = {"mode": mode, "uri": "true"}
    source = create_engine(URL.create("sqlite", database=f"file:{quote(str(file.absolute()))}", query=query))
    try:
        with source.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not {"experiments", "runs"} <= set(inspect(connection).get_table_names()):
                raise RecordError(
                    f"{file} is no database of MLflow's: it has no tables of experiments and runs"
                )
            connection.exec_driver_sql("VACUUM INTO ?", (str(target),))  # https://sqlite.org/lang_vacuum.html
    finally:
        source.dispose()


def _update(address: str, file: Path) -> None:
    engine = create_engine(address)
    logging.getLogger(utils.__name__).setLevel(
        logging.WARNING
    )  # what it updates is our copy: no news for anybody
    try:
        utils._upgrade_db(engine)  # type: ignore[no-untyped-call]  # noqa: SLF001 - what `mlflow db upgrade` calls
    except CommandError as error:
        raise RecordError(
            f"{file} was made by a newer MLflow than the one that is installed here: {error}",
            hint="pip install --upgrade mlflow",
        ) from error
    except (SQLAlchemyError, MlflowException) as error:
        raise RecordError(
            f"MLflow cannot bring a copy of {file} up to date: {' '.join(str(error).split())[:200]}",
            hint=f"cp {file} copy.db; mlflow db upgrade sqlite:///copy.db; gitreg import mlflow sqlite:///copy.db",
        ) from error
    finally:
        engine.dispose()
