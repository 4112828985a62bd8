"""What MLflow finds by its entry points: functions that load the rest when they are called.

MLflow imports these names during its own import (https://mlflow.org/docs/latest/ml/plugins/), so this module costs nothing
and imports neither MLflow nor anything of weight (docs/adr/0005-lazy-names.md).
"""

from __future__ import annotations

import importlib
import os
from typing import Any

SCHEMES = ("gitreg", "gitreg+file", "gitreg+https", "gitreg+ssh")


def tracking_store(store_uri: str, artifact_uri: str | None = None) -> Any:  # noqa: ANN401 - MLflow's AbstractStore
    """MLflow's tracking store on a registry.

    Args:
        store_uri: `gitreg:///path/to/registry` and its like.
        artifact_uri: the default artifact root that `mlflow server` was started with, if any.
    """
    return _load("tracking.store").TrackingStore(store_uri, artifact_uri)


def model_registry_store(store_uri: str, tracking_uri: str | None = None) -> Any:  # noqa: ANN401 - MLflow's AbstractStore
    """MLflow's model registry store on a registry.

    Args:
        store_uri: `gitreg:///path/to/registry` and its like.
        tracking_uri: MLflow's tracking URI, if it is another one.
    """
    return _load("models.store").ModelRegistryStore(store_uri, tracking_uri)


def read_only_app() -> Any:  # noqa: ANN401 - an ASGI application
    """MLflow's application, for looking only: what `gitreg ui` starts."""
    return _load("server").read_only()


def artifact_repository(
    artifact_uri: str,
    tracking_uri: str | None = None,
    registry_uri: str | None = None,
) -> Any:  # noqa: ANN401 - MLflow's ArtifactRepository
    """MLflow's artifact repository on a registry's storage.

    Args:
        artifact_uri: an address that a store of this plugin gave, or the whole registry's.
        tracking_uri: MLflow's tracking URI.
        registry_uri: MLflow's registry URI.
    """
    return _load("artifacts.repository").RegistryArtifactRepository(artifact_uri, tracking_uri, registry_uri)


class RunContext:
    """Tags that MLflow adds to runs of CI jobs; elsewhere none."""

    def in_context(self) -> bool:
        """Whether this process is a CI job."""
        return bool(os.environ.get("CI"))

    def tags(self) -> dict[str, str]:
        """The tags."""
        found: dict[str, str] = _load("run_context").tags(os.environ)
        return found


def _load(module: str) -> Any:  # noqa: ANN401 - a module
    return importlib.import_module(f"gitreg.mlflow_plugin.{module}")
