"""Searching logged models: MLflow's own parser reads the filter, and all models of the experiments are looked through.

Answers as MLflow's SQL store does: a metric condition is met by any value of the metric, on one of the named datasets where
there are some; orders go by the latest value; what is absent meets no condition and comes last.
"""

from __future__ import annotations

import importlib
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, Final

from mlflow.entities import LoggedModel as MlflowLoggedModel
from mlflow.entities import Metric
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import NOT_IMPLEMENTED

from gitreg.mlflow_plugin.comparing import bounded
from gitreg.mlflow_plugin.comparing import comparison as compared
from gitreg.mlflow_plugin.faults import invalid

Dataset = Mapping[str, Any]
Order = Mapping[str, Any]
ATTRIBUTES: Final[dict[str, Callable[[MlflowLoggedModel], Any]]] = {
    "model_id": operator.attrgetter("model_id"),
    "experiment_id": operator.attrgetter("experiment_id"),
    "name": operator.attrgetter("name"),
    "artifact_location": operator.attrgetter("artifact_location"),
    "creation_timestamp_ms": operator.attrgetter("creation_timestamp"),
    "last_updated_timestamp_ms": operator.attrgetter("last_updated_timestamp"),
    "model_type": operator.attrgetter("model_type"),
    "source_run_id": operator.attrgetter("source_run_id"),
    "status": lambda model: str(model.status),
    "status_message": operator.attrgetter("status_message"),
}
"""What can be asked for by name: the columns of MLflow's table."""
ALIASES: Final = {
    "creation_time": "creation_timestamp_ms",
    "creation_timestamp": "creation_timestamp_ms",
    "last_updated_time": "last_updated_timestamp_ms",
    "last_updated_timestamp": "last_updated_timestamp_ms",
}
METRICS = "metrics"
_NAMED: Final = re.compile(r"\s*name\s*=\s*'([^']*)'\s*")
"""What MLflow itself asks for when it registers a model of a run, and when it makes one the active one."""


def matching(
    models: Sequence[MlflowLoggedModel], filter_string: str | None, datasets: Sequence[Dataset] | None
) -> list[MlflowLoggedModel]:
    """The models that meet a filter, and that were measured on one of some datasets.

    Raises:
        MlflowException: if the filter means nothing.
    """
    conditions = [_condition(one, datasets or ()) for one in _comparisons(filter_string)]
    asks_for_metrics = any(one.entity.type.value == METRICS for one in _comparisons(filter_string))
    if datasets and not asks_for_metrics:
        conditions.append(lambda model: any(_is_on(one, datasets) for one in model.metrics or ()))
    return [model for model in models if all(condition(model) for condition in conditions)]


def ordered(models: Sequence[MlflowLoggedModel], order_by: Sequence[Order] | None) -> list[MlflowLoggedModel]:
    """The models in order: as asked for, then the newest first.

    Raises:
        MlflowException: if an order means nothing.
    """
    found = sorted(models, key=operator.attrgetter("model_id"))
    found.sort(key=operator.attrgetter("creation_timestamp"), reverse=True)
    for order in reversed(order_by or ()):
        value = _value_of(order)
        with_value = [model for model in found if value(model) is not None]
        without = [model for model in found if value(model) is None]
        with_value.sort(key=value, reverse=not order.get("ascending", True))
        found = with_value + without
    return found


def require_datasets(datasets: Sequence[Dataset] | None) -> None:
    """Refuses a dataset without a name.

    Raises:
        MlflowException: if one has none.
    """
    if datasets and not all(one.get("dataset_name") for one in datasets):
        raise invalid("`dataset_name` in the `datasets` clause must be specified.")


def _comparisons(filter_string: str | None) -> list[Any]:
    """What a filter says, by MLflow's parser, which needs SQLAlchemy: `mlflow-skinny`, without it, asks for names only."""
    if not filter_string:
        return []
    try:
        parser = importlib.import_module("mlflow.utils.search_logged_model_utils")
    except ImportError as error:
        if named := _NAMED.fullmatch(filter_string):
            entity = SimpleNamespace(type=SimpleNamespace(value="attributes"), key="name")
            return [SimpleNamespace(entity=entity, op="=", value=named[1])]
        raise MlflowException(
            "searching logged models by another filter than name = '...' needs the whole of mlflow, not mlflow-skinny",
            NOT_IMPLEMENTED,
        ) from error
    try:
        return list(parser.parse_filter_string(bounded(filter_string)))
    except (ValueError, SyntaxError) as error:
        raise invalid(f"Invalid filter string: {filter_string!r}. {error}") from error


def _condition(comparison: Any, datasets: Sequence[Dataset]) -> Callable[[MlflowLoggedModel], bool]:  # noqa: ANN401 - MLflow's
    kind, key, wanted = comparison.entity.type.value, comparison.entity.key, comparison.value
    holds = compared(comparison.op)
    if kind == METRICS:
        return lambda model: any(
            one.key == key and (not datasets or _is_on(one, datasets)) and holds(one.value, wanted)
            for one in model.metrics or ()
        )
    value = _attribute(key) if kind == "attributes" else _pair(kind, key)

    def is_met(model: MlflowLoggedModel) -> bool:
        found = value(model)
        return found is not None and bool(holds(found, wanted))

    return is_met


def _attribute(key: str) -> Callable[[MlflowLoggedModel], Any]:
    found = ATTRIBUTES.get(ALIASES.get(key, key))
    if found is None:
        raise invalid(f"Invalid attribute key: {key}. Expected one of {sorted({*ATTRIBUTES, *ALIASES})}")
    return found


def _pair(kind: str, key: str) -> Callable[[MlflowLoggedModel], Any]:
    return lambda model: getattr(model, kind).get(key)


def _value_of(order: Order) -> Callable[[MlflowLoggedModel], Any]:
    field = order.get("field_name")
    if not isinstance(field, str):
        raise invalid("`field_name` in the `order_by` clause must be specified.")
    if "." not in field:
        name = ALIASES.get(field, field)
        if name not in ATTRIBUTES:
            raise invalid(f"Invalid order by field name: {field}")
        return ATTRIBUTES[name] if name != "status" else lambda model: model.status.to_int()
    entity, key = field.split(".", 1)
    if entity != METRICS:
        raise invalid(f"Invalid order by field name: {field}. Only metrics are supported.")
    return lambda model: _latest(model, key, order)


def _latest(model: MlflowLoggedModel, key: str, order: Order) -> float | None:
    """The value with the latest time, then the highest step, then the first run by id."""
    chosen = [one for one in model.metrics or () if one.key == key and _fits(one, order)]
    chosen.sort(key=operator.attrgetter("run_id"))
    latest = max(chosen, key=lambda one: (one.timestamp, one.step), default=None)
    return None if latest is None or math.isnan(latest.value) else latest.value


def _is_on(metric: Metric, datasets: Sequence[Dataset]) -> bool:
    return any(_fits(metric, dataset) for dataset in datasets)


def _fits(metric: Metric, dataset: Dataset) -> bool:
    name, digest = dataset.get("dataset_name"), dataset.get("dataset_digest")
    return (not name or metric.dataset_name == name) and (not digest or metric.dataset_digest == digest)
