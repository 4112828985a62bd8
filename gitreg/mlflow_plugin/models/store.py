"""MLflow's model registry store on a registry: the parts, put together; prompts come with MLflow's own base."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlflow.entities.model_registry import ModelVersion
from mlflow.store.model_registry.abstract_store import AbstractStore

from gitreg.mlflow_plugin.absence import NoWebhooks
from gitreg.mlflow_plugin.models.entities import own_tags
from gitreg.mlflow_plugin.models.searching import Searching
from gitreg.mlflow_plugin.models.untyped import entities


class ModelRegistryStore(Searching, NoWebhooks, AbstractStore):
    """Registered models and their versions, as MLflow's client, server and command line ask for them."""

    def copy_model_version(self, src_mv: ModelVersion, dst_name: str) -> ModelVersion:
        """The same version of another model; what this plugin says of the first is not said of the second."""
        plain: Callable[..., Any] = entities.ModelVersion
        tags = [entities.ModelVersionTag(key, value) for key, value in own_tags(src_mv.tags.items()).items()]
        source = plain(
            src_mv.name,
            src_mv.version,
            src_mv.creation_timestamp,
            description=src_mv.description,
            run_id=src_mv.run_id,
            run_link=src_mv.run_link,
            model_id=src_mv.model_id,
            tags=tags,
        )
        copy: Callable[..., ModelVersion] = super().copy_model_version
        return copy(source, dst_name)

    def _await_model_version_creation(self, mv: ModelVersion, await_creation_for: float | None) -> None:
        """Nothing to wait for: a version is there when it has been made."""
