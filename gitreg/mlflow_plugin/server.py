"""MLflow's server as an application that only answers questions: what `gitreg ui` shows the registry by."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

from mlflow.server.fastapi_app import app as mlflow_app

READING = frozenset({"GET", "HEAD", "OPTIONS"})
QUESTIONS = re.compile(
    r"/(?:ajax-)?api/[0-9]\.[0-9]/?mlflow/"
    r"(?:(?:[a-z-]+/)*search(?:-datasets)?|registered-models/get-latest-versions|traces/metrics)|/graphql"
)
"""What MLflow's client and pages ask by POST; what GraphQL calls mutations there are searches, too, and an echo."""
ACTING = re.compile(r"/ajax-api/[0-9]\.[0-9]/mlflow/assistant/.*", re.DOTALL)
"""What does something when it is asked by GET: starts a program of this machine, which speaks with other ones."""
PREFIX = "_MLFLOW_STATIC_PREFIX"
"""Where MLflow's server tells its processes of `--static-prefix`."""

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class ReadOnly:
    """An application (ASGI 3.0) that passes questions on, and refuses what might change something.

    Args:
        app: what answers.
        prefix: what its paths begin with.
    """

    def __init__(self, app: App, prefix: str = "") -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] == "lifespan" or (scope["type"] == "http" and is_question(scope, self._prefix)):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await _refuse(send)
        else:
            await send({"type": "websocket.close", "code": 1008})  # RFC 6455: against a policy


def is_question(scope: Mapping[str, Any], prefix: str = "") -> bool:
    """Whether a request only asks.

    Args:
        scope: the request, as ASGI has it: with the path decoded.
        prefix: what paths begin with.
    """
    path = str(scope["path"]).removeprefix(str(scope.get("root_path", "")))
    path = re.sub("/+", "/", path).removeprefix(prefix)  # as werkzeug's router reads several slashes: as one
    if scope["method"] in READING:
        return ACTING.fullmatch(path) is None
    return scope["method"] == "POST" and QUESTIONS.fullmatch(path) is not None


async def _refuse(send: Send) -> None:
    words = "this server only shows the registry; `gitreg ui --write` starts one that changes it, too"
    body = json.dumps({"error_code": "PERMISSION_DENIED", "message": words}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def read_only() -> ReadOnly:
    """MLflow's application, for looking only."""
    return ReadOnly(mlflow_app, os.environ.get(PREFIX, "").rstrip("/"))
