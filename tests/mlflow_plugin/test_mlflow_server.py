"""`mlflow server` with several processes on a registry, asked over HTTP: with the proxy of artifacts, restarted without it.

Short: two processes, each of which takes seconds to import MLflow. The long form begins with four:
`GITREG_SERVERS=all pytest tests/mlflow_plugin/test_mlflow_server.py`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from desk import Desk
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from test_mlflow_page import free_port

from gitreg.mlflow_plugin.serving import folder_uri
from gitreg.workflows.running.recover import recover

CLIENTS, POINTS = 8, 12
WORKERS = 4 if os.environ.get("GITREG_SERVERS") == "all" else 2


@dataclass
class Server:
    """A server that can be ended and started again.

    Args:
        registry: what is behind it.
        environ: its environment.
        words: further options.
        workers: how many processes answer.
    """

    registry: Path
    environ: dict[str, str]
    words: tuple[str, ...] = ()
    port: str = field(default_factory=free_port)
    workers: int = WORKERS
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        uri = folder_uri(self.registry)
        words = [
            "--backend-store-uri",
            uri,
            "--artifacts-destination",
            uri,
            "--port",
            self.port,
            "--workers",
            str(self.workers),
        ]
        environ = self.environ | {
            "DO_NOT_TRACK": "true",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        }
        with self.registry.with_name("server-said").open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "mlflow", "server", *words, *self.words],
                env=environ,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        limit = time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/health", timeout=5).close()
            except (urllib.error.URLError, ConnectionError):
                assert time.monotonic() < limit, self.registry.with_name("server-said").read_text()
                time.sleep(0.2)
            else:
                return

    def end(self) -> None:
        """Kills all of its processes, as a machine that goes down does."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)


def work(client: MlflowClient, number: int, file: Path) -> str:
    """One client's run: params, points and an artifact, each by whichever process answers."""
    run = client.create_run("0", run_name=f"client-{number}").info.run_id
    for step in range(POINTS):
        client.log_metric(run, "loss", float(step), step=step)
    client.log_batch(run, [Metric("all", 1.0, 1, 0)], [Param("number", str(number))])
    client.log_artifact(run, str(file), "folder")
    client.set_terminated(run)
    return run


@pytest.fixture
def server(desk: Desk) -> Iterator[Server]:
    """A server that is ended after the test."""
    made = Server(desk.path, desk.environ)
    made.start()
    yield made
    made.end()


def test_nothing_is_lost_among_processes_clients_and_restarts(
    server: Server, desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Eight clients at once; a run that goes on when the server was killed, and is nobody's to recover meanwhile.

    Without its proxy (`--no-serve-artifacts`) clients read and write the registry's storage themselves.
    """
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    client = MlflowClient(server.url, registry_uri=server.url)
    file = tmp_path / "said.txt"
    file.write_text("words")
    (tmp_path / "down").mkdir()
    going = client.create_run("0", run_name="going").info.run_id
    for step in range(6):
        client.log_metric(going, "loss", float(step), step=step)

    with ThreadPoolExecutor(CLIENTS) as pool:
        made = [*pool.map(lambda number: work(client, number, file), range(CLIENTS))]
    server.end()
    recover(desk.registry, desk.author)
    server.workers, server.words = 2, ("--no-serve-artifacts",)
    server.start()
    info = client.get_run(going).info
    assert (info.status, info.artifact_uri.startswith(folder_uri(desk.path))) == ("RUNNING", True)
    client.log_metric(going, "loss", 6.0, step=6)
    client.log_artifact(going, str(file))
    client.set_terminated(going)

    runs = {run.info.run_id: run for run in client.search_runs(["0"])}
    assert {*runs} == {*made, going}
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    assert [runs[one].data.params["number"] for one in made] == [str(number) for number in range(CLIENTS)]
    assert {len(client.get_metric_history(one, "loss")) for one in made} == {POINTS}
    assert [point.step for point in client.get_metric_history(going, "loss")] == [*range(7)]
    assert {one.path for run in made for one in client.list_artifacts(run, "folder")} == {"folder/said.txt"}
    assert Path(client.download_artifacts(going, "said.txt", str(tmp_path / "down"))).read_text() == "words"
    assert len(desk.git("log", "--format=%s", "gitreg/candidates").splitlines()) >= CLIENTS + 1
