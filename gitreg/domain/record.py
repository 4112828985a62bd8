"""What every record has in common."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from gitreg.domain.names import Key, Name, Text

TIME_PATTERN = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$"


class Value(BaseModel):
    """A frozen part of a record; keys that it does not know are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=True)


class Record(Value):
    """One YAML file of a known kind. Two records are equal when every field is (NaN equals NaN)."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and _same(self.model_dump(), other.model_dump())

    def __hash__(self) -> int:
        return hash(self.model_dump_json())


def _same(one: object, two: object) -> bool:
    if isinstance(one, float) and isinstance(two, float):
        return one == two or (math.isnan(one) and math.isnan(two))
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(_same(one[key], two[key]) for key in one)
    if isinstance(one, (list, tuple)) and isinstance(two, (list, tuple)):
        return len(one) == len(two) and all(map(_same, one, two))
    return type(one) is type(two) and bool(one == two)


def utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        ValueError: for a time without a zone: nobody could know which moment it is.
    """
    if moment.tzinfo is None:
        raise ValueError("a time needs a zone: write it in UTC, like '2026-11-22T15:04:05.123456Z'")
    return moment.astimezone(UTC)


def time_text(moment: datetime) -> str:
    """A moment as records write it: UTC with microseconds (RFC 3339)."""
    return utc(moment).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


Time = Annotated[
    datetime,
    AfterValidator(utc),
    PlainSerializer(time_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": TIME_PATTERN}),
]
Extra = Annotated[
    dict[str, Any],
    Field(description="Room for other programs: any mapping of text; gitreg keeps it as it is."),
]
Tags = Annotated[dict[Key, Text], Field(description="Words that people attach, as text.")]


class Person(Value):
    """Who did something."""

    name: Name = Field(description="The name, as in a Git identity.")
    email: Name = Field(description="The e-mail address, as in a Git identity.")

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"
