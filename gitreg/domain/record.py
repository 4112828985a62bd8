"""What every record has in common."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, PlainSerializer, WithJsonSchema

from gitreg.domain.names import Key, Name, Text
from gitreg.domain.times import TIME_PATTERN, time_text, utc
from gitreg.domain.words import key, text

EXTRA_DEPTH = 8
SPARSE: Final[dict[str, JsonValue]] = {"x-gitreg-sparse": True}
"""Marks a field that few records have: a file leaves it out where it says nothing."""
MAX_INTEGER = 2**63 - 1


class Value(BaseModel):
    """A frozen part of a record; keys that it does not know are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=True)


class Record(Value):
    """One YAML file of a known kind. Two records are equal when every field is (NaN equals NaN, -0.0 is not 0.0)."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and _same(self.model_dump(), other.model_dump())

    def __hash__(self) -> int:
        return hash(_hashable(self.model_dump()))


def _same(one: object, two: object) -> bool:
    if isinstance(one, float) and isinstance(two, float):
        return repr(one) == repr(two)
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(_same(one[key], two[key]) for key in one)
    if isinstance(one, (list, tuple)) and isinstance(two, (list, tuple)):
        return len(one) == len(two) and all(map(_same, one, two))
    return type(one) is type(two) and bool(one == two)


def _hashable(value: object) -> object:
    """Equal for equal values: neither the order of keys nor NaN's strangeness counts."""
    if isinstance(value, dict):
        return frozenset((key, _hashable(part)) for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(map(_hashable, value))
    return repr(value) if isinstance(value, float) else value


def extra(value: dict[str, Any]) -> dict[str, Any]:
    """A mapping of text for other programs: mappings, lists and text, nested at most eight deep.

    Raises:
        ValueError: naming what is something else; a number would come back from a file as text.
    """
    _check_extra(value, 0)
    return value


def _check_extra(value: object, depth: int) -> None:
    if depth > EXTRA_DEPTH:
        raise ValueError(f"extra is nested deeper than {EXTRA_DEPTH}")
    if isinstance(value, dict):
        for name in value:
            key(name)
    elif isinstance(value, str):
        text(value)
    elif not isinstance(value, list):
        # pydantic reports ValueError, and lets TypeError through
        raise ValueError(f"extra holds text, lists and mappings, not {type(value).__name__}")  # noqa: TRY004
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_extra(part, depth + 1)


Time = Annotated[
    datetime,
    AfterValidator(utc),
    PlainSerializer(time_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": TIME_PATTERN}),
]
Extra = Annotated[
    dict[str, Any],
    AfterValidator(extra),
    Field(description="Room for other programs: any mapping of text; gitreg keeps it as it is."),
]
# What every reader, and a database column, can hold
Integer = Annotated[int, Field(ge=-MAX_INTEGER, le=MAX_INTEGER)]
Count = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
Number = Annotated[int, Field(ge=1, le=MAX_INTEGER)]
Tags = Annotated[dict[Key, Text], Field(description="Words that people attach, as text.")]


class Person(Value):
    """Who did something."""

    name: Name = Field(description="The name, as in a Git identity.")
    email: Name = Field(description="The e-mail address, as in a Git identity.")

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"
