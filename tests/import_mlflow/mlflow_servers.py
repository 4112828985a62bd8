"""MLflow's own server on loopback, for as long as a test needs it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mlflow.server import constants

APP = "mlflow.server.fastapi_app:app"
"""What `mlflow server` starts, and here is started without it: half the time goes into starting the one that starts the other."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The URL of a server with a database and artifacts of its own; the database may be there already."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    words = [sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", "--port", str(port), APP]
    told = {
        constants.BACKEND_STORE_URI_ENV_VAR: f"sqlite:///{folder}/mlflow.db",
        constants.ARTIFACT_ROOT_ENV_VAR: "mlflow-artifacts:/",
        constants.ARTIFACTS_DESTINATION_ENV_VAR: str(folder / "mlartifacts"),
        constants.SERVE_ARTIFACTS_ENV_VAR: "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            words, cwd=folder, env=os.environ | told, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield _awaited(f"http://127.0.0.1:{port}", process, folder / "log")
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
            process.wait(30)


def _awaited(url: str, process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        with suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=5):
            return url
        time.sleep(0.1)
    raise AssertionError(log.read_text())
