"""Conditions on candidates: the first words of the filter language (MLflow's `search_runs` grammar)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gitreg.domain.candidate import Candidate
from gitreg.domain.times import time_text

MAX_LENGTH = 10_000
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
CONDITION = re.compile(
    r"""\s*(?P<group>metrics|params|tags)\.(?:`(?P<quoted>[^`]+)`|"(?P<double>[^"]+)"|(?P<plain>[\w./-]+))
      | \s*(?P<attribute>[a-z_.]+)""",
    re.VERBOSE,
)
COMPARISON = re.compile(r"""\s*(>=|<=|!=|=|>|<)\s*(?:'([^']*)'|"([^"]*)"|([^\s'"]+))\s*""")
AND = re.compile(r"and\s+", re.IGNORECASE)
ATTRIBUTES: dict[str, Callable[[Candidate], str | None]] = {
    "id": lambda candidate: candidate.id,
    "experiment": lambda candidate: candidate.experiment,
    "name": lambda candidate: candidate.name,
    "status": lambda candidate: candidate.status,
    "created": lambda candidate: time_text(candidate.created),
    "finished": lambda candidate: time_text(candidate.finished) if candidate.finished else None,
    "author": lambda candidate: str(candidate.author),
    "notes": lambda candidate: candidate.notes,
    "code.commit": lambda candidate: candidate.code.commit,
    "code.branch": lambda candidate: candidate.code.branch,
    "code.dirty": lambda candidate: "true" if candidate.code.dirty else "false",
    "artifacts.manifest": lambda candidate: (
        str(candidate.artifacts.manifest) if candidate.artifacts else None
    ),
}


@dataclass(frozen=True)
class Condition:
    """A field compared with a value; a candidate without the field never meets it.

    Params and tags are text; compared with a bare number, they are compared as numbers.
    """

    field: str
    operator: str
    value: str | float

    def holds(self, candidate: Candidate) -> bool:
        """Whether the candidate meets it."""
        mine = value_of(candidate, self.field)
        if mine is None:
            return False
        if isinstance(self.value, float) and isinstance(mine, str):
            try:
                mine = float(mine)
            except ValueError:
                return False
        return OPERATORS[self.operator](mine, self.value)


def value_of(candidate: Candidate, field: str) -> str | float | None:
    """What a candidate has in a field: text, or a number for a metric; None where it has nothing.

    Raises:
        ValueError: if there is no such field.
    """
    group, _, key = field.partition(".")
    if group == "metrics" and key:
        return candidate.metrics.get(key)
    if group in {"params", "tags"} and key:
        return (candidate.params if group == "params" else candidate.tags).get(key)
    if field not in ATTRIBUTES:
        raise ValueError(
            f"no such field; there are metrics.NAME, params.NAME, tags.NAME, {', '.join(ATTRIBUTES)}"
        )
    return ATTRIBUTES[field](candidate)


def parse_conditions(text: str) -> tuple[Condition, ...]:
    """The conditions that `text` joins by `and`, e.g. `metrics.auc > 0.9 and params.lr = '0.1'`.

    Raises:
        ValueError: with the place, as a character's number from 1 on.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"a filter has at most {MAX_LENGTH} characters")
    found: list[Condition] = []
    at = 0
    while text[at:].strip():
        if found:
            joint = AND.match(text, at)
            if joint is None:
                raise ValueError(f"at character {at + 1}: expected 'and'")
            at = joint.end()
        condition, at = _condition(text, at)
        found.append(condition)
    return tuple(found)


def _condition(text: str, at: int) -> tuple[Condition, int]:
    named = CONDITION.match(text, at)
    if named is None:
        raise ValueError(
            f"at character {at + 1}: expected a field like metrics.auc, params.lr, tags.team or status"
        )
    field = named["attribute"] or f"{named['group']}.{named['quoted'] or named['double'] or named['plain']}"
    if named["attribute"] and field not in ATTRIBUTES:
        raise ValueError(
            f"at character {named.start('attribute') + 1}: no field {field!r}; there are {', '.join(ATTRIBUTES)}"
        )
    compared = COMPARISON.match(text, named.end())
    if compared is None:
        raise ValueError(f"at character {named.end() + 1}: expected a comparison like > 0.9 or = 'text'")
    sign, single, double, bare = compared.groups()
    quoted = single if single is not None else double
    value: str | float = quoted if quoted is not None else _number(bare, compared.start(4))
    if named["group"] == "metrics" and not isinstance(value, float):
        raise ValueError(f"at character {compared.start(1) + 1}: a metric is compared with a number")
    return Condition(field, sign, value), compared.end()


def _number(text: str, at: int) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(
            f"at character {at + 1}: {text[:40]!r} is no number; text is written in quotes"
        ) from None
