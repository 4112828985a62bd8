"""Candidates by going along an index in the order that is asked for, until a page is full.

Where many candidates meet a filter, the first of them are found after a few steps, and nothing needs sorting but those
that are equal. How few meet it is not known before, so the steps are bounded, and a walk that is too long is given up.
With a value come first, then NaN, then nothing: each is a walk of its own, as far as it is needed.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from gitreg.index.language.tree import Comparison, Field, Tree
from gitreg.index.query.conditions import attribute, value_test
from gitreg.index.query.fragments import NEGATED
from gitreg.index.query.marks import Value
from gitreg.index.query.ordering import Key, after
from gitreg.index.query.plan import Asked, meeting, ordered
from gitreg.index.query.sources import ROWS, Source
from gitreg.index.query.sql import TRUE, Sql, inside, joined

LEAST = 200
COUNTED = 3
"""For each candidate wanted, so many of a source are counted before any walk: a small part of what the walk takes."""
STEPS = 10
"""For each candidate wanted, a first walk takes so many steps: when most candidates meet the filter, that is all."""
PATIENCE = 2
"""A long walk takes so many times the steps that a source may have candidates."""
WALKED = {"created": "c.created", "id": "c.id"}


class Path(NamedTuple):
    """An index to go along.

    Args:
        table: what is walked, with its alias and the name of the index.
        column: what it is ordered by.
        falling: from the greatest on.
        start: which part of it.
        terms: what remains to be tested.
        columns: the order's keys as they stand on this path.
        mark: whether the page begins on this path.
        ordered: whether the path goes in the order that is asked for; else all of it is walked.
    """

    table: str
    column: str
    falling: bool
    start: tuple[Sql, ...]
    terms: tuple[Tree, ...]
    columns: tuple[Key, ...]
    mark: bool = False
    ordered: bool = True


def few(asked: Asked) -> int:
    """How many candidates of a source are few enough to fetch and sort them all.

    Where the share `p` of candidates is met, a walk of a page takes `page / p` steps and a source has `p * size`
    candidates: the two are equal at this number.
    """
    return max(LEAST, math.isqrt((asked.most or 0) * asked.size))


def walk(asked: Asked, steps: int) -> list[Any] | None:
    """The rows, as `plan.rows` gives them; None when no walk leads there, or it takes more than so many steps."""
    if asked.most is None:
        return None
    if not asked.order or asked.order[0].group == "candidate":
        walked = not asked.order or asked.order[0].key in WALKED
        return _along(asked, _row_path(asked), steps) if walked else None
    found: list[Any] = []
    for step in (_with_value, _with_nan, _without):
        rows = step(asked._replace(most=asked.most - len(found)), steps)
        if rows is None:
            return None
        found += rows
        if len(found) >= asked.most:
            break
    return found


def _with_value(asked: Asked, steps: int) -> list[Any] | None:
    """Along the values of the first key."""
    field, first = asked.order[0], asked.columns[0]
    reached, last = _reached(asked)
    if reached > 0:
        return []
    start = [*_key_tests(asked), Sql("d.value IS NOT NULL")]
    if reached == 0:
        start.append(Sql(f"d.value {'<=' if first.falling else '>='} ?", (last,)))
    column = Key(Sql(""), "0", "d.value", first.falling, always=True)
    columns = (column, *asked.columns[1:])
    return _along(
        asked,
        Path(
            _table(field), "d.value", first.falling, tuple(start), _others(asked), columns, mark=reached == 0
        ),
        steps,
    )


def _with_nan(asked: Asked, steps: int) -> list[Any] | None:
    """What is NaN, in the order of the other keys."""
    reached, _ = _reached(asked)
    field = asked.order[0]
    if reached > 1 or field.group != "metrics" or any(_is_value(term) for term in _same(asked)):
        return []
    start = (*_key_tests(asked), Sql("d.value IS NULL"))
    path = Path(
        _table(field),
        "d.n",
        False,
        start,
        _others(asked),
        asked.columns[1:],
        mark=reached == 1,
        ordered=False,
    )
    return _fronted((1, None), _along(asked, path, steps))


def _without(asked: Asked, steps: int) -> list[Any] | None:
    """What has nothing, in the order of the other keys: a walk of its own."""
    if _same(asked):
        return []
    reached, _ = _reached(asked)
    terms = (*asked.terms, Comparison(asked.order[0], "is null"))
    mark = asked.mark if reached == 2 else None
    rest = asked._replace(terms=terms, order=asked.order[1:], columns=asked.columns[1:], mark=mark)
    return _fronted((2, None), walk(rest, steps))


def _row_path(asked: Asked) -> Path:
    """Along the candidates by their time, or by their id."""
    single = asked.experiments is not None and len(asked.experiments) == 1
    field, column, falling, last = Field("candidate", "created"), "c.created", True, None
    if asked.columns:
        field, column, falling = asked.order[0], asked.columns[0].value, asked.columns[0].falling
        _, last = _reached(asked)
    elif asked.mark:
        last = asked.mark[0].created
    index = (
        "candidates_by_id"
        if field.key == "id"
        else "candidates_by_experiment"
        if single
        else "candidates_by_time"
    )
    start = [attribute(term, asked.keys.now) for term in _same(asked, field) if term.value is not None]
    start.append(asked.places() if index == "candidates_by_experiment" else TRUE)
    if asked.mark:
        start.append(Sql(f"{column} {'<=' if falling else '>='} ?", (last,)))
    columns = asked.columns
    table = f"{ROWS} INDEXED BY {index}"
    return Path(table, column, falling, tuple(start), asked.terms, columns, mark=asked.mark is not None)


def _along(asked: Asked, path: Path, steps: int) -> list[Any] | None:
    """The rows of one path; None when it is too long to walk, and its part that is walked has too few."""
    direction, sign = (" DESC", ">=") if path.falling else ("", "<=")
    part = inside(f" FROM {path.table} WHERE ", joined(path.start, " AND "), "")
    end = asked.all(
        Sql(f"SELECT {path.column}")
        + part
        + Sql(f" ORDER BY {path.column}{direction} LIMIT 1 OFFSET {steps}")
    )
    if end and not path.ordered:
        return None
    bounds = path.start
    if end:
        # SQLite goes on to the end of one range, so there must be no other that ends later
        bounds = (*(_loose(test, path) for test in path.start), Sql(f"{path.column} {sign} ?", tuple(end[0])))
    found = meeting(asked, Source(path.table, joined(bounds, " AND "), ranged=True), path.terms)
    behind = [after(path.columns, *asked.mark)] if asked.mark and path.mark else []
    rows = asked.all(ordered(path.columns, found, behind, asked.most))
    return rows if not end or len(rows) >= (asked.most or 0) else None


def _loose(test: Sql, path: Path) -> Sql:
    """The test, and no end of a range (https://www.sqlite.org/optoverview.html#disqualifying_where_clause_terms)."""
    ends = f"{path.column} >" if path.falling else f"{path.column} <"
    return Sql(test.text.replace(ends, f"+{ends}"), test.values)


def _fronted(front: tuple[int, None], rows: list[Any] | None) -> list[Any] | None:
    """Rows with class and value of a key that is the same for all of them."""
    return None if rows is None else [(*row[:4], *front, *row[4:]) for row in rows]


def _reached(asked: Asked) -> tuple[int, Value]:
    """Class and value of the first key where the page begins; -1 when it begins before all."""
    if asked.mark is None:
        return -1, None
    keys = asked.mark[0].keys
    return keys[len(keys) - len(asked.columns)]


def _table(field: Field) -> str:
    return f"{field.group} AS d INDEXED BY {field.group}_by_value"


def _key_tests(asked: Asked) -> list[Sql]:
    """The part of the index that has the first key, and what the filter says of its values."""
    tests = [value_test(term, "d.value") for term in _same(asked) if term.value is not None]
    return [Sql("d.k = ?", (asked.keys.number(asked.order[0]),)), *tests]


def _same(asked: Asked, field: Field | None = None) -> list[Comparison]:
    """What the filter says of the field that is walked along, apart from that it is not there."""
    field = field or asked.order[0]
    terms = [term for term in asked.terms if isinstance(term, Comparison)]
    return [term for term in terms if term.field == field and term.operator != "is null"]


def _others(asked: Asked) -> tuple[Tree, ...]:
    same = _same(asked)
    return tuple(term for term in asked.terms if term not in same)


def _is_value(term: Comparison) -> bool:
    """Whether NaN does not meet it."""
    return term.value is not None and term.operator not in NEGATED
