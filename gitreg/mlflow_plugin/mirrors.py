"""Registries of other machines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gitreg.errors import UsageError
from gitreg.mlflow_plugin.uris import RegistryUri
from gitreg.workflows.registry import Registry


def mirror_of(uri: RegistryUri, environ: Mapping[str, str], *, now: datetime) -> Registry:  # noqa: ARG001
    """The mirror of a registry, opened."""
    raise UsageError(f"{uri} cannot be opened yet")
