"""What is known of a candidate beside what a list shows: its logged models, and what MLflow says of its data.

One JSON text a candidate, in a table of its own, read only when somebody asks: it may be long. Knows rows and values.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

CHUNK = 500
_OF_DATA = ("kind", "source", "fingerprint", "columns", "profile", "tags")
_FEW_HAVE = frozenset(_OF_DATA)
_ASKED = "SELECT n, document FROM json_each(?) AS asked JOIN extras ON n = asked.value"


class Link(NamedTuple):
    """A logged model that a candidate used or made (`role` is `input` or `output`)."""

    id: str
    role: str
    step: int


class DataExtra(NamedTuple):
    """What few data sources have; the same words as in the record."""

    kind: str = ""
    source: str = ""
    fingerprint: str = ""
    columns: str = ""
    profile: str = ""
    tags: Mapping[str, str] = {}


class Extra(NamedTuple):
    """What is known beside a row.

    Args:
        models: logged models, in the record's order.
        data: beside `Row.datasets`, one for each; empty where no data source has anything.
    """

    models: tuple[Link, ...] = ()
    data: tuple[DataExtra, ...] = ()


NOTHING = Extra()


def document_of(models: Sequence[Mapping[str, Any]], data: Sequence[Mapping[str, Any]]) -> str | None:
    """The text that the index keeps; None where there is nothing to keep.

    Args:
        models: links to logged models, as the values of a candidate hold them.
        data: data sources, as the values of a candidate hold them.
    """
    if not models and all(map(_FEW_HAVE.isdisjoint, data)):
        return None
    links = [[one["id"], one["role"], one.get("step", 0)] for one in models]
    sources = [{key: one[key] for key in _OF_DATA if one.get(key)} for one in data]
    if not links and not any(sources):
        return None
    return json.dumps([links, sources if any(sources) else []], ensure_ascii=False)


def extras(connection: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, Extra]:
    """What is known of candidates beside their rows, by number; those of which nothing is are left out."""
    found: dict[int, Extra] = {}
    for start in range(0, len(numbers), CHUNK):
        asked = json.dumps(list(numbers[start : start + CHUNK]))
        found.update((n, _read(document)) for n, document in connection.execute(_ASKED, (asked,)))
    return found


def _read(document: str) -> Extra:
    links, sources = json.loads(document)
    return Extra(tuple(Link(*one) for one in links), tuple(DataExtra(**one) for one in sources))
