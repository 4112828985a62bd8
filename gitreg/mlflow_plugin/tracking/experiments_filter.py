"""MLflow's filter of experiments, parsed by MLflow, with the comparisons that its SQL store allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlflow.entities import Experiment

from gitreg.mlflow_plugin.comparing import bounded, comparison
from gitreg.mlflow_plugin.faults import invalid
from gitreg.mlflow_plugin.tracking.limits import experiment_number_of
from gitreg.mlflow_plugin.tracking.untyped import experiments_search

_TEXT = frozenset({"=", "!=", "LIKE", "ILIKE"})
_NUMBERS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_IDS = frozenset({"=", "!=", "IN", "NOT IN"})
_WHETHER = frozenset({"IS NULL", "IS NOT NULL"})
Clause = Mapping[str, Any]


def filtered(experiments: Iterable[Experiment], text: str | None) -> list[Experiment]:
    """The experiments that meet a filter.

    Raises:
        MlflowException: if it means nothing.
    """
    clauses = [_checked(clause) for clause in experiments_search.parse_search_filter(bounded(text))]
    return [one for one in experiments if all(_meets(one, clause) for clause in clauses)]


def _checked(clause: Clause) -> Clause:
    kind, key, comparator, value = (
        clause["type"],
        clause["key"],
        clause["comparator"],
        clause["value"],
    )
    if kind == "tag":
        _require(comparator in _TEXT | _WHETHER, f"Invalid comparator for tag: {comparator}")
    elif key == "experiment_id":
        _require(comparator in _IDS, f"Invalid comparator for experiment_id: {comparator}")
        value = (
            tuple(map(experiment_number_of, value))
            if isinstance(value, tuple)
            else experiment_number_of(value)
        )
    elif key in experiments_search.NUMERIC_ATTRIBUTES:
        _require(comparator in _NUMBERS, f"Invalid comparator for numeric attribute: {comparator}")
        value = _whole(key, value)
    else:
        _require(comparator in _TEXT, f"Invalid comparator for string attribute: {comparator}")
    return {"type": kind, "key": key, "comparator": comparator, "value": value}


def _require(is_right: bool, message: str) -> None:  # noqa: FBT001 - the sentence says which
    if not is_right:
        raise invalid(message)


def _whole(key: str, value: object) -> int:
    try:
        return int(str(value))  # a number with a dot is none, and is refused as other text is
    except ValueError as error:
        raise invalid(f"Invalid value for numeric attribute '{key}': {value!r}") from error


def _meets(experiment: Experiment, clause: Clause) -> bool:
    key, comparator = clause["key"], clause["comparator"]
    if clause["type"] == "tag":
        if comparator in _WHETHER:
            return bool((key in experiment.tags) == (comparator == "IS NOT NULL"))
        held = experiment.tags.get(key)
    else:
        held = getattr(experiment, key)
    if held is None:
        return False
    return comparison(comparator)(held, clause["value"])
