"""Experiments: named groups of comparable candidates."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Literal, Self

from pydantic import Field, model_validator

from gitreg.domain.names import Key, Name, Slug, Text
from gitreg.domain.record import SPARSE, Extra, Record, Tags, Time, Value
from gitreg.domain.words import slug_of

DEFAULT_SLUG = "default"


class MetricRule(Value):
    """How a metric is read."""

    goal: Literal["maximize", "minimize"] = Field("maximize", description="Which direction is better.")
    primary: bool = Field(False, description="Whether `EXPERIMENT/best` is decided by this metric.")
    unit: Text = Field("", description="The unit, e.g. 'ms'.")


class Experiment(Record):
    """A named group of comparable candidates."""

    schema_: Literal["gitreg/experiment/v1"] = Field(
        "gitreg/experiment/v1", alias="schema", description="Kind and version of this file."
    )
    slug: Slug = Field(description="The folder's name, fixed at creation.")
    name: Name = Field(description="What people see; may change.")
    number: str = Field(
        pattern=r"^(0|[1-9][0-9]{17})$", description="MLflow's experiment id, made from the slug."
    )
    description: Text = Field("", description="What the experiment is for.")
    metrics: dict[Key, MetricRule] = Field(default={}, description="How metrics are read, by name.")
    tags: Tags = Field(default={})
    deleted: Time | None = Field(None, description="When the experiment was deleted; null while it is not.")
    created: Time | None = Field(
        None,
        json_schema_extra=SPARSE,
        description="When it was made on purpose, UTC; absent where it was not.",
    )
    updated: Time | None = Field(
        None, json_schema_extra=SPARSE, description="When it was last changed, UTC; absent where it was not."
    )
    artifact_location: Text = Field(
        "",
        json_schema_extra=SPARSE,
        description="URI below which MLflow keeps its artifacts instead of the registry's storage.",
    )
    extra: Extra = Field(default={})

    @model_validator(mode="after")
    def _one_primary(self) -> Self:
        if sum(rule.primary for rule in self.metrics.values()) > 1:
            raise ValueError("at most one metric is primary")
        return self

    @classmethod
    def called(cls, name: str) -> Self:
        """The experiment of that name, as it is made automatically: a pure function of the name."""
        slug = slug_of(name)
        return cls(slug=slug, name=name, number=experiment_number(slug))

    @property
    def primary_metric(self) -> str | None:
        """The metric that decides which candidate is best, where one was named, or there is only one."""
        named = [key for key, rule in self.metrics.items() if rule.primary]
        return named[0] if named else next(iter(self.metrics)) if len(self.metrics) == 1 else None


@lru_cache(maxsize=65536)
def experiment_number(slug: str) -> str:
    """MLflow's id of the experiment in folder `slug`: 18 digits from its sha256; the default experiment is '0'."""
    if slug == DEFAULT_SLUG:
        return "0"
    return str(10**17 + int(hashlib.sha256(slug.encode()).hexdigest(), 16) % (9 * 10**17))
