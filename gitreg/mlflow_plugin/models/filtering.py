"""Filters of registry searches, as MLflow's parsers read them and its SQL store means them.

A clause on a tag holds only of what has the tag; a missing run or source meets no clause; prompts are left out of every
search that does not ask for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlflow.prompt.constants import IS_PROMPT_TAG_KEY

from gitreg.mlflow_plugin.comparing import bounded, comparison
from gitreg.mlflow_plugin.faults import invalid
from gitreg.mlflow_plugin.models.untyped import models_search, versions_search

Clause = Mapping[str, Any]
_TAG_COMPARATORS = ("=", "!=", "LIKE", "ILIKE")
_NAME_COMPARATORS = ("=", "!=", "LIKE", "ILIKE", "IN", "NOT IN")


@dataclass(frozen=True)
class Filter:
    """Clauses that all must hold."""

    clauses: Sequence[Clause]

    @property
    def name(self) -> str | None:
        """The one model that is asked for, if it is one."""
        named = (one["value"] for one in self.clauses if (one["key"], one["comparator"]) == ("name", "="))
        return next(named, None)

    @property
    def asks_for_prompts(self) -> bool:
        """Whether prompts are meant: the first clause on their tag says so."""
        first = next((one for one in self.clauses if _is_of_prompts(one)), None)
        said = (first["comparator"], str(first["value"]).lower()) if first else None
        return said in {("=", "true"), ("!=", "false")}

    def holds(self, said: Mapping[str, object], tags: Mapping[str, str], is_prompt: bool) -> bool:  # noqa: FBT001
        """Whether something meets it.

        Args:
            said: the values that clauses on attributes look at.
            tags: its tags.
            is_prompt: whether it is a prompt, or a version of one.
        """
        if not self.asks_for_prompts and is_prompt:
            return False
        return all(
            _holds(one, tags.get(one["key"]) if one["type"] == "tag" else said[one["key"]])
            for one in self.clauses
            if self.asks_for_prompts or not _is_of_prompts(one)
        )


def model_filter(text: str | None) -> Filter:
    """A filter of registered models.

    Raises:
        MlflowException: if it is none, in MLflow's words.
    """
    clauses = models_search.parse_search_filter(bounded(text))
    for one in clauses:
        _require_type(one)
        if one["type"] == "attribute" and one["key"] != "name":
            raise invalid(f"Invalid attribute name: {one['key']}")
        if one["type"] == "attribute" and one["comparator"] not in _NAME_COMPARATORS:
            raise invalid(f"Invalid comparator for attribute: {one['comparator']}")
    return Filter(clauses)


def version_filter(text: str | None) -> Filter:
    """A filter of model versions.

    Raises:
        MlflowException: if it is none, in MLflow's words.
    """
    return Filter([_of_version(one) for one in versions_search.parse_search_filter(bounded(text))])


def is_prompt(tags: Mapping[str, str]) -> bool:
    """Whether tags say that something is a prompt."""
    return tags.get(IS_PROMPT_TAG_KEY) == "true"


def _of_version(clause: Clause) -> Clause:
    _require_type(clause)
    key, comparator = clause["key"], clause["comparator"]
    if clause["type"] == "tag":
        return clause
    if key not in versions_search.VALID_SEARCH_ATTRIBUTE_KEYS:
        raise invalid(f"Invalid attribute name: {key}")
    if key in versions_search.NUMERIC_ATTRIBUTES:
        if comparator not in versions_search.VALID_NUMERIC_ATTRIBUTE_COMPARATORS:
            raise invalid(f"Invalid comparator for attribute {key}: {comparator}")
        return {**clause, "value": _integer(key, clause["value"])}
    is_of_list = comparator in {"IN", "NOT IN"}
    if comparator not in versions_search.VALID_STRING_ATTRIBUTE_COMPARATORS or (
        is_of_list and key not in {"run_id", "name"}
    ):
        raise invalid(f"Invalid comparator for attribute: {comparator}")
    return clause


def _integer(key: str, value: object) -> int:
    fault = invalid(f"Invalid value for numeric attribute '{key}': {value!r}")
    if isinstance(value, float):
        raise fault
    try:
        return int(str(value))
    except ValueError:
        raise fault from None


def _require_type(clause: Clause) -> None:
    if clause["type"] not in {"attribute", "tag"}:
        raise invalid(f"Invalid token type: {clause['type']}")
    if clause["type"] == "tag" and clause["comparator"] not in _TAG_COMPARATORS:
        raise invalid(f"Invalid comparator for tag: {clause['comparator']}")


def _is_of_prompts(clause: Clause) -> bool:
    return (clause["type"], clause["key"]) == ("tag", IS_PROMPT_TAG_KEY)


def _holds(clause: Clause, value: object) -> bool:
    if value is None:
        return False
    return comparison(clause["comparator"])(value, clause["value"])
