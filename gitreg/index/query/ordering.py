"""Orders: what a candidate is ordered by, where a page goes on, and what comes last.

With a value first, then NaN, then nothing, rising or falling, as MLflow's SQLite store orders; then the newest; then by id.
"""

from __future__ import annotations

from typing import NamedTuple

from gitreg.errors import UsageError
from gitreg.index.language.order import Order, parse_order
from gitreg.index.language.tree import Field
from gitreg.index.query.conditions import COLUMNS, INTERNED, MLFLOW_TAGS, Keys, is_mlflow_tag
from gitreg.index.query.marks import Mark
from gitreg.index.query.sql import Sql, inside, joined

MOST = 8
TABLES = ("metrics", "params", "tags")


class Key(NamedTuple):
    """A key of an order, as SQL.

    Args:
        join: what brings the value beside the row `c`; empty for a column of its own.
        class_: 0 for a value, 1 for NaN, 2 for nothing.
        value: what is ordered by.
        falling: greatest first.
        always: whether every candidate has a value, so that the class need not be looked at.
    """

    join: Sql
    class_: str
    value: str
    falling: bool
    always: bool = False

    def terms(self) -> str:
        """For `ORDER BY`."""
        direction = " DESC" if self.falling else ""
        return f"{self.value}{direction}" if self.always else f"{self.class_}, {self.value}{direction}"


def orders_of(words: tuple[str, ...]) -> tuple[Order, ...]:
    """The orders that the words ask for; a field that comes again changes nothing.

    Raises:
        UsageError: if one is none, or they are too many.
    """
    if len(words) > MOST:
        raise UsageError(f"candidates are ordered by at most {MOST} keys, not {len(words)}")
    orders: dict[Field, Order] = {}
    for order in map(parse_order, words):
        field = (
            Field("candidate", MLFLOW_TAGS[order.field.key]) if is_mlflow_tag(order.field) else order.field
        )
        orders.setdefault(field, Order(field, order.falling))
    return tuple(orders.values())


def key_of(order: Order, place: int, keys: Keys) -> Key:
    """An order as SQL; `place` tells its table from those of other keys."""
    field = order.field
    if field.group != "candidate":
        k = keys.number(field)
        table = f"o{place}"
        join = Sql(f" LEFT JOIN {field.group} AS {table} ON {table}.n = c.n AND {table}.k = ?", (k,))
        class_ = f"CASE WHEN {table}.n IS NULL THEN 2 WHEN {table}.value IS NULL THEN 1 ELSE 0 END"
        return Key(join, class_, f"{table}.value", order.falling)
    value = _column(field.key)
    always = field.key in {"id", "created", "experiment", "code.dirty"}
    return Key(Sql(""), f"CASE WHEN {value} IS NULL THEN 2 ELSE 0 END", value, order.falling, always)


def after(keys: tuple[Key, ...], mark: Mark, experiment: int) -> Sql:
    """What comes behind the mark, as a condition.

    It is greater in one key and equal in all before it, one case beside the other: nested, they would be deeper than
    SQLite's parser goes.
    """
    same: list[Sql] = []
    cases: list[Sql] = []
    for key, (class_, value) in zip(keys, mark.keys[len(mark.keys) - len(keys) :], strict=True):
        if not key.always:
            cases.append(joined([*same, Sql(f"{key.class_} > ?", (class_,))], " AND "))
            same.append(Sql(f"{key.class_} = ?", (class_,)))
        cases.append(joined([*same, Sql(f"{key.value} {'<' if key.falling else '>'} ?", (value,))], " AND "))
        same.append(Sql(f"{key.value} IS ?", (value,)))
    for column, sign, last in (("created", "<", mark.created), ("id", ">", mark.id), ("e", ">", experiment)):
        cases.append(joined([*same, Sql(f"c.{column} {sign} ?", (last,))], " AND "))
        same.append(Sql(f"c.{column} = ?", (last,)))
    return inside("(", joined(cases, " OR "))


def order_by(keys: tuple[Key, ...]) -> str:
    """The whole order; no two candidates are equal in it."""
    return ", ".join([*(key.terms() for key in keys), "c.created DESC", "c.id", "c.e"])


def joins(keys: tuple[Key, ...]) -> Sql:
    """What the keys need beside the candidates."""
    return joined((key.join for key in keys), "")


def _column(name: str) -> str:
    if name in INTERNED:
        return f"(SELECT text FROM words WHERE w = c.{INTERNED[name]})"
    if name == "experiment":
        return "(SELECT slug FROM experiments WHERE experiments.e = c.e)"
    if name == "code.dirty":
        return "COALESCE(c.dirty, 0)"
    return "NULLIF(c.notes, '')" if name == "notes" else f"c.{COLUMNS[name]}"
