"""Places behind MLflow's own server, in this process: its WSGI application, asked by MLflow's own REST client."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from grounds import Place, gitreg_place, sql_place
from mlflow.server import app, handlers
from mlflow.server.constants import (
    ARTIFACT_ROOT_ENV_VAR,
    ARTIFACTS_DESTINATION_ENV_VAR,
    BACKEND_STORE_URI_ENV_VAR,
    SERVE_ARTIFACTS_ENV_VAR,
)
from mlflow.tracking._model_registry.utils import _get_store as registry_client
from mlflow.tracking._tracking_service.utils import _get_store as tracking_client
from mlflow.utils import request_utils
from requests.adapters import BaseAdapter
from werkzeug.test import Client

PROXY = "mlflow-artifacts:/"


@dataclass
class Backend:
    """What one server has behind it.

    Args:
        uri: what it was started with.
        store: its tracking store.
        models: its registry store.
        destination: where its proxy keeps artifacts.
        artifacts: the proxy's artifact repository, when it was asked for.
    """

    uri: str
    store: Any
    models: Any
    destination: str
    artifacts: Any = None


@dataclass
class Network(BaseAdapter):
    """Answers requests to 127.0.0.1 by the application, with the backend that the port stands for."""

    backends: dict[int, Backend] = field(default_factory=dict)
    one_by_one: Any = field(default_factory=threading.RLock)

    def send(self, request: Any, **_: Any) -> requests.Response:
        """One request; MLflow's server keeps its stores in globals, so one at a time."""
        parts = urlsplit(request.url)
        body = request.body.read() if hasattr(request.body, "read") else request.body
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        with self.one_by_one, pytest.MonkeyPatch.context() as patch:
            backend = self.backends.get(parts.port or 80)
            if backend is None:
                raise requests.ConnectionError(f"nobody listens at {parts.netloc}", request=request)
            _become(patch, backend)
            answer = Client(app).open(path, method=request.method, data=body, headers=dict(request.headers))
            backend.artifacts = handlers._artifact_repo
            return self._response(request, answer)

    def close(self) -> None:
        """Nobody listens any more: what a thread still asks for after its test must not touch the next one's environment."""
        with self.one_by_one:
            self.backends.clear()

    def session(self) -> requests.Session:
        """A session whose every request comes here."""
        made = requests.Session()
        made.mount("http://", self)
        return made

    def _response(self, request: Any, answer: Any) -> requests.Response:
        made = requests.Response()
        made.status_code, made.url, made.request = answer.status_code, request.url, request
        made.headers.update(dict(answer.headers))
        made.raw = io.BytesIO(answer.get_data())
        made.encoding = "utf-8"
        return made


@contextmanager
def serve(patch: pytest.MonkeyPatch, places: tuple[Place, Place]) -> Iterator[tuple[Place, Place]]:
    """The two places once more, each behind a server, and as a client sees it."""
    network = Network()
    session = network.session()
    patch.setattr(request_utils, "_get_request_session", lambda *_args, **_named: session)
    oracle, gitreg = places
    folder = os.path.dirname(oracle.uri.removeprefix("sqlite:///"))  # noqa: PTH120 - an URI
    network.backends[5001] = Backend(
        oracle.uri, sql_place(oracle.uri, PROXY).store, oracle.models, f"{folder}/proxied"
    )
    network.backends[5002] = Backend(
        gitreg.uri, gitreg_place(gitreg.uri, PROXY).store, gitreg.models, gitreg.uri
    )
    try:
        yield client_of("mlflow", 5001), client_of("gitreg", 5002)
    finally:
        network.close()


def _become(patch: pytest.MonkeyPatch, backend: Backend) -> None:
    """What a process of this server has in its environment and its globals."""
    for name, value in (
        (BACKEND_STORE_URI_ENV_VAR, backend.uri),
        (ARTIFACT_ROOT_ENV_VAR, PROXY),
        (ARTIFACTS_DESTINATION_ENV_VAR, backend.destination),
        (SERVE_ARTIFACTS_ENV_VAR, "true"),
    ):
        patch.setenv(name, value)
    patch.setattr(handlers, "_tracking_store", backend.store)
    patch.setattr(handlers, "_model_registry_store", backend.models)
    patch.setattr(handlers, "_artifact_repo", backend.artifacts)


def client_of(kind: str, port: int) -> Place:
    """A server as MLflow's client sees it."""
    uri = f"http://127.0.0.1:{port}"
    return Place(kind, uri, tracking_client(uri), lambda: registry_client(uri))
