"""Where the candidates of a term are found by an index, instead of being looked at one by one."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from gitreg.index.language.tree import And, Comparison, Or, Tree
from gitreg.index.query.conditions import (
    Keys,
    attribute,
    compares_numbers,
    data_test,
    is_mlflow_tag,
    value_test,
)
from gitreg.index.query.fragments import NEGATED
from gitreg.index.query.sql import Sql, inside, joined, prefix_of

ROWS = "candidates AS c"
_RANGES = frozenset({"=", "<", "<=", ">", ">=", "in", "is not null"})
_INDEXED = frozenset({"id", "created", "experiment"})


class Source(NamedTuple):
    """A table that holds the numbers of candidates, and which of its rows are meant.

    Args:
        table: for `FROM`, with its alias: `d`, or `c` for candidates themselves.
        where: which rows.
        ranged: whether the rows lie together in an index; else all of a key are read.
        exact: whether all candidates found meet the term, so that it need not be tested again.
        parts: what it is put together of, where it is.
    """

    table: str
    where: Sql
    ranged: bool
    exact: bool = True
    parts: tuple[Source, ...] = ()

    @property
    def n(self) -> str:
        """The candidate's number."""
        return "c.n" if self.is_rows else "d.n"

    @property
    def is_rows(self) -> bool:
        """Whether its rows are those of the candidates themselves."""
        return self.table.startswith(ROWS)

    def numbers(self) -> Sql:
        """As a select of its own."""
        return inside(f"SELECT {self.n} AS n FROM {self.table} WHERE ", self.where, "")


def source(tree: Tree, keys: Keys) -> Source | None:
    """Where the candidates that meet `tree` are found; None when only looking at each would tell."""
    match tree:
        case Comparison():
            return _comparison(tree, keys)
        case Or(terms):
            return _union([source(term, keys) for term in terms])
        case And(terms):
            found = [one for one in (source(term, keys) for term in terms) if one]
            best = min(found, key=lambda one: not one.ranged, default=None)
            return best._replace(exact=False) if best else None
    return None


def estimate(found: Source, connection: sqlite3.Connection, most: int) -> int:
    """How many candidates a source has, counted up to `most`: what is more is `most`."""
    if found.parts:
        total = 0
        for part in found.parts:
            total += estimate(part, connection, most - total)
            if total >= most:
                break
        return min(total, most)
    asked = inside("SELECT count(*) FROM (", found.numbers() + Sql(" LIMIT ?", (most,)))
    return int(connection.execute(asked.text, asked.values).fetchone()[0])


def _union(found: list[Source | None]) -> Source | None:
    parts = tuple(one for one in found if one)
    if len(parts) < len(found):
        return None
    where = inside("c.n IN (", joined((part.numbers() for part in parts), " UNION "))
    exact = all(part.exact for part in parts)
    return Source(ROWS, where, all(part.ranged for part in parts), exact, parts)


def _comparison(comparison: Comparison, keys: Keys) -> Source | None:
    field, operator = comparison.field, comparison.operator
    if operator == "is null" or is_mlflow_tag(field):
        return None
    ranged = _ranged(comparison)
    if field.group == "candidate":
        fits = field.key in _INDEXED and ranged and comparison.value is not None
        return Source(ROWS, attribute(comparison, keys.now), ranged=True) if fits else None
    if field.group == "data":
        fits = field.key == "name" and ranged and comparison.value is not None
        return _union([Source("datasets AS d", data_test(comparison), ranged=True)]) if fits else None
    where = Sql("d.k = ?", (keys.number(field),))
    if comparison.value is not None:
        where += inside(" AND ", value_test(comparison, "d.value"), "")
    return Source(f"{field.group} AS d", where, ranged)


def _ranged(comparison: Comparison) -> bool:
    operator, value = comparison.operator, comparison.value
    if operator in NEGATED:
        return False
    if operator == "like":
        return isinstance(value, str) and bool(prefix_of(value))
    return operator in _RANGES and not (
        compares_numbers(comparison) and comparison.field.group in {"params", "tags"}
    )
