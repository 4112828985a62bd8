"""A candidate's file as JSON, without making a record of it first: what `records_json` says of the record.

A text as gitreg writes it holds every key in order, so its values are the record's. Any other text is read strictly, by
readers of weight that are loaded by name only then (docs/adr/0005-lazy-names.md). Knows text; nothing of files.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

from gitreg.documents import canonical
from gitreg.domain.times import time_text

JsonObject: TypeAlias = dict[str, Any]


def candidate_json(content: bytes, path: str) -> JsonObject:
    """The candidate as JSON: the same keys in the same order as in its file.

    Args:
        content: the file's bytes.
        path: the file's path, for messages.

    Raises:
        RecordError: with the place of the first fault, if the text is no candidate.
    """
    values = canonical.candidate(content)
    if values is None:
        return _strictly(content, path)
    return {key: _json(value) for key, value in values.items()}


def _strictly(content: bytes, path: str) -> JsonObject:
    record = importlib.import_module("gitreg.documents.reader").read_any(content, path)
    found: JsonObject = importlib.import_module("gitreg.documents.records_json").to_json(record)
    return found


def _json(value: object) -> object:
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return (
            value
            if math.isfinite(value)
            else "NaN"
            if math.isnan(value)
            else "Infinity"
            if value > 0
            else "-Infinity"
        )
    if isinstance(value, Mapping):
        return {key: _json(part) for key, part in value.items()}
    return _written(value)


def _written(value: object) -> object:
    if isinstance(value, datetime):
        return time_text(value)
    return [_json(part) for part in value] if isinstance(value, (list, tuple)) else value
