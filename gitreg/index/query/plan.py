"""One statement from a source, the terms that remain, and an order. The order of the tables is ours, not SQLite's guess."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from gitreg.index.language.tree import Comparison, Field, Tree
from gitreg.index.query.conditions import Keys, condition, is_mlflow_tag, needs_row, value_test
from gitreg.index.query.marks import Mark
from gitreg.index.query.ordering import Key, after, joins, order_by
from gitreg.index.query.sources import ROWS, Source, estimate, source
from gitreg.index.query.sql import TRUE, Sql, inside, joined, listed

PROBES = 8
"""Tables of values that are joined; further ones are asked by EXISTS, as SQLite joins 64 tables at most."""
FIRST, GROWTH = 1000, 4
"""How far the candidates of several sources are counted at first, and how much further each time."""
FURTHER = 10
"""Of so many times as many candidates as one source is fetched with, several are compared."""
COMPARED = 100_000
"""Numbers of a source that are held in memory at most."""
EVERYTHING = Source(ROWS, TRUE, ranged=False)
Found = tuple[Source, tuple[Tree, ...]]
"""A source, and the terms that it answers whole."""
VALUES = frozenset({"metrics", "params", "tags"})


class Asked(NamedTuple):
    """A query, taken apart.

    Args:
        keys: the index and the moment.
        terms: what must hold, all together.
        rows: what else the row `c` must be: not deleted, of some experiments.
        experiments: their numbers; None means all.
        order: the fields of the order's keys.
        columns: the order's keys.
        mark: where the page begins.
        most: how many candidates are wanted; None means all.
        size: about how many candidates there are.
        counts: how many of them sources have, as far as that was found out.
    """

    keys: Keys
    terms: tuple[Tree, ...]
    rows: tuple[Sql, ...]
    counts: dict[Source, int]
    experiments: tuple[int, ...] | None = None
    order: tuple[Field, ...] = ()
    columns: tuple[Key, ...] = ()
    mark: tuple[Mark, int] | None = None
    most: int | None = None
    size: int = 0

    def all(self, asked: Sql) -> list[Any]:
        """The rows of a statement."""
        return self.keys.connection.execute(asked.text, asked.values).fetchall()

    def places(self) -> Sql:
        """The experiments, as a test of the row `c`."""
        if self.experiments is None:
            return TRUE
        if len(self.experiments) == 1:
            return Sql("c.e = ?", self.experiments)
        return Sql("c.e IN (SELECT value FROM json_each(?))", (listed(self.experiments),))


class Meeting(NamedTuple):
    """The candidates that meet some terms, as SQL.

    Args:
        tables: `FROM`.
        where: `WHERE`.
        known: tables that hold the value of a field.
    """

    tables: Sql
    where: Sql
    known: dict[Field, str]


def rows(asked: Asked, first: Source, covered: tuple[Tree, ...] = ()) -> list[Any]:
    """The candidates in order, found from `first`: number, created, id, experiment, then class and value of each key.

    Args:
        asked: the query.
        first: where candidates come from.
        covered: the terms that `first` answers already.
    """
    found = meeting(asked, first, _without(asked.terms, covered))
    in_first = [] if first.is_rows else [term for term in covered if isinstance(term, Comparison)]
    known = found.known | {term.field: "d" for term in in_first}
    columns = tuple(
        _known(key, field, known[field]) if field in known else key
        for field, key in zip(asked.order, asked.columns, strict=True)
    )
    behind = [after(columns, *asked.mark)] if asked.mark else []
    return asked.all(ordered(columns, found, behind, asked.most))


def number(asked: Asked, first: Source, covered: tuple[Tree, ...] = ()) -> int:
    """How many candidates there are, found from `first`."""
    found = meeting(asked, first, _without(asked.terms, covered))
    return int(asked.all(Sql("SELECT count(*)") + found.tables + found.where)[0][0])


def _without(terms: tuple[Tree, ...], covered: tuple[Tree, ...]) -> tuple[Tree, ...]:
    return tuple(term for term in terms if term not in covered)


def _known(key: Key, field: Field, alias: str) -> Key:
    """A key of the order whose value is looked at already."""
    nan = field.group == "metrics"
    class_ = f"CASE WHEN {alias}.value IS NULL THEN 1 ELSE 0 END" if nan else "0"
    return Key(Sql(""), class_, f"{alias}.value", key.falling, always=not nan)


def ordered(columns: tuple[Key, ...], found: Meeting, behind: list[Sql], most: int | None) -> Sql:
    """The whole statement: what is selected, from where, behind which mark, in which order, how much."""
    values = "".join(f", {key.class_}, {key.value}" for key in columns)
    limit = Sql("") if most is None else Sql(" LIMIT ?", (most,))
    where = joined([found.where, *behind], " AND ")
    selected = Sql(f"SELECT c.n, c.created, c.id, c.e{values}") + found.tables + joins(columns)
    return selected + where + Sql(f" ORDER BY {order_by(columns)}") + limit


def meeting(asked: Asked, first: Source, terms: tuple[Tree, ...]) -> Meeting:
    """`FROM` and `WHERE` of the candidates of `first` that meet the terms.

    Tables stand in the order in which SQLite is to go through them, which `CROSS JOIN` forces
    (https://www.sqlite.org/optoverview.html#crossjoin): first the source, then values by primary key, then rows.
    """
    tables = [Sql(f" FROM {first.table}")]
    tests = [first.where]
    known: dict[Field, str] = {}
    for term in terms:
        if isinstance(term, Comparison) and _is_probe(term) and len(tables) <= PROBES:
            alias = f"p{len(tables)}"
            known[term.field] = alias
            tables.append(Sql(f"{term.field.group} AS {alias}"))
            tests.append(_probe(term, alias, first.n, asked.keys))
        else:
            tests.append(condition(term, asked.keys, "c.n" if needs_row(term) else first.n))
    if not first.is_rows:
        tables.append(Sql("candidates AS c"))
        tests.append(Sql(f"c.n = {first.n}"))
    where = inside(" WHERE ", joined([*tests, *asked.rows, asked.places()], " AND "), "")
    return Meeting(joined(tables, " CROSS JOIN "), where, known)


def best_source(asked: Asked, most: int, *, ranged_only: bool = False) -> Found | None:
    """The source with the fewest candidates, if it has less than `most`; and the terms that it answers whole.

    Args:
        asked: the query.
        most: how many candidates are too many.
        ranged_only: leave out those that have to be read whole to be counted.
    """
    found = _sources(asked)
    best: Found | None = None
    worth_reading = most // 5
    for one, term in sorted(found, key=lambda pair: not pair[0].ranged):
        if not one.ranged and (ranged_only or most <= worth_reading):
            break
        count = _count(asked, one, most)
        if count < most:
            best, most = (one, term), count
    return best


def _count(asked: Asked, one: Source, most: int) -> int:
    """How many candidates a source has, up to `most`; one that has to be read whole for that is counted once.

    It is counted as far as the smallest one that is known, of which it can be no better.
    """
    known = asked.counts
    if one not in known:
        bound = most if one.ranged else max(most, min(known.values(), default=asked.size // 2))
        count = estimate(one, asked.keys.connection, bound)
        if one.ranged and count >= bound:
            return most
        known[one] = count
    return min(known[one], most)


def common_source(asked: Asked, most: int) -> Found | None:
    """What sources have in common that have less than `most` candidates each, where that is much less than each has.

    Numbers come in one text and are compared in memory: a tenth of what it costs to look for each in another table.

    Args:
        asked: the query.
        most: how many candidates of a source are too many to read them.
    """
    found = [(one, terms) for one, terms in _sources(asked) if one.ranged and (one.parts or not one.is_rows)]
    if len(found) < 2:
        return None
    most = min(most, COMPARED)
    read = [(_read(asked, one, most), terms) for one, terms in found]
    short = [(numbers, terms) for numbers, terms in read if len(numbers) < most]
    if len(short) < 2:
        return None
    both = set[int].intersection(*(numbers for numbers, _ in short))
    if 2 * len(both) > min(len(numbers) for numbers, _ in short):
        return None
    listing = Sql("c.n IN (SELECT value FROM json_each(?))", (listed(sorted(both)),))
    return Source(ROWS, listing, ranged=True), tuple(term for _, terms in short for term in terms)


def _read(asked: Asked, one: Source, most: int) -> set[int]:
    """The numbers of a source's candidates, up to so many of them."""
    limited = one.numbers() + Sql(" LIMIT ?", (most,))
    [[text]] = asked.all(inside("SELECT json_group_array(n) FROM (", limited))
    numbers = set[int](json.loads(text))
    if len(numbers) < most:
        asked.counts[one] = len(numbers)
    return numbers


def any_source(asked: Asked) -> Found:
    """The best source, however many candidates it has; all candidates when there is none.

    An only source needs no counting: reading it is quicker than looking for its term candidate by candidate. Of several,
    each is counted a little, then further: counting costs no more than a part of what the smallest takes to read.
    """
    found = _sources(asked)
    if len(found) == 1:
        return found[0]
    most = FIRST
    while most < asked.size // 2:
        if best := best_source(asked, most):
            return best
        most *= GROWTH
    return best_source(asked, asked.size // 2) or (EVERYTHING, ())


def _sources(asked: Asked) -> list[Found]:
    """The sources; what the filter says of one value is one source, as `a > 1 and a < 2` is one range."""
    groups: dict[object, list[tuple[Source, Tree]]] = {}
    for place, term in enumerate(asked.terms):
        one = source(term, asked.keys)
        if one:
            name = term.field if isinstance(term, Comparison) and not one.parts else place
            groups.setdefault(name, []).append((one, term))
    found = [_merged(group) for group in groups.values()]
    if asked.experiments is not None:
        found.append((Source(ROWS, asked.places(), ranged=True), ()))
    return found


def _merged(group: list[tuple[Source, Tree]]) -> Found:
    sources = [one for one, _ in group]
    where = joined((one.where for one in sources), " AND ")
    ranged = any(one.ranged for one in sources)
    covered = tuple(term for one, term in group if one.exact)
    return sources[0]._replace(where=where, ranged=ranged), covered


def _is_probe(term: Comparison) -> bool:
    """Whether it is a question of one row in a table of values."""
    return term.field.group in VALUES and term.operator != "is null" and not is_mlflow_tag(term.field)


def _probe(term: Comparison, alias: str, n: str, keys: Keys) -> Sql:
    row = Sql(f"{alias}.n = {n} AND {alias}.k = ?", (keys.number(term.field),))
    return row if term.value is None else row + inside(" AND ", value_test(term, f"{alias}.value"), "")
