"""The text of a journal's entries: one JSON object a line, its `kind` first. Knows values and text, no files.

Values are checked here by the rules of records, so that nothing is acknowledged which could not be recorded later.
A line feed stands *before* each object: whatever a torn write left can never run together with what is appended
after it, and as no proper beginning of a JSON object is itself JSON, a line is whole exactly when it can be read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from gitreg.domain import words
from gitreg.domain.candidate import Curve, DataSource, ModelLink, Status
from gitreg.domain.curves import MetricPoint
from gitreg.domain.times import time_text, utc
from gitreg.drafts.entries import (
    Artifact,
    Deletion,
    Earlier,
    Ended,
    Entry,
    Linked,
    Named,
    Note,
    Notes,
    Param,
    Removal,
    Runs,
    Tag,
    Unknown,
    Untag,
)
from gitreg.errors import RecordError

RESERVED = ".gitreg/"
STEPS = range(1 - 2**63, 2**63)
"""A step is a 64-bit number, as MLflow's is."""
_DATA_KEYS = {"kind": "sort"}
"""A line's own kind has that key already."""


def line(entry: Entry) -> str:
    """The line of an entry, with the line feed before it.

    Raises:
        ValueError: if a value cannot be recorded.
    """
    if isinstance(entry, MetricPoint):
        return _metric_line("metric", entry, "")
    if isinstance(entry, Earlier):
        curve = entry.curve
        summary = f',"points":{curve.points:d},"min":{_number(curve.min)},"max":{_number(curve.max)}'
        return _metric_line("earlier", entry.last, summary)
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


def entry_of(text: bytes, journal: Path, number: int = 1) -> Entry | Unknown | None:
    """What a journal's line says, as `parse`.

    Raises:
        RecordError: if it is whole, and says what no gitreg writes.
    """
    try:
        return parse(text)
    except ValueError as error:
        raise RecordError(f"not an entry of a draft: {error}", place=f"{journal}:{number}:1") from error


def metric_start(key: str) -> bytes:
    """How every line of a metric's points begins."""
    return f'{{"kind":"metric","key":{json.dumps(key)},'.encode()


def artifact_name(name: str) -> str:
    """A name that a logged file may have.

    Raises:
        ValueError: with what is wrong.
    """
    if (words.folded(name) + "/").startswith(RESERVED):
        raise ValueError(f"{RESERVED} is what gitreg itself adds")
    return words.artifact_path(name)


def is_removed(name: str, removed: str) -> bool:
    """Whether a removal is of the file of that name, or of what it lies in; never of what gitreg itself added."""
    is_below = not removed or name == removed or name.startswith(removed + "/")
    return is_below and not name.startswith(RESERVED)


@lru_cache(maxsize=4096)
def _key(key: str) -> str:
    """A checked key; remembered, for a training logs the same keys millions of times."""
    return words.key(key)


@lru_cache(maxsize=4096)
def _quoted_key(key: str) -> str:
    """A checked key as JSON."""
    return json.dumps(words.key(key))


def _metric_line(kind: str, point: MetricPoint, more: str) -> str:
    """Written by hand: this is the one call that must cost little more than its `write()`."""
    step = f',"step":{_step(point.step)}' if point.step is not None else ""
    time = f',"time":"{_time(point.time)}"' if point.time is not None else ""
    if point.model is not None or point.data is not None:
        more += _measured(point.model, point.data)
    return f'\n{{"kind":"{kind}","key":{_quoted_key(point.key)},"value":{_number(point.value)}{step}{time}{more}}}'


@lru_cache(maxsize=4096)
def _measured(model: str | None, data: tuple[str, str] | None) -> str:
    """What a point was measured of, and on."""
    of = f',"model":"{words.candidate_id(model)}"' if model is not None else ""
    on = f',"data":{json.dumps([words.text(data[0]), words.text(data[1])])}' if data is not None else ""
    return of + on


def _time(moment: datetime) -> str:
    """As `time_text`, a microsecond quicker for a moment that is in UTC already."""
    if moment.tzinfo is UTC:
        return moment.isoformat("T", "microseconds")[:-6] + "Z"
    return time_text(moment)


def _time_or_null(moment: datetime | None) -> str | None:
    return None if moment is None else time_text(moment)


def _number(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return '"NaN"' if math.isnan(value) else '"Infinity"' if value > 0 else '"-Infinity"'


def _step(step: int) -> int:
    if step not in STEPS:
        raise ValueError("a step is a 64-bit number")
    return step


def _object(entry: object) -> dict[str, object]:
    match entry:
        case Param(key, value) | Tag(key, value):
            kind = "param" if isinstance(entry, Param) else "tag"
            return {"kind": kind, "key": _key(key), "value": words.text(value)}
        case Untag():
            return {"kind": "untag", "key": _key(entry.key)}
        case Artifact():
            return {"kind": "artifact", "name": artifact_name(entry.name), "stored": entry.stored}
        case Removal():
            return {"kind": "removal", "name": _removed(entry.name)}
        case DataSource():
            said = entry.model_dump(mode="json", exclude_defaults=True)
            return {"kind": "data", **{_DATA_KEYS.get(key, key): value for key, value in said.items()}}
        case Linked():
            return {"kind": "link", **entry.link.model_dump(mode="json")}
    return _words(entry)


def _words(entry: object) -> dict[str, object]:
    match entry:
        case Named():
            return {"kind": "name", "name": words.display_name(entry.name)}
        case Note():
            return {"kind": "note", "text": words.text(entry.text)}
        case Notes():
            return {"kind": "notes", "text": words.text(entry.text)}
        case Deletion():
            return {"kind": "deletion", "time": _time_or_null(entry.time)}
        case Ended():
            return {"kind": "status", "status": entry.status, "time": _time_or_null(entry.time)}
        case Runs():
            until = {"until": time_text(entry.until)} if entry.until else {}
            return {"kind": "runs", "status": entry.status, **until}
    raise TypeError(f"{type(entry).__name__} is no entry of a draft")


def _read_metric(found: dict[str, Any]) -> MetricPoint:
    step, value, model, data = found.get("step"), found["value"], found.get("model"), found.get("data")
    if not isinstance(step, int | None) or isinstance(value, bool):
        raise TypeError
    return MetricPoint(
        _key(found["key"]),
        float(value),
        None if step is None else _step(step),
        _read_time(found.get("time")),
        None if model is None else words.candidate_id(model),
        None if data is None else _read_measured(data),
    )


def _read_measured(data: list[Any]) -> tuple[str, str]:
    name, fingerprint = data
    return words.text(name), words.text(fingerprint)


def _read_earlier(found: dict[str, Any]) -> Earlier:
    curve = Curve(points=found["points"], min=float(found["min"]), max=float(found["max"]))
    return Earlier(_read_metric(found), curve)


def _read_time(text: str | None) -> datetime | None:
    return None if text is None else utc(datetime.fromisoformat(text))


def _removed(name: str) -> str:
    return artifact_name(name) if name else ""


def _read_artifact(found: dict[str, Any]) -> Artifact:
    return Artifact(artifact_name(found["name"]), words.artifact_path(found["stored"]))


def _fields(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "kind"}


def _read_data(found: dict[str, Any]) -> DataSource:
    fields = _fields(found)
    return DataSource.model_validate(
        {**{key: fields.pop(said) for key, said in _DATA_KEYS.items() if said in fields}, **fields}
    )


def _read_ended(found: dict[str, Any]) -> Ended:
    if found["status"] not in get_args(Status):
        raise ValueError("a status that is none")
    return Ended(found["status"], _read_time(found["time"]))


def _read_runs(found: dict[str, Any]) -> Runs:
    if found["status"] not in {"running", "scheduled"}:
        raise ValueError("a status that is none")
    return Runs(found["status"], _read_time(found.get("until")))


_READERS: dict[str, Callable[[dict[str, Any]], Entry]] = {
    "metric": _read_metric,
    "earlier": _read_earlier,
    "param": lambda found: Param(_key(found["key"]), words.text(found["value"])),
    "tag": lambda found: Tag(_key(found["key"]), words.text(found["value"])),
    "untag": lambda found: Untag(_key(found["key"])),
    "name": lambda found: Named(words.display_name(found["name"])),
    "artifact": _read_artifact,
    "removal": lambda found: Removal(_removed(found["name"])),
    "note": lambda found: Note(words.text(found["text"])),
    "notes": lambda found: Notes(words.text(found["text"])),
    "data": _read_data,
    "link": lambda found: Linked(ModelLink.model_validate(_fields(found))),
    "deletion": lambda found: Deletion(_read_time(found["time"])),
    "status": _read_ended,
    "runs": _read_runs,
}
