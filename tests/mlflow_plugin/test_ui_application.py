"""What of MLflow's server `gitreg ui` lets through, asked of the application itself; and the words that start it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from importlib import util
from pathlib import Path
from typing import Any

import pytest
from desk import Desk
from in_process import call
from mlflow.server import app as flask_app
from mlflow.server.fastapi_app import app as native_app
from mlflow.server.graphql.graphql_schema_extensions import schema

from gitreg.cli import ui
from gitreg.errors import UsageError
from gitreg.mlflow_plugin import serving
from gitreg.mlflow_plugin.server import ACTING, ReadOnly, is_question
from gitreg.mlflow_plugin.serving import folder_uri, server_command
from gitreg.mlflow_plugin.uris import RegistryUri
from gitreg.workflows.running.run_child import Ending

ASKED_BY_POST = {
    "_deprecated_search_traces_v2",
    "_get_latest_versions",
    "_graphql",
    "_query_trace_metrics",
    "_search_evaluation_datasets_handler",
    "_search_experiments",
    "_search_issues",
    "_search_logged_models",
    "_search_prompt_optimization_jobs",
    "_search_runs",
    "_search_traces_v3",
    "serve_search_datasets",
    "_not_implemented",
}
"""Handlers that MLflow's pages and client ask by POST, and that change nothing."""
READS = re.compile(
    r"_?(deprecated_)?(serve_)?(get|list|search|batch_get|download)_\w+|_graphql|_not_implemented|static|health|version|serve"
    r"|serve_artifacts|serve_model_version_artifact|serve_static_file|_download_artifact|serve_gateway_proxy"
)
"""Names of handlers that only read."""


def flask_doors() -> list[tuple[str, str, str]]:
    """Method, path and handler's name of all that MLflow answers by Flask."""
    return [
        (method, re.sub("<[^>]*>", "x1", rule.rule), rule.endpoint)
        for rule in flask_app.url_map.iter_rules()
        for method in rule.methods or ()
    ]


def native_doors() -> list[tuple[str, str]]:
    """Method and path of what it answers by FastAPI."""
    paths: dict[str, Any] = native_app.openapi()["paths"]
    return [(way.upper(), re.sub("{[^}]*}", "x1", path)) for path, ways in paths.items() for way in ways]


def passes(method: str, path: str, prefix: str = "", **more: object) -> bool:
    return is_question({"method": method, "path": path, **more}, prefix)


def answer(
    method: str, path: str, kind: str = "http", prefix: str = ""
) -> tuple[list[Mapping[str, Any]], bool]:
    """What the application sends, and whether MLflow's was asked."""
    sent: list[Mapping[str, Any]] = []
    asked: list[object] = []

    async def behind(scope: Any, _receive: Any, _send: Any) -> None:
        asked.append(scope)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(
        ReadOnly(behind, prefix)({"type": kind, "method": method, "path": path, "headers": []}, receive, send)
    )
    return sent, bool(asked)


def test_only_questions_pass_by_flask() -> None:
    """Every door of the installed MLflow: by POST only what is known to ask, by GET only what is called so."""
    doors = flask_doors()
    passing = {(method, name) for method, path, name in doors if passes(method, path)}

    assert len(doors) > 300
    assert {name for method, name in passing if method == "POST"} <= ASKED_BY_POST
    assert {method for method, _ in passing} == {"GET", "HEAD", "OPTIONS", "POST"}
    assert [name for method, name in sorted(passing) if method == "GET" and not READS.fullmatch(name)] == []


def test_nothing_writes_by_the_native_routes() -> None:
    """No route of FastAPI's passes that is not asked by GET."""
    doors = native_doors()

    assert len(doors) > 10
    assert {method for method, path in doors if passes(method, path)} <= {"GET", "HEAD"}
    assert not any(passes(method, path) for method, path in doors if "assistant" in path)


def test_graphql_changes_nothing() -> None:
    """What MLflow's schema calls mutations are searches and an echo; another one would have to be looked at."""
    mutation = schema.graphql_schema.mutation_type

    assert mutation is None or {*mutation.fields} <= {
        "mlflowSearchRuns",
        "mlflowSearchDatasets",
        "testMutation",
    }


@pytest.mark.parametrize(
    "path",
    [
        "/api/2.0/mlflow/runs/search",
        "/ajax-api/2.0/mlflow/experiments/search-datasets",
        "/ajax-api/2.0/mlflow/logged-models/search",
        "/api/2.0/mlflow/registered-models/get-latest-versions",
        "/graphql",
    ],
)
def test_questions_by_post_pass(path: str) -> None:
    """With a prefix, too, and where something in front has taken a part of the path."""
    assert passes("POST", path)
    assert passes("POST", f"/a/b{path}", "/a/b")
    assert passes("POST", f"/root{path}", root_path="/root")
    assert answer("POST", path) == ([], True)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/2.0/mlflow/runs/create"),
        ("POST", "/api/2.0/mlflow/runs/create/search/.."),
        ("POST", "/api/2.0/mlflow/runs/search/../create"),
        ("POST", "/api/2.0/mlflow/runs/create?x=/search"),
        ("POST", "/api/2.0/mlflow/runs/create;search"),
        ("POST", "/api/2.0/mlflow/runs/create%2Fsearch"),
        ("POST", "/api/2.0/mlflow/runs/create\n/api/2.0/mlflow/runs/search"),
        ("POST", "/api/2.0/mlflow/runs/search\n"),
        ("POST", "/api/2.0/mlflow/runs/Search"),
        ("POST", "/other/api/2.0/mlflow/runs/search"),
        ("POST", "//api/2.0/mlflow/runs/log-metric"),
        ("POST", ""),
        ("post", "/api/2.0/mlflow/runs/search"),
        ("PUT", "/api/2.0/mlflow-artifacts/artifacts/0/x/artifacts/search"),
        ("PATCH", "/api/2.0/mlflow/runs/search"),
        ("DELETE", "/api/2.0/mlflow-artifacts/artifacts/search"),
        ("TRACE", "/"),
        ("CONNECT", "/"),
        ("QUERY", "/api/2.0/mlflow/runs/search"),
        ("GET", "/ajax-api/3.0/mlflow/assistant/providers/claude/health"),
        ("GET", "//ajax-api//3.0/mlflow/assistant//sessions/1/stream"),
    ],
)
def test_whatever_may_act_is_refused(method: str, path: str) -> None:
    """With 403 and words, and MLflow's application does not hear of it."""
    sent, asked = answer(method, path)

    assert not asked
    assert [one.get("status") for one in sent] == [403, None]
    assert b"gitreg ui --write" in sent[1]["body"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_passes(method: str) -> None:
    """Pages, files and what they ask."""
    for path in ("/", "/static-files/x.js", "/get-artifact", "/api/2.0/mlflow/runs/get", "/%00", "/../x"):
        assert answer(method, path) == ([], True)
    assert not ACTING.fullmatch("/ajax-api/2.0/mlflow/artifacts/list")


def test_websockets_are_closed() -> None:
    """MLflow's pages need none."""
    sent, asked = answer("GET", "/", "websocket")

    assert (sent, asked) == ([{"type": "websocket.close", "code": 1008}], False)


@pytest.mark.parametrize(
    "name",
    ["two words", "100%", "100%41", "blüte", "a?b#c&d", "-", "~", "a'b\"c", "x@y:z", "日本", "a$b;c|d"],
)
def test_the_server_gets_a_uri_that_names_the_folder(tmp_path: Path, name: str) -> None:
    """Whatever a folder is called."""
    words = server_command(tmp_path / name, "127.0.0.1", 5000, workers=1, writes=False)

    uris = [word for word in words if word.startswith("gitreg:")]
    assert len(uris) == 3
    assert {RegistryUri.parse(one).folder for one in uris} == {tmp_path / name}


@pytest.mark.parametrize("name", [b"a\nb".decode(), "\udcff", "a\u202eb", "a\\b"])
def test_a_folder_that_cannot_be_shown_is_refused(tmp_path: Path, name: str) -> None:
    """In words, for MLflow could not be told of it."""
    with pytest.raises(UsageError, match=r"characters that cannot be shown|names no folder"):
        folder_uri(tmp_path / name)


def test_only_writing_needs_no_guard(tmp_path: Path) -> None:
    """Without `--write` the server is started with the application that refuses."""
    reads, writes = (
        server_command(tmp_path, "127.0.0.1", 5000, workers=1, writes=one) for one in (False, True)
    )

    assert reads[-2:] == ["--app-name", "gitreg-read-only"]
    assert reads[:-2] == writes


def test_without_the_server_s_packages_it_says_what_to_install(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`mlflow-skinny` is enough for logging, not for pages."""
    monkeypatch.setattr(serving, "find_spec", lambda name: None if name == "flask" else util.find_spec(name))

    said = call(desk.path, "ui")

    assert said.code == 2
    assert "there is no flask" in said.err
    assert "pip install 'gitreg-ml[mlflow]' mlflow" in said.err


def test_the_environment_cannot_show_something_else(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that name MLflow's other stores and applications do not reach it; those of safety do."""
    seen: dict[str, Any] = {}

    def started(command: list[str], _folder: Path, environ: Mapping[str, str]) -> Any:
        seen.update(command=command, environ=environ)
        return Ending(0, None, ())

    monkeypatch.setattr(ui, "run_child", started)
    for name in (*ui.ELSEWHERE, "MLFLOW_SERVER_ALLOWED_HOSTS"):
        monkeypatch.setenv(name, "other")
    said = call(desk.path, "ui", "--port", "5001")

    assert said.code == 0
    assert "http://127.0.0.1:5001 shows the registry, and changes nothing" in said.err
    assert not {*ui.ELSEWHERE} & {*seen["environ"]}
    assert seen["environ"]["MLFLOW_SERVER_ALLOWED_HOSTS"] == "other"
    assert seen["environ"]["MLFLOW_DISABLE_TELEMETRY"] == "true"
