"""MLflow's checks, entities and parsers that have no types, under names that have: using its own gives its own messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlflow.entities import model_registry
from mlflow.entities.model_registry.model_version_stages import get_canonical_stage
from mlflow.store.artifact.runs_artifact_repo import RunsArtifactRepository
from mlflow.utils.search_utils import SearchModelUtils, SearchModelVersionUtils, SearchUtils
from mlflow.utils.validation import (
    _validate_model_alias_name,
    _validate_model_alias_name_reserved,
    _validate_model_name,
    _validate_model_renaming,
    _validate_model_version,
    _validate_model_version_tag,
    _validate_registered_model_tag,
    _validate_tag_name,
)

entities: Any = model_registry
models_search: Any = SearchModelUtils
versions_search: Any = SearchModelVersionUtils
search: Any = SearchUtils
canonical_stage: Callable[[str], str] = get_canonical_stage
require_model_name: Callable[[str], None] = _validate_model_name
require_new_name: Callable[[str], None] = _validate_model_renaming
require_model_tag: Callable[[str, str | None], None] = _validate_registered_model_tag
require_version_tag: Callable[[str, str | None], None] = _validate_model_version_tag
require_key: Callable[[str], None] = _validate_tag_name
require_alias: Callable[[str], None] = _validate_model_alias_name
require_free_alias: Callable[[str], None] = _validate_model_alias_name_reserved
parse_runs_uri: Callable[[str], tuple[str, str]] = RunsArtifactRepository.parse_runs_uri
_require_number: Callable[[int | str], object] = _validate_model_version


def version_number(version: int | str) -> int:
    """The number of a version.

    Raises:
        MlflowException: if it is none.
    """
    _require_number(version)  # which answers nothing before MLflow 3.16
    return int(version)
