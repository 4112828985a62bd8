"""Short words for cases about registered models."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from grounds import Place, pause
from mlflow.entities.model_registry import ModelVersion, ModelVersionTag, RegisteredModel, RegisteredModelTag

ELSEWHERE = "s3://bucket/model"
_NUMBERS = count(1)


def unused(name: str = "model") -> str:
    """A name that no other case has."""
    return f"{name} {next(_NUMBERS)}"


def model(
    at: Place, name: str | None = None, tags: Mapping[str, str] | None = None, description: str | None = None
) -> str:
    """A new registered model's name."""
    called = name or unused()
    pause()
    at.models.create_registered_model(
        called, [RegisteredModelTag(*one) for one in (tags or {}).items()], description
    )
    at.known[called] = "a model" if name is None else name
    return called


def version(
    at: Place, name: str, source: str = ELSEWHERE, tags: Mapping[str, str] | None = None, **words: Any
) -> str:
    """A new version's number."""
    pause()
    given = [ModelVersionTag(*one) for one in (tags or {}).items()]
    return str(at.models.create_model_version(name, source, tags=given, **words).version)


def shown(found: RegisteredModel | ModelVersion) -> dict[str, Any]:
    """What a model or a version says of itself, without times."""
    if isinstance(found, RegisteredModel):
        return {
            "name": found.name,
            "description": found.description,
            "tags": found.tags,
            "aliases": found.aliases,
            "latest": sorted((one.version, one.current_stage) for one in found.latest_versions or ()),
        }
    return {
        "name": found.name,
        "version": found.version,
        "description": found.description or None,
        "stage": found.current_stage,
        "source": found.source,
        "run": found.run_id or None,
        "link": found.run_link or None,
        "status": found.status,
        "tags": own(found),
        "aliases": sorted(found.aliases),
    }


def own(found: ModelVersion) -> dict[str, str]:
    """The tags that somebody gave a version; gitreg adds two (known_differences.py)."""
    return {key: value for key, value in found.tags.items() if not key.startswith("gitreg.")}


def aliases(found: RegisteredModel) -> dict[str, str]:
    """What a model's aliases point at: a number in a store, text in a client."""
    return {alias: str(number) for alias, number in found.aliases.items()}


def versions(found: list[ModelVersion]) -> list[tuple[str, str]]:
    """Names and numbers, in their order."""
    return [(one.name, str(one.version)) for one in found]
