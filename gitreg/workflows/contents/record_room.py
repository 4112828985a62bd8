"""What of a candidate fits into its record, which has limits (documents/limits.py): nobody's training ends in vain.

What does not fit is left out of the record, and all of it is an artifact beside it, `.gitreg/whole.json`, as `--json` prints
records. The record says so in `extra.left_out`. Points of metrics go first, as the table of points has them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from gitreg.documents.limits import MAX_BYTES, MAX_NODES
from gitreg.documents.records_json import from_json, to_json
from gitreg.documents.writer import write
from gitreg.domain.candidate import ArtifactSummary, Candidate, DataSource
from gitreg.domain.digest import Digest
from gitreg.domain.record import MAX_INTEGER
from gitreg.errors import RecordError

WHOLE = ".gitreg/whole.json"
LEFT_OUT = "left_out"
CUT = "…"
_ANY = ArtifactSummary(files=MAX_INTEGER, size=MAX_INTEGER, manifest=Digest.of(b""))
_FEW = ("columns", "profile", "source")


def fitting(candidate: Candidate) -> tuple[Candidate, bytes | None]:
    """What of a candidate its record can hold, and the whole of it as JSON where that is not all.

    Raises:
        RecordError: if not even little of it fits.
    """
    others = {key: value for key, value in candidate.extra.items() if key != LEFT_OUT}
    whole = candidate.model_copy(update={"extra": others}) if LEFT_OUT in candidate.extra else candidate
    if _is_small(whole) or _fits(whole):
        return whole, None
    left = whole.model_copy(update={"extra": {**others, LEFT_OUT: WHOLE}})
    for step in _STEPS:
        left = left.model_copy(update=step(left))
        if _fits(left):
            break
    return left, json.dumps(to_json(whole), ensure_ascii=False).encode()


def whole_of(content: bytes, place: str) -> Candidate:
    """The candidate that was too large for its record.

    Raises:
        RecordError: if the content is no candidate.
    """
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{WHOLE} is no JSON: {error}", place=place) from error
    return from_json(Candidate, found)


def _is_small(candidate: Candidate) -> bool:
    """Whether it fits by a rough and generous count, which costs less than writing it."""
    nodes = 2 * (len(candidate.params) + len(candidate.tags) + len(candidate.metrics) + len(candidate.points))
    nodes += 8 * len(candidate.curves) + 4 * len(candidate.points) + 40 * len(candidate.data)
    nodes += 8 * len(candidate.models) + len(candidate.code.command)
    pairs = (*candidate.params.items(), *candidate.tags.items())
    texts = [len(key) + len(value) for key, value in pairs]
    texts += [sum(len(getattr(one, name)) for name in _FEW) for one in candidate.data]
    size = sum(texts) + len(candidate.notes) + sum(map(len, candidate.code.command))
    return nodes < MAX_NODES // 2 and size < MAX_BYTES // 16 and not candidate.extra


def _fits(candidate: Candidate) -> bool:
    try:
        write(candidate.model_copy(update={"artifacts": _ANY}))
    except RecordError:
        return False
    return True


def _cut(value: str, most: int) -> str:
    return value if len(value) <= most else value[: most - len(CUT)] + CUT


def _cut_texts(most: int) -> Callable[[Candidate], dict[str, Any]]:
    def step(candidate: Candidate) -> dict[str, Any]:
        return {
            "params": {key: _cut(value, most) for key, value in candidate.params.items()},
            "tags": {key: _cut(value, most) for key, value in candidate.tags.items()},
            "data": [_cut_data(one, most) for one in candidate.data],
            "notes": _cut(candidate.notes, 20 * most),
        }

    return step


def _cut_data(data: DataSource, most: int) -> DataSource:
    """Without what is no use when it is cut: JSON, mostly."""
    return data.model_copy(update={name: "" for name in _FEW if len(getattr(data, name)) > most})


def _first(count: int) -> Callable[[Candidate], dict[str, Any]]:
    def step(candidate: Candidate) -> dict[str, Any]:
        metrics = _some(candidate.metrics, 2 * count)
        code = candidate.code.model_copy(update={"command": candidate.code.command[:count]})
        return {
            "params": _some(candidate.params, count),
            "tags": _some(candidate.tags, count),
            "metrics": metrics,
            "data": candidate.data[: count // 20],
            "models": candidate.models[: count // 5],
            "code": code,
        }

    return step


def _some(values: Mapping[str, Any], count: int) -> dict[str, Any]:
    return dict(islice(values.items(), count))


_STEPS: tuple[Callable[[Candidate], dict[str, Any]], ...] = (
    lambda _: {"points": {}},
    lambda _: {"curves": {}},
    _cut_texts(1000),
    _cut_texts(100),
    _first(1000),
    _first(200),
)
