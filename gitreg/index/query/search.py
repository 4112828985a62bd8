"""Answers to queries. Knows how they are asked of SQLite, nothing of how the index came to be."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from gitreg.errors import UsageError
from gitreg.index.language.reading import parse_filter
from gitreg.index.language.tree import And, Tree
from gitreg.index.query import plan
from gitreg.index.query.conditions import Keys
from gitreg.index.query.hidden import shown
from gitreg.index.query.marks import Mark, mark_of, token_of
from gitreg.index.query.ordering import TABLES, key_of, orders_of
from gitreg.index.query.plan import FURTHER, Asked
from gitreg.index.query.sql import Sql, inside, joined, listed
from gitreg.index.query.values import Column, Page, Query
from gitreg.index.query.walk import COUNTED, LEAST, PATIENCE, STEPS, few, walk

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def search(connection: sqlite3.Connection, query: Query, now: datetime) -> Page:
    """The candidates that meet the query, in order.

    Args:
        connection: an index that is up to date.
        query: what is asked.
        now: what `7d ago` is counted from; a token brings the moment of its first page.

    Raises:
        FilterError: if the filter or the order means nothing.
        UsageError: if the token is not one of this query.
    """
    if query.limit is not None and query.limit < 1:
        raise UsageError(f"a page has at least one candidate, not {query.limit}")
    orders = orders_of(query.order)
    mark = mark_of(query.token, query, len(orders)) if query.token is not None else None
    keys = Keys(connection, EPOCH + timedelta(microseconds=mark.now) if mark else now)
    asked = _asked(query, keys)._replace(
        order=tuple(order.field for order in orders),
        columns=tuple(key_of(order, place, keys) for place, order in enumerate(orders)),
        mark=(mark, _number(connection, mark.experiment)) if mark else None,
        most=None if query.limit is None else query.limit + 1,
    )
    return _page(connection, _rows(asked), query, keys.now)


def count(connection: sqlite3.Connection, query: Query, now: datetime) -> int:
    """How many candidates meet the query, whatever its order, limit and token."""
    asked = _asked(query, Keys(connection, now))
    return plan.number(asked, *plan.any_source(asked))


def distinct_columns(connection: sqlite3.Connection, experiments: Sequence[str] | None) -> list[Column]:
    """The keys that candidates of these experiments have; None means all experiments."""
    among = Sql("")
    if experiments is not None:
        among = Sql(
            " JOIN candidates USING (n) WHERE e IN (SELECT e FROM experiments JOIN json_each(?) ON slug = value)",
            (listed(experiments),),
        )
    each = joined(
        (Sql(f"SELECT k, count(*) AS many FROM {kind}") + among + Sql(" GROUP BY k") for kind in TABLES),
        " UNION ALL ",
    )
    asked = inside("SELECT kind, name, many FROM (", each, ") JOIN keys USING (k) ORDER BY kind, name")
    return [Column(*row) for row in _all(connection, asked)]


def _asked(query: Query, keys: Keys) -> Asked:
    """The query's filter and restrictions, without its order."""
    rows = tuple(shown(keys.connection, query))
    experiments = None if query.experiments is None else _numbers(keys.connection, query.experiments)
    size = keys.connection.execute("SELECT max(n) FROM candidates").fetchone()[0] or 0
    return Asked(keys, tuple(_terms(parse_filter(query.filter))), rows, {}, experiments, size=size)


def _numbers(connection: sqlite3.Connection, slugs: Sequence[str]) -> tuple[int, ...] | None:
    """The numbers of experiments; None where these are all there are, as MLflow's pages ask for."""
    known = Sql("SELECT e FROM experiments JOIN json_each(?) ON slug = value", (listed(slugs),))
    found = {e for (e,) in _all(connection, known)}
    [[all_]] = connection.execute("SELECT count(*) FROM experiments")
    return None if found and len(found) == all_ else tuple(sorted(found))


def _terms(tree: Tree) -> Iterator[Tree]:
    """What must hold, all together."""
    if isinstance(tree, And):
        for term in tree.terms:
            yield from _terms(term)
    else:
        yield tree


def _rows(asked: Asked) -> list[Any]:
    """By the way that is probably the shortest; each way but the last is given up when it turns out to be long."""
    if asked.most is not None:
        little = max(LEAST, min(few(asked), COUNTED * asked.most))
        source = _selective(asked, little, little)
        if source:
            return plan.rows(asked, *source)
        found = walk(asked, STEPS * asked.most)
        if found is not None:
            return found
        source = _selective(asked, FURTHER * few(asked), few(asked))
        if source:
            return plan.rows(asked, *source)
        found = walk(asked, PATIENCE * few(asked))
        if found is not None:
            return found
    return plan.rows(asked, *plan.any_source(asked))


def _selective(asked: Asked, compared: int, fetched: int) -> plan.Found | None:
    """What several sources have in common, or one source, of at most so many candidates."""
    return plan.common_source(asked, compared) or plan.best_source(asked, fetched, ranged_only=True)


def _page(connection: sqlite3.Connection, rows: list[Any], query: Query, now: datetime) -> Page:
    token = None
    if query.limit is not None and len(rows) > query.limit:
        rows = rows[: query.limit]
        _, created, id_, e, *values = rows[-1]
        pairs = tuple(zip(values[::2], values[1::2], strict=True))
        slug = _all(connection, Sql("SELECT slug FROM experiments WHERE e = ?", (e,)))[0][0]
        moment = (now - EPOCH) // timedelta(microseconds=1)
        token = token_of(Mark(moment, pairs, created, id_, slug), query)
    return Page(tuple(row[0] for row in rows), token)


def _number(connection: sqlite3.Connection, slug: str) -> int:
    """The number of an experiment; of one that is gone, one before all."""
    found = _all(connection, Sql("SELECT e FROM experiments WHERE slug = ?", (slug,)))
    return found[0][0] if found else -1


def _all(connection: sqlite3.Connection, asked: Sql) -> list[Any]:
    return connection.execute(asked.text, asked.values).fetchall()
