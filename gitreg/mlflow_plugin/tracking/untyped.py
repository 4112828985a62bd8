"""MLflow's checks and parsers that have no types, under names that have: using its own gives its own messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mlflow.entities import Metric, Param, RunTag
from mlflow.utils.mlflow_tags import _get_run_name_from_tags
from mlflow.utils.name_utils import _generate_random_name
from mlflow.utils.search_utils import SearchExperimentsUtils, SearchUtils
from mlflow.utils.uri import append_to_uri_path, resolve_uri_if_local
from mlflow.utils.validation import (
    _validate_batch_log_data,
    _validate_batch_log_limits,
    _validate_experiment_name,
    _validate_experiment_tag,
    _validate_metric,
    _validate_param,
    _validate_param_keys_unique,
    _validate_run_id,
    _validate_tag,
)

search: Any = SearchUtils
experiments_search: Any = SearchExperimentsUtils
below: Callable[..., str] = append_to_uri_path
whole_uri: Callable[[str], str] = resolve_uri_if_local
name_in: Callable[[Sequence[RunTag]], str | None] = _get_run_name_from_tags
made_up_name: Callable[[], str] = _generate_random_name
require_experiment_name: Callable[[str], None] = _validate_experiment_name
require_experiment_tag: Callable[[str, str], None] = _validate_experiment_tag
require_run_id: Callable[[str], None] = _validate_run_id
require_metric: Callable[[str, float, int, int], None] = _validate_metric
checked_param: Callable[[str, str], Param] = _validate_param
checked_tag: Callable[[str, str], RunTag] = _validate_tag
checked_batch: Callable[
    [Sequence[Metric], Sequence[Param], Sequence[RunTag]],
    tuple[Sequence[Metric], Sequence[Param], Sequence[RunTag]],
] = _validate_batch_log_data
require_batch_limits: Callable[[Sequence[Metric], Sequence[Param], Sequence[RunTag]], None] = (
    _validate_batch_log_limits
)
require_different_params: Callable[[Sequence[Param]], None] = _validate_param_keys_unique
