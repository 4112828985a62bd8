"""Where an export goes: a SQLite database of MLflow's with a folder of artifacts, or a server."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request

from gitreg.errors import AlreadyThereError, UsageError
from gitreg.gitrepo import without_credentials
from gitreg.mlflow_plugin.exporting.schema import require_current_schema
from gitreg.mlflow_plugin.sources.faults import reading
from gitreg.mlflow_plugin.sources.server import PATIENCE

ARTIFACTS = "mlartifacts"
"""The folder beside a database that holds artifacts, unless another one is named."""


@dataclass(frozen=True)
class Target:
    """A target.

    Args:
        where: as people named it, without credentials.
        uri: as MLflow knows it.
        client: MLflow's; None where nothing is there yet, and nothing may be made.
        artifacts: the folder of artifacts; None where a server decides.
    """

    where: str
    uri: str
    client: MlflowClient | None
    artifacts: Path | None = None

    def location(self, experiment: str) -> str | None:
        """Where an experiment's artifacts go, by its folder here; None where the server decides."""
        return str(self.artifacts / experiment) if self.artifacts else None

    @contextmanager
    def chosen(self) -> Iterator[None]:
        """A block in which it is the process's own tracking store, which MLflow's registry stores look logged models up in.

        What MLflow would print meanwhile, addresses of runs on a server, is no answer of ours.
        """
        before = mlflow.get_tracking_uri()
        mlflow.set_tracking_uri(self.uri)
        try:
            with (
                redirect_stdout(StringIO()),
                warnings.catch_warnings(action="ignore", category=FutureWarning),
            ):
                yield
        finally:
            mlflow.set_tracking_uri(before)

    @property
    def writes(self) -> MlflowClient:
        """The client, where one is needed."""
        if self.client is None:
            raise UsageError(f"{self.where} is not there yet")
        return self.client


def open_target(word: str, artifacts: Path | None, folder: Path, *, dry: bool) -> Target:
    """Opens a target.

    Args:
        word: `sqlite:///FILE` or the URL of a server.
        artifacts: the folder of artifacts of a database; `mlartifacts` beside it when None.
        folder: what a relative path is counted from.
        dry: whether nothing may be made.

    Raises:
        UsageError: if it is neither.
        AlreadyThereError: if a database there is none of this MLflow's.
        RemoteError: if no server answers.
    """
    if re.match(r"https?://", word):
        return _server(word, artifacts)
    if not word.startswith("sqlite:"):
        raise UsageError(
            f"{without_credentials(word)[:80]!a} is no target",
            hint="gitreg export mlflow sqlite:///mlflow.db, or the URL of a server",
        )
    file = (folder / unquote(re.sub(r"^sqlite:/{0,3}|\?.*$", "", word))).resolve()
    if not file.parent.is_dir():
        raise UsageError(f"there is no folder {file.parent}")
    if dry and not file.exists():
        return Target(str(file), f"sqlite:///{file}", None)
    return _database(file, artifacts or file.parent / ARTIFACTS)


def _database(file: Path, artifacts: Path) -> Target:
    address = f"sqlite:///{file}"
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
    if file.exists():
        require_current_schema(file, address)
    try:
        with reading(str(file)):
            # who opens a database first says where the default experiment's artifacts go; MLflow's client says: into this folder
            SqlAlchemyStore(address, str(artifacts.resolve()))  # type: ignore[no-untyped-call]  # MLflow's
            return Target(str(file), address, MlflowClient(address, address), artifacts.resolve())
    except MlflowException as error:
        raise AlreadyThereError(f"{file} is no database of MLflow's: {error}") from error


def _server(word: str, artifacts: Path | None) -> Target:
    url, where = word.rstrip("/"), without_credentials(word.rstrip("/"))
    if artifacts is not None:
        raise UsageError("a server decides where artifacts go", hint="leave out --artifacts")
    if not urlsplit(word).hostname:
        raise UsageError(f"{where!a} names no server", hint="https://host:port")
    with reading(where):
        http_request(get_default_host_creds(url), "/version", "GET", max_retries=0, timeout=PATIENCE)  # type: ignore[no-untyped-call]  # MLflow's
        return Target(where, url, MlflowClient(url, url))
