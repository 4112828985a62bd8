"""What a source of MLflow's holds, as plain values: MLflow's words, nothing checked or made to fit yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = (datetime(9999, 12, 31, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
ENDED = {"FINISHED": "finished", "FAILED": "failed", "KILLED": "killed"}
"""MLflow's words for how a run ended, and ours."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that a source holds and that cannot be read: what, and why."""

    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


@dataclass(frozen=True, slots=True)
class SourceExperiment:
    """An experiment; `key` is the source's own word for its place."""

    id: str
    name: str
    tags: Mapping[str, str] = field(default_factory=dict)
    created: datetime | None = None
    updated: datetime | None = None
    deleted: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class SourceData:
    """A dataset that a run read."""

    name: str
    digest: str = ""
    kind: str = ""
    source: str = ""
    columns: str = ""
    profile: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceLink:
    """A logged model that a run read or made."""

    model: str
    role: Literal["input", "output"]
    step: int = 0


@dataclass(frozen=True, slots=True)
class SourceRun:
    """A run without its points and artifacts, which the source gives when asked.

    `measured` is the source's own word for the state of all its metrics, which costs little to tell.
    """

    id: str
    experiment: str
    name: str = ""
    status: str = "FINISHED"
    started: datetime | None = None
    ended: datetime | None = None
    deleted: bool = False
    deleted_at: datetime | None = None
    user: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    data: tuple[SourceData, ...] = ()
    links: tuple[SourceLink, ...] = ()
    measured: str = ""
    address: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class SourceMeasure:
    """A value of a metric of a logged model."""

    key: str
    value: float
    step: int
    time: datetime
    run: str
    data: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class SourceLoggedModel:
    """A logged model of MLflow 3."""

    id: str
    experiment: str
    name: str
    kind: str = ""
    status: str = "READY"
    message: str = ""
    created: datetime | None = None
    updated: datetime | None = None
    deleted: bool = False
    run: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[SourceMeasure, ...] = ()
    address: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class SourceVersion:
    """A version of a registered model."""

    number: int
    description: str = ""
    created: datetime | None = None
    updated: datetime | None = None
    stage: str = ""
    source: str = ""
    address: str = ""
    run: str = ""
    run_link: str = ""
    logged_model: str = ""
    status: str = "READY"
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceModel:
    """A registered model with its versions."""

    name: str
    description: str = ""
    created: datetime | None = None
    updated: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, int] = field(default_factory=dict)
    versions: tuple[SourceVersion, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


def moment(milliseconds: int | None) -> datetime | None:
    """The time that MLflow counts in milliseconds since 1970; what no calendar has becomes its first or last day."""
    if milliseconds is None:
        return None
    return EPOCH + timedelta(milliseconds=max(0, min(milliseconds, _LAST)))
