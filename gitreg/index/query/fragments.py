"""Comparisons as SQL: what a value must be, whichever table it is in. Knows columns, nothing of plans."""

from __future__ import annotations

import re
from datetime import datetime

from gitreg.index.language.times import milliseconds, span_of
from gitreg.index.language.tree import Comparison
from gitreg.index.query.sql import Sql, beyond, inside, like_as_glob, listed, prefix_of

NEGATED = {"!=": "=", "not like": "like", "not ilike": "ilike", "not in": "in"}
"""Operators that say the opposite of another, of a value that is there."""
_COMMIT = re.compile("[0-9a-fA-F]{7,40}")  # as git abbreviates; less is too little to name a commit


def text_test(column: str, operator: str, value: object) -> Sql:
    """A condition on a column of text, of which NULL meets nothing."""
    if operator in NEGATED:
        return inside(f"({column} IS NOT NULL AND NOT ", text_test(column, NEGATED[operator], value))
    match operator, value:
        case "=", str():
            return Sql(f"{column} = ?", (value,))
        case "in", tuple():
            return Sql(f"{column} IN (SELECT value FROM json_each(?))", (listed(value),))
        case "like", str():
            return _like(column, value)
        case "ilike", str():
            return Sql(f"{column} LIKE ?", (value,))
    raise AssertionError(operator)


def number_test(column: str, operator: str, value: object) -> Sql:
    """A condition on a column of numbers, of which NULL meets nothing."""
    if operator in {"in", "not in"} and isinstance(value, tuple):
        return Sql(f"{column} {operator} (SELECT value FROM json_each(?))", (listed(value),))
    return Sql(f"{column} {operator} ?", (_number(value),))


def metric_test(column: str, operator: str, value: object) -> Sql:
    """A condition on metrics, where NULL is NaN: it differs from every number, and meets nothing else."""
    test = number_test(column, operator, value)
    return inside(f"({column} IS NULL OR ", test) if operator in {"!=", "not in"} else test


def numeric_text_test(column: str, operator: str, value: object) -> Sql:
    """A condition on text that is compared as a number; text that is none meets nothing.

    A cast on one side makes SQLite look for a number on the other (https://www.sqlite.org/datatype3.html#affinity).
    """
    if operator in {"in", "not in"} and isinstance(value, tuple):
        equal = Sql(
            f"EXISTS (SELECT 1 FROM json_each(?) AS item WHERE {column} = CAST(item.value AS REAL))",
            (listed(value),),
        )
        return equal if operator == "in" else inside(f"({_number_text(column)} AND NOT ", equal)
    test = Sql(f"{column} {operator} CAST(? AS REAL)", (_number(value),))
    return inside(f"({_number_text(column)} AND ", test) if operator in {">", ">=", "!="} else test


def time_test(column: str, operator: str, value: object, now: datetime) -> Sql:
    """A condition on a column of microseconds: text is a time, a number MLflow's milliseconds."""
    if operator in {"in", "not in"} and isinstance(value, tuple):
        spans = "[" + ",".join(str(list(_span(one, now))) for one in value) + "]"
        first, end = (f"json_extract(item.value, '$[{place}]')" for place in (0, 1))
        found = Sql(
            f"EXISTS (SELECT 1 FROM json_each(?) AS item WHERE {column} >= {first} AND {column} < {end})",
            (spans,),
        )
        return found if operator == "in" else inside(f"({column} IS NOT NULL AND NOT ", found)
    if operator == "!=":
        return inside(f"({column} IS NOT NULL AND NOT (", time_test(column, "=", value, now), "))")
    if operator == "=":
        return Sql(f"{column} >= ? AND {column} < ?", _span(value, now))
    return _time_bound(column, operator, value, now)


def commit_test(column: str, comparison: Comparison) -> Sql:
    """A condition on text that is a commit: of seven digits or more, the beginning is enough."""
    operator, value = comparison.operator, comparison.value
    if operator in {"!=", "not in"}:
        return inside(
            f"({column} IS NOT NULL AND NOT ",
            commit_test(column, Comparison(comparison.field, NEGATED[operator], value)),
        )
    if operator not in {"=", "in"}:
        return text_test(column, operator, value)
    texts = [str(one) for one in (value if isinstance(value, tuple) else (value,))]
    whole = text_test(column, "in", tuple(texts))
    begun = [text.lower() for text in texts if _COMMIT.fullmatch(text)]
    if len(begun) == 1 == len(texts):
        return Sql(f"{column} >= ? AND {column} < ?", (begun[0], begun[0] + "g"))  # the letter after f
    return inside(
        "(", whole + Sql(" OR ") + _one_of(begun, f"{column} >= item.value AND {column} < item.value || 'g'")
    )


def author_test(column: str, operator: str, value: object) -> Sql:
    """A condition on `Name <mail>`: either half alone says who it is."""
    if operator not in {"=", "in"}:
        return text_test(column, operator, value)
    people = [str(one) for one in (value if isinstance(value, tuple) else (value,))]
    halves = [pattern for one in people for pattern in (f"{_plain(one)} <*", f"*<{_plain(one)}>")]
    either = _one_of(halves, f"{column} GLOB item.value")
    return inside("(", text_test(column, "in", tuple(people)) + Sql(" OR ") + either)


def _one_of(items: list[str], test: str) -> Sql:
    """Whether one of many texts, as `item.value`, meets a test."""
    return Sql(f"EXISTS (SELECT 1 FROM json_each(?) AS item WHERE {test})", (listed(items),))


def _plain(words: str) -> str:
    """A pattern for `glob` that only the words themselves meet."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in words)


def _like(column: str, pattern: str) -> Sql:
    """`glob`, and the range that its beginning spans, which an index finds."""
    test = Sql(f"{column} GLOB ?", (like_as_glob(pattern),))
    prefix = prefix_of(pattern)
    if not prefix:
        return test
    end = beyond(prefix)
    bounds = Sql(f"{column} >= ? AND ", (prefix,)) + (Sql(f"{column} < ? AND ", (end,)) if end else Sql(""))
    return inside("(", bounds + test)


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError(value)
    return float(value)


def _number_text(column: str) -> str:
    return f"{column} <= CAST(9e999 AS REAL)"


def _span(value: object, now: datetime) -> tuple[int, int]:
    if isinstance(value, str):
        span = span_of(value, now)
        return span.first, span.end
    number = _number(value)
    first = milliseconds(number, up=True)
    return first, first + 1000 if number.is_integer() else first


def _time_bound(column: str, operator: str, value: object, now: datetime) -> Sql:
    if isinstance(value, str):
        return Sql(f"{column} {operator} ?", (span_of(value, now).first,))
    number = _number(value)
    if operator in {"<", ">="}:
        return Sql(f"{column} {operator} ?", (milliseconds(number, up=True),))
    # a moment belongs to the millisecond that it is in
    return Sql(f"{column} {'>=' if operator == '>' else '<'} ?", (milliseconds(number, up=False) + 1000,))
