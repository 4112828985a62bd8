"""Short words for tests of MLflow's model registry store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from mlflow.entities.model_registry import ModelVersionTag, RegisteredModelTag
from mlflow.exceptions import MlflowException

from gitreg.mlflow_plugin.models.store import ModelRegistryStore

ELSEWHERE = "s3://bucket/model"


def refusal(call: Callable[..., Any], *args: object, **kwargs: object) -> tuple[str, str]:
    """Code and words of a refusal."""
    with pytest.raises(MlflowException) as refused:
        call(*args, **kwargs)
    return str(refused.value.error_code), refused.value.message


def model_tags(**tags: str) -> list[Any]:
    return [RegisteredModelTag(key, value) for key, value in tags.items()]


def tag(key: str, value: str) -> Any:
    return ModelVersionTag(key, value)


def own(tags: dict[str, str]) -> dict[str, str]:
    """Tags without those that say where a version stands."""
    return {key: value for key, value in tags.items() if not key.startswith("gitreg.")}


def with_versions(store: ModelRegistryStore, name: str = "churn", count: int = 1) -> None:
    """A model with versions that were registered from elsewhere."""
    store.create_registered_model(name)
    for _ in range(count):
        store.create_model_version(name, ELSEWHERE)
