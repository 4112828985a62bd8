"""What a filter says, as a tree of values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Group = Literal["metrics", "params", "tags", "data", "candidate"]
Value = str | float | bool | tuple[str, ...] | tuple[float, ...] | None
"""Text, a number, a truth, a list of one of the first two, or nothing where the operator takes none."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a candidate: `metrics`, `params`, `tags` have free keys, `data` and `candidate` fixed ones."""

    group: Group
    key: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field compared with a value; what a candidate does not have meets no comparison but `is null`.

    Args:
        field: what is compared.
        operator: `=`, `!=`, `<`, `<=`, `>`, `>=`, `like`, `ilike`, `in`, `is null`, or one of the last four with `not`.
        value: what with; for params and tags, text compares text and a number compares numbers.
    """

    field: Field
    operator: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where the other does not; absence included, as there is no third answer."""

    term: Tree


@dataclass(frozen=True, slots=True)
class And:
    """Holds where all do; without terms, everywhere."""

    terms: tuple[Tree, ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """Holds where one does."""

    terms: tuple[Tree, ...]


Tree = And | Or | Not | Comparison
