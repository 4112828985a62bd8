"""Orders of registry searches, as MLflow's SQL store has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from mlflow.exceptions import MlflowException

from gitreg.mlflow_plugin.faults import invalid
from gitreg.mlflow_plugin.models.untyped import search, versions_search

Order = Callable[[list[Any]], None]
_NEWEST_FIRST = ("last_updated_timestamp DESC", "name ASC", "version_number DESC")
_FIELDS = {"version_number": "version"}


def models_order(order_by: Sequence[str] | None) -> Order:
    """The order of registered models: by name, after what is asked for.

    Raises:
        MlflowException: if that is no order, in MLflow's words.
    """
    keys: list[tuple[str, bool]] = []
    for clause in order_by or ():
        key, ascending = search.parse_order_by_for_search_registered_models(clause)
        keys.append(("name" if key == "name" else "last_updated_timestamp", ascending))
    _require_once(keys, order_by)
    return _by([*keys, ("name", True)])


def versions_order(order_by: Sequence[str] | None) -> Order:
    """The order of model versions: by name and number, highest first, after what is asked for.

    Raises:
        MlflowException: if that is no order, in MLflow's words.
    """
    keys: list[tuple[str, bool]] = []
    for clause in order_by or _NEWEST_FIRST:
        _, key, ascending = versions_search.parse_order_by_for_search_model_versions(clause)
        if key not in versions_search.VALID_ORDER_BY_ATTRIBUTE_KEYS:
            valid = versions_search.VALID_ORDER_BY_ATTRIBUTE_KEYS
            raise invalid(f"Invalid order by key '{key}' specified. Valid keys are {valid}")
        keys.append((_FIELDS.get(key, key), ascending))
    _require_once(keys, order_by)
    return _by([*keys, ("name", True), ("version", False)])


def _require_once(keys: Sequence[tuple[str, bool]], order_by: Sequence[str] | None) -> None:
    names = [name for name, _ in keys]
    if len(set(names)) < len(names):
        raise MlflowException(f"`order_by` contains duplicate fields: {list(order_by or ())}")


def _by(keys: Sequence[tuple[str, bool]]) -> Order:
    """Sorts by the last key first, as sorting is stable; what has no value comes before what has."""

    def sort(found: list[Any]) -> None:
        for name, ascending in reversed(keys):
            found.sort(key=partial(_value, name), reverse=not ascending)

    return sort


def _value(name: str, one: object) -> tuple[bool, Any]:
    value = getattr(one, name)
    return value is not None, 0 if value is None else value
