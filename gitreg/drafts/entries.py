"""What a journal's lines say: one JSON object a line, its `kind` first. Knows values and text, no files.

Values are checked here by the rules of records, so that nothing is acknowledged which could not be recorded later.
A line feed stands *before* each object: whatever a torn write left can never run together with what is appended
after it, and as no proper beginning of a JSON object is itself JSON, a line is whole exactly when it can be read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias, get_args

from gitreg.domain import words
from gitreg.domain.candidate import DataSource, Status
from gitreg.domain.curves import MetricPoint
from gitreg.domain.times import time_text, utc

RESERVED = ".gitreg/"
STEPS = range(1 - 2**63, 2**63)
"""A step is a 64-bit number, as MLflow's is."""


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
class Artifact:
    """A file that was logged: its name in the candidate, and its copy's path in the draft's folder."""

    name: str
    stored: str


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph of the notes."""

    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How and when the candidate ended; the last one counts."""

    status: Status
    time: datetime


Entry: TypeAlias = Param | MetricPoint | Tag | Artifact | Note | DataSource | Ended


@dataclass(frozen=True, slots=True)
class Unknown:
    """An entry of a kind that only a newer gitreg knows."""

    kind: str


def line(entry: Entry) -> str:
    """The line of an entry, with the line feed before it.

    Raises:
        ValueError: if a value cannot be recorded.
    """
    if isinstance(entry, MetricPoint):
        return _metric_line(entry)
    return "\n" + json.dumps(_object(entry), separators=(",", ":"))


def parse(text: bytes) -> Entry | Unknown | None:
    """What a line says; None for what a torn write left.

    Raises:
        ValueError: if it is whole, and says what no gitreg writes.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    kind = found.get("kind")
    read = _READERS.get(str(kind))
    if read is None:
        return Unknown(str(kind)[:40])
    try:
        return read(found)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a {kind} that is not whole") from error


def artifact_name(name: str) -> str:
    """A name that a logged file may have.

    Raises:
        ValueError: with what is wrong.
    """
    if (words.folded(name) + "/").startswith(RESERVED):
        raise ValueError(f"{RESERVED} is what gitreg itself adds")
    return words.artifact_path(name)


@lru_cache(maxsize=4096)
def _quoted_key(key: str) -> str:
    """A checked key as JSON; remembered, for a training logs the same keys millions of times."""
    return json.dumps(words.key(key))


def _metric_line(point: MetricPoint) -> str:
    """Written by hand: this is the one call that must cost little more than its `write()`."""
    value = point.value
    number = repr(value) if math.isfinite(value) else f'"{_infinite(value)}"'
    step = f',"step":{_step(point.step)}' if point.step is not None else ""
    time = f',"time":"{_time(point.time)}"' if point.time is not None else ""
    return f'\n{{"kind":"metric","key":{_quoted_key(point.key)},"value":{number}{step}{time}}}'


def _time(moment: datetime) -> str:
    """As `time_text`, a microsecond quicker for a moment that is in UTC already."""
    if moment.tzinfo is UTC:
        return moment.isoformat("T", "microseconds")[:-6] + "Z"
    return time_text(moment)


def _infinite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _step(step: int) -> int:
    if step not in STEPS:
        raise ValueError("a step is a 64-bit number")
    return step


def _object(entry: Param | Tag | Artifact | Note | DataSource | Ended) -> dict[str, object]:
    match entry:
        case Param():
            return {"kind": "param", "key": words.key(entry.key), "value": words.text(entry.value)}
        case Tag():
            return {"kind": "tag", "key": words.key(entry.key), "value": words.text(entry.value)}
        case Artifact():
            return {"kind": "artifact", "name": artifact_name(entry.name), "stored": entry.stored}
        case Note():
            return {"kind": "note", "text": words.text(entry.text)}
        case DataSource():
            return {"kind": "data", **entry.model_dump(mode="json")}
        case Ended():
            return {"kind": "status", "status": entry.status, "time": time_text(entry.time)}


def _read_metric(found: dict[str, Any]) -> MetricPoint:
    step, time, value = found.get("step"), found.get("time"), found["value"]
    if not isinstance(step, int | None) or isinstance(value, bool):
        raise TypeError
    return MetricPoint(
        words.key(found["key"]),
        float(value),
        None if step is None else _step(step),
        None if time is None else utc(datetime.fromisoformat(time)),
    )


def _read_artifact(found: dict[str, Any]) -> Artifact:
    return Artifact(artifact_name(found["name"]), words.artifact_path(found["stored"]))


def _read_data(found: dict[str, Any]) -> DataSource:
    return DataSource.model_validate({name: value for name, value in found.items() if name != "kind"})


def _read_ended(found: dict[str, Any]) -> Ended:
    if found["status"] not in get_args(Status):
        raise ValueError("a status that is none")
    return Ended(found["status"], utc(datetime.fromisoformat(found["time"])))


_READERS: dict[str, Callable[[dict[str, Any]], Entry]] = {
    "metric": _read_metric,
    "param": lambda found: Param(words.key(found["key"]), words.text(found["value"])),
    "tag": lambda found: Tag(words.key(found["key"]), words.text(found["value"])),
    "artifact": _read_artifact,
    "note": lambda found: Note(words.text(found["text"])),
    "data": _read_data,
    "status": _read_ended,
}
