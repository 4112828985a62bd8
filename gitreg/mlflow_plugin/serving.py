"""The words that start MLflow's server on a registry. MLflow itself is not imported, which would take seconds."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from gitreg.errors import UsageError
from gitreg.mlflow_plugin.uris import RegistryUri

READ_ONLY_APP = "gitreg-read-only"
"""The name of `entry.read_only_app` among the entry points of `mlflow.app`."""


def server_command(registry: Path, host: str, port: int, *, workers: int, writes: bool) -> list[str]:
    """The command that starts MLflow's server on a registry, artifacts included.

    Args:
        registry: its folder.
        host: where it listens.
        port: where it listens.
        workers: how many processes answer.
        writes: whether requests may change the registry.

    Raises:
        UsageError: if MLflow's server is not installed, or no URI can name the folder.
    """
    uri = folder_uri(registry)
    missing = [name for name in ("mlflow", "flask", "uvicorn") if find_spec(name) is None]
    if missing:
        message = f"MLflow's server is not installed here: there is no {missing[0]}"
        raise UsageError(message, hint="pip install 'gitreg-ml[mlflow]' mlflow")
    words = ["--backend-store-uri", uri, "--registry-store-uri", uri]
    words += ["--artifacts-destination", uri, "--serve-artifacts"]
    place = ["--host", host, "--port", str(port), "--workers", str(workers)]
    app = [] if writes else ["--app-name", READ_ONLY_APP]
    return [sys.executable, "-P", "-m", "mlflow", "server", *words, *place, *app]


def folder_uri(folder: Path) -> str:
    """The URI that names a folder of this machine.

    Raises:
        UsageError: if none does, for its name cannot be shown.
    """
    return str(RegistryUri.parse(str(RegistryUri("gitreg", "", folder.absolute().as_posix()))))
