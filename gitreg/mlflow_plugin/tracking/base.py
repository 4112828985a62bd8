"""What every part of the tracking store starts from: the registry that it is about."""

from __future__ import annotations

from gitreg.mlflow_plugin.addresses import artifact_root
from gitreg.mlflow_plugin.faults import speaking_mlflow
from gitreg.mlflow_plugin.opening import author, opened
from gitreg.store import Author
from gitreg.workflows.registry import Registry


class Base:
    """A store of one registry. It keeps nothing but its address: other processes write to the same registry.

    Args:
        store_uri: the registry's.
        artifact_uri: below which `mlflow server` keeps artifacts; the registry itself when None.

    Raises:
        MlflowException: if the URI means nothing.
    """

    @speaking_mlflow
    def __init__(self, store_uri: str, artifact_uri: str | None = None) -> None:
        super().__init__()
        self.store_uri = store_uri
        self.artifact_root_uri = artifact_root(store_uri, artifact_uri)

    @property
    def _registry(self) -> Registry:
        return opened(self.store_uri)

    def _author(self) -> Author:
        return author(self._registry)
