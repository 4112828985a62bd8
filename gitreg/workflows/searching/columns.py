"""Columns of an answer: what they are called, and what a row of the index has in them. Knows no text of tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import TypeAlias

from gitreg.errors import UsageError
from gitreg.index.language.fields import DATA, UnknownFieldError, field_of
from gitreg.index.language.tree import Field
from gitreg.index.query.values import Column
from gitreg.index.row import Row

Value: TypeAlias = object
"""Text, a number, a moment, a truth, or None where a candidate has nothing."""
Getter: TypeAlias = Callable[[Row], Value]

GROUPS = ("metrics", "params", "tags")
ATTRIBUTES: dict[str, Getter] = {
    "id": attrgetter("id"),
    "experiment": attrgetter("experiment"),
    "name": attrgetter("name"),
    "status": attrgetter("status"),
    "created": attrgetter("created"),
    "finished": attrgetter("finished"),
    "author": attrgetter("author"),
    "user_id": attrgetter("user"),
    "parent": attrgetter("parent"),
    "notes": attrgetter("notes"),
    "code.commit": attrgetter("revision"),
    "code.branch": attrgetter("branch"),
    "code.repository": attrgetter("repository"),
    "code.dirty": attrgetter("dirty"),
    "artifacts.files": attrgetter("files"),
    "artifacts.size": attrgetter("size"),
    "artifacts.manifest": attrgetter("manifest"),
    "deleted": attrgetter("deleted"),
}
HINT = "gitreg list --columns help"
_NAMES = re.compile(r"""(?:[^,`"]|`(?:``|[^`])*`|"(?:""|[^"])*")+""")
_QUOTED = re.compile(r"""`(?:``|[^`])+`|"(?:""|[^"])+\"""", re.VERBOSE)


def columns_of(text: str) -> list[Field]:
    """The columns that `id,name,metrics.auc,params.`a, b`` names, each once.

    Raises:
        UsageError: if there is no such field.
    """
    names = [name.strip() for name in _NAMES.findall(text)]
    return list(dict.fromkeys(column_of(name) for name in names if name))


def column_of(name: str) -> Field:
    """The column of that name; ours and MLflow's names will do.

    Raises:
        UsageError: if there is no such field.
    """
    group, dot, key = name.partition(".")
    try:
        return field_of(group, _bare(key)) if dot and key else field_of(None, _bare(name))
    except UnknownFieldError as error:
        raise UsageError(str(error), hint=HINT) from None


def title_of(field: Field) -> str:
    """What a column is called."""
    return field.key if field.group == "candidate" else f"{field.group}.{field.key}"


def attributes(*names: str) -> list[Field]:
    """Columns of what every candidate may have."""
    return [Field("candidate", name) for name in names]


def data_columns() -> list[Field]:
    """Columns of the data that was used; where there were several sources, they stand behind each other."""
    return [Field("data", name) for name in DATA]


def columns_of_rows(rows: Iterable[Row]) -> list[Column]:
    """Keys of metrics, params and tags that these candidates have, in the order of their names."""
    counts = Counter((group, key) for row in rows for group in GROUPS for key in getattr(row, group))
    return [Column(group, key, count) for (group, key), count in sorted(counts.items())]


def getter(field: Field) -> Getter:
    """What gives a row's value in a column."""
    key = field.key
    if field.group == "metrics":
        return lambda row: row.metrics.get(key)
    if field.group == "params":
        return lambda row: row.params.get(key)
    if field.group == "tags":
        return lambda row: row.tags.get(key)
    if field.group == "data":
        return lambda row: _several(getattr(one, key) for one in row.datasets)
    return ATTRIBUTES[key]


def _several(values: Iterable[str | None]) -> str | None:
    return ", ".join(value for value in values if value) or None


def _bare(name: str) -> str:
    return name[1:-1].replace(name[0] * 2, name[0]) if _QUOTED.fullmatch(name) else name
