"""A source that is an MLflow server: read by MLflow's client, with the credentials that MLflow finds in the environment."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from mlflow import MlflowClient
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.rest_utils import http_request

from gitreg.errors import UsageError
from gitreg.gitrepo import without_credentials
from gitreg.mlflow_plugin.sources.client import ClientSource
from gitreg.mlflow_plugin.sources.faults import reading
from gitreg.mlflow_plugin.sources.fetching import Fetching
from gitreg.workflows.import_mlflow.places import Places

PATIENCE = 20
"""Seconds after which a server that does not answer a first question is away; MLflow's client would try for minutes."""


def open_server(word: str, places: Places, folder: Path) -> ClientSource:  # noqa: ARG001 - as every opener
    """Opens a server's URL.

    Raises:
        RemoteError: if no server answers there.
        UsageError: if it is no URL of a server.
    """
    if not urlsplit(word).hostname:
        raise UsageError(f"{without_credentials(word)!a} names no server", hint="https://host:port")
    url = word.rstrip("/")
    where = without_credentials(url)
    with reading(where):
        http_request(get_default_host_creds(url), "/version", "GET", max_retries=0, timeout=PATIENCE)  # type: ignore[no-untyped-call]  # MLflow's
        return ClientSource(where, MlflowClient(url, url), Fetching(places, url))
