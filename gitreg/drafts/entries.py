"""What can be said of a running candidate: the entries of its journal. Values only; their text is lines.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from gitreg.domain.candidate import Curve, DataSource, ModelLink, Status
from gitreg.domain.curves import MetricPoint


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter; the same key may not come with another value."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag; the last value counts."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Untag:
    """A tag is removed; one that is not there is no fault."""

    key: str


@dataclass(frozen=True, slots=True)
class Named:
    """The candidate's name; the last one counts."""

    name: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that was logged: its name in the candidate, and its copy's path in the draft's folder."""

    name: str
    stored: str


@dataclass(frozen=True, slots=True)
class Removal:
    """A file, or a folder with all in it, is no artifact any more; an empty name stands for all that was logged."""

    name: str


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph of the notes."""

    text: str


@dataclass(frozen=True, slots=True)
class Notes:
    """All of the notes: what was noted before is gone."""

    text: str


@dataclass(frozen=True, slots=True)
class Linked:
    """A logged model that the candidate used or made; the last link of a model and role counts."""

    link: ModelLink


@dataclass(frozen=True, slots=True)
class Deletion:
    """When the candidate was deleted; None when it is not any more. The last one counts."""

    time: datetime | None


@dataclass(frozen=True, slots=True)
class Ended:
    """How and when the candidate ended; the last one counts. Nobody may have said when."""

    status: Status
    time: datetime | None


@dataclass(frozen=True, slots=True)
class Runs:
    """The candidate runs, or is scheduled to, whatever was said of its end before; MLflow may say an end even so."""

    status: Literal["running", "scheduled"] = "running"
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """A metric that had a curve when its candidate was reopened: its last point, and the summary.

    The points themselves are in the table of the record that the draft goes on from.
    """

    last: MetricPoint
    curve: Curve


Entry: TypeAlias = (
    Param
    | MetricPoint
    | Tag
    | Untag
    | Named
    | Artifact
    | Removal
    | Note
    | Notes
    | DataSource
    | Linked
    | Deletion
    | Ended
    | Runs
    | Earlier
)


@dataclass(frozen=True, slots=True)
class Unknown:
    """An entry of a kind that only a newer gitreg knows."""

    kind: str
