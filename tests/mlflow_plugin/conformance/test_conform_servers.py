"""A real server of several processes: what one of them was told, every other one knows, as if all were one store."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from conformity import judge
from grounds import ORACLE_ONLY, Place
from served import client_of

pytestmark = pytest.mark.skipif(
    os.environ.get("GITREG_SERVERS") != "all",
    reason="the long form: GITREG_SERVERS=all pytest tests/mlflow_plugin; test_mlflow_server.py always has a server of two",
)
WORKERS = 2
PATIENCE = 90


def started(uri: str, destination: str, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """A server, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    words = [
        sys.executable,
        "-m",
        "mlflow",
        "server",
        "--backend-store-uri",
        uri,
        "--artifacts-destination",
        destination,
    ]
    more = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(WORKERS)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*words, *more], cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    return process, port


def await_health(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Waits until a server answers."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            if requests.get(f"http://127.0.0.1:{port}/health", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.2)
    pytest.fail(log.read_text()[-3000:])


@pytest.fixture
def served(lone_places: tuple[Place, Place], tmp_path: Path) -> Iterator[tuple[Place, Place]]:
    """MLflow's store, and MLflow's server on a registry as a client sees it."""
    oracle, gitreg = lone_places
    if ORACLE_ONLY:
        yield lone_places
        return
    process, port = started(gitreg.uri, gitreg.uri, tmp_path / "server")
    try:
        await_health(process, port, tmp_path / "server" / "server.log")
        yield oracle, client_of("gitreg", port)
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a server with all of its processes, which are a session of their own."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(15)


def a_day_of_work(at: Place) -> object:
    """Threads log to runs at once, whoever of the server's processes answers; then all is read, searched and registered."""
    experiment = at.experiment("work")
    runs = [at.run(f"run {number}", experiment, number + 1) for number in range(4)]

    def log(number: int) -> None:
        run = runs[number]
        for step in range(5):
            at.metric(run, "loss", 1.0 / (step + 1), time=step + 1, step=step)
        at.batch(run, [("auc", number / 10, 1, 0)], [("rate", str(number))], [("kind", "x")])
        at.client.log_text(run, f"weights {number}", "model/weights.txt")
        at.end(run, "FINISHED" if number % 2 else "FAILED", 100 + number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(log, range(4)))
    at.models.create_registered_model("net")
    for run in runs[:2]:
        at.models.create_model_version("net", f"{at.client.get_run(run).info.artifact_uri}/model", run)
    at.models.set_registered_model_alias("net", "best", "2")
    seen = [
        [
            [one.info.run_name, one.info.status, one.data.metrics, one.data.params]
            for one in at.store.search_runs([experiment], "", 1)
        ]
        for _ in range(4)
    ]

    assert all(one == seen[0] for one in seen)
    assert [len(at.history(run, "loss")) for run in runs] == [5] * 4
    assert [
        str(one.version)
        for one in at.models.search_model_versions("name = 'net'", order_by=["version_number"])
    ] == ["1", "2"]
    assert str(at.models.get_model_version_by_alias("net", "best").version) == "2"
    folder = at.client.download_artifacts(runs[1], "model")
    assert (Path(folder) / "weights.txt").read_text() == "weights 1"
    at.store.delete_run(runs[0])
    assert at.found(experiment) == ["run 3", "run 2", "run 1"]
    return seen[0]


def test_processes_of_a_server_agree(served: tuple[Place, Place], request: pytest.FixtureRequest) -> None:
    """With each other, and with MLflow's own store."""
    judge(request.node.nodeid, a_day_of_work, served, {})
