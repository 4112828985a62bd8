"""Whose registry an address names: a server opens its own, and no other that a client names.

A client may give an experiment any artifact location, and a server that opened what it names would read other folders of its
machine, or connect to any host (as in GHSA-mr9f-g8qf-4w4j of MLflow's own). A process that is no server works for whoever
started it, who may read what they may read.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from gitreg.errors import CredentialsError, GitregError
from gitreg.mlflow_plugin.tracking.elsewhere import KEY, is_agreed
from gitreg.mlflow_plugin.uris import RegistryUri, is_ours
from gitreg.workflows.registry import Registry

_SERVER = "_MLFLOW_SERVER_ARTIFACT_ROOT"
_OWN = (
    "_MLFLOW_SERVER_FILE_STORE",
    "_MLFLOW_SERVER_READ_REPLICA_BACKEND_STORE",
    "_MLFLOW_SERVER_REGISTRY_STORE",
    _SERVER,
    "_MLFLOW_SERVER_ARTIFACT_DESTINATION",
)
"""What `mlflow server` tells its workers (mlflow/server/constants.py)."""


def require_ours(named: RegistryUri) -> None:
    """Refuses, in a server, a registry that it was not started with.

    Raises:
        CredentialsError: naming it.
    """
    if _SERVER not in os.environ:
        return
    own = {_place(os.environ[name]) for name in _OWN if is_ours(os.environ.get(name, ""))}
    if named.place not in own:
        raise CredentialsError(
            f"this server was not started with the registry {named.place}, so it does not open it",
            hint="ask whoever runs the server, or use that registry's own address as the tracking URI",
        )


def require_no_file(registry: Registry, root: str, location: str) -> None:
    """Refuses, in a server of a shared registry, files of its machine that a version is said to be kept in.

    MLflow refuses such a source when a client registers it; here a commit that anybody pushed can name it.

    Raises:
        CredentialsError: naming them.
    """
    is_file = urlsplit(location).scheme in {"", "file"}
    if is_file and _SERVER in os.environ and not is_agreed(registry, root, location):
        raise CredentialsError(
            f"{location[:300]!a} would be files of the server's machine, which this shared registry's records have no say in",
            hint=f"git config --global --add {KEY} <the place, or what it is below>, on that machine",
        )


def _place(uri: str) -> RegistryUri | None:
    try:
        return RegistryUri.parse(uri).place
    except GitregError:
        return None
