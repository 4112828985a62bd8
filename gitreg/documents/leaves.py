"""A record taken apart into the smallest values that are changed on their own, and put together again.

A tag, a param, the goal of a metric and the notes are each a leaf; what a program recorded in one piece (code, data, a
curve) is one leaf too, and so is each link to a logged model, and each value that was measured of one. Every leaf is text; what
is no text in the record is JSON. Knows nothing of changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from gitreg.documents.edit import KeyPath
from gitreg.documents.records_json import JsonValue, to_json
from gitreg.domain.candidate import Candidate
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel

Leafy: TypeAlias = Candidate | Experiment | LoggedModel
"""Records of which many people change small parts."""
CONFLICTS = ("extra", "conflicts")
"""No leaf: what is there is about leaves (conflicts.py)."""
PRIMARY = ("primary",)
"""The name of the metric that is primary: one leaf, because only one can be."""

_BY_KEY = frozenset({"params", "metrics", "points", "curves", "tags", "extra"})
_JSON = frozenset({"author", "code", "data", "environment", "ci", "artifacts", "points", "curves"})
_OF_METRICS = ("points", "curves")
_LISTED = {"metrics": ("time", "step", "key"), "models": ("step", "role", "id")}
"""Lists of which each item is a leaf, called by what it says: two sides that added to one both stay. What orders the items."""
_ITEMS = {f"{field}[]": field for field in _LISTED}


def leaves_of(record: Leafy) -> dict[KeyPath, str]:
    """Every leaf that is there; null is none."""
    values = _rules(record) if isinstance(record, Experiment) else _values(record)
    return {keys: _text(value) for keys, value in values if value is not None and keys != CONFLICTS}


def put_together(leaves: Mapping[KeyPath, str]) -> dict[str, Any]:
    """The JSON of the record that these leaves are; what is not among them has its default."""
    whole: dict[str, Any] = {}
    for keys, text in leaves.items():
        if keys != PRIMARY and keys[0] not in _ITEMS:
            _put(whole, keys, _value(keys, text))
    metrics = whole.get("metrics", {})
    if (primary := leaves.get(PRIMARY)) in metrics:
        metrics[primary]["primary"] = True
    for field in _OF_METRICS:
        if field in whole:
            whole[field] = {key: value for key, value in whole[field].items() if key in metrics}
    return whole | _lists(leaves)


def _lists(leaves: Mapping[KeyPath, str]) -> dict[str, Any]:
    """The lists of which each item is a leaf, in an order that nobody's side decides."""
    found: dict[str, list[Any]] = {}
    for keys in leaves:
        if keys[0] in _ITEMS:
            found.setdefault(_ITEMS[keys[0]], []).append(json.loads(keys[1]))
    return {
        field: sorted(items, key=lambda item: ([item[name] for name in _LISTED[field]], _text(item)))
        for field, items in found.items()
    }


def _values(record: Leafy) -> Iterator[tuple[KeyPath, JsonValue]]:
    for field, value in to_json(record).items():
        if field in _BY_KEY and isinstance(value, dict):
            yield from (((field, key), part) for key, part in value.items())
        elif field in _LISTED and isinstance(value, list):
            yield from (((f"{field}[]", _text(item)), item) for item in value)
        else:
            yield (field,), value


def _rules(experiment: Experiment) -> Iterator[tuple[KeyPath, JsonValue]]:
    yield from ((keys, value) for keys, value in _values(experiment) if keys[0] != "metrics")
    for key, rule in experiment.metrics.items():
        yield ("metrics", key, "goal"), rule.goal
        yield ("metrics", key, "unit"), rule.unit
        if rule.primary:
            yield PRIMARY, key


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _value(keys: KeyPath, text: str) -> JsonValue:
    """What a leaf was before it was text; a field that holds text is never taken for JSON."""
    is_number = keys[0] == "metrics" and len(keys) == 2
    if not (is_number or keys[0] in _JSON or (keys[0] == "extra" and text.startswith(("{", "[")))):
        return text
    try:
        value: JsonValue = json.loads(text)
    except ValueError:
        return text
    return value


def _put(whole: dict[str, Any], keys: KeyPath, value: JsonValue) -> None:
    for key in keys[:-1]:
        whole = whole.setdefault(key, {})
    whole[keys[-1]] = value
