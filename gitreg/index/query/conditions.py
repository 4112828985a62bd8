"""A tree as one condition on a candidate's row, with probes by primary key into the tables of values."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime

from gitreg.index.language.fields import kind_of
from gitreg.index.language.tree import And, Comparison, Field, Not, Or, Tree
from gitreg.index.query import fragments
from gitreg.index.query.sql import FALSE, TRUE, Sql, inside, joined

INTERNED = {
    "author": "author",
    "user_id": "user",
    "code.commit": "revision",
    "code.branch": "branch",
    "code.repository": "repository",
}
"""Columns that hold the number of a word."""
COLUMNS = {
    "id": "id",
    "name": "name",
    "status": "status",
    "created": "created",
    "finished": "finished",
    "parent": "parent",
    "notes": "notes",
    "deleted": "deleted",
    "code.dirty": "dirty",
    "artifacts.files": "files",
    "artifacts.size": "size",
    "artifacts.manifest": "manifest",
}
MLFLOW_TAGS = {
    "mlflow.runName": "name",
    "mlflow.user": "user_id",
    "mlflow.parentRunId": "parent",
    "mlflow.note.content": "notes",
    "mlflow.source.git.commit": "code.commit",
    "mlflow.source.git.branch": "code.branch",
    "mlflow.source.git.repoURL": "code.repository",
}
"""Tags in which MLflow keeps what a candidate has fields for: either is searched."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Numbers of keys, as the index gives them; and the moment that a filter is read at."""

    connection: sqlite3.Connection
    now: datetime
    _known: dict[Field, int | None] = dataclass_field(default_factory=dict)

    def number(self, field: Field) -> int | None:
        """The number of a metric's, param's or tag's key; None when no candidate has it."""
        if field not in self._known:
            asked = "SELECT k FROM keys WHERE kind = ? AND name = ?"
            found = self.connection.execute(asked, (field.group, field.key)).fetchone()
            self._known[field] = found[0] if found else None
        return self._known[field]


def needs_row(tree: Tree) -> bool:
    """Whether a candidate's number is not enough to tell: the row `c` of `candidates` is looked at."""
    match tree:
        case And(terms) | Or(terms):
            return any(map(needs_row, terms))
        case Not(term):
            return needs_row(term)
        case Comparison(field):
            return field.group == "candidate" or is_mlflow_tag(field)


def is_mlflow_tag(field: Field) -> bool:
    """Whether it is a tag of MLflow's for which candidates have a field."""
    return field.group == "tags" and field.key in MLFLOW_TAGS


def compares_numbers(comparison: Comparison) -> bool:
    """Whether the value is a number, or numbers."""
    value = comparison.value
    return isinstance(value[0] if isinstance(value, tuple) else value, float)


def condition(tree: Tree, keys: Keys, n: str = "c.n") -> Sql:
    """What a candidate must meet; it may be NULL where it is not met.

    Args:
        tree: a filter, or a part of one.
        keys: the index and the moment.
        n: the candidate's number, in SQL. Attributes are looked for in a row `c`.
    """
    match tree:
        case And(()):
            return TRUE
        case And(terms):
            return inside("(", joined((condition(term, keys, n) for term in terms), " AND "))
        case Or(terms):
            return inside("(", joined((condition(term, keys, n) for term in terms), " OR "))
        case Not(term):
            return inside("((", condition(term, keys, n), ") IS NOT TRUE)")
        case Comparison():
            return _comparison(tree, keys, n)


def value_test(comparison: Comparison, column: str) -> Sql:
    """What the value of a metric, param or tag must be; the column with its table, as lists have a `value` too."""
    operator, value = comparison.operator, comparison.value
    if comparison.field.group == "metrics":
        return fragments.metric_test(column, operator, value)
    return (fragments.numeric_text_test if compares_numbers(comparison) else fragments.text_test)(
        column, operator, value
    )


def data_test(comparison: Comparison) -> Sql:
    """What a data set must be."""
    tests = [
        fragments.text_test(column, comparison.operator, comparison.value)
        for column in _columns_of_data(comparison.field.key)
    ]
    return tests[0] if len(tests) == 1 else inside("(", joined(tests, " OR "))


def _columns_of_data(key: str) -> tuple[str, ...]:
    """A digest is ours of the content, or MLflow's of a sample: either is searched."""
    if key == "name":
        return (key,)  # every data set has a name
    return tuple(f"NULLIF({one}, '')" for one in ((key, "fingerprint") if key == "digest" else (key,)))


def _comparison(comparison: Comparison, keys: Keys, n: str) -> Sql:
    field = comparison.field
    if field.group == "candidate":
        return attribute(comparison, keys.now)
    if field.group == "data":
        return _data(comparison, n)
    found = _value(comparison, keys, n)
    same = MLFLOW_TAGS[field.key] if is_mlflow_tag(field) else None
    if same is None or compares_numbers(comparison):
        return found
    between = " AND " if comparison.operator == "is null" else " OR "
    other = Comparison(Field("candidate", same), comparison.operator, comparison.value)
    return inside("(", joined((found, attribute(other, keys.now)), between))


def _value(comparison: Comparison, keys: Keys, n: str) -> Sql:
    k = keys.number(comparison.field)
    absent = comparison.operator == "is null"
    if k is None:
        return TRUE if absent else FALSE
    row = Sql(f"EXISTS (SELECT 1 FROM {comparison.field.group} AS v WHERE v.n = {n} AND v.k = ?", (k,))
    if comparison.value is None:
        return inside("NOT " if absent else "", row)
    return row + inside(" AND ", value_test(comparison, "v.value"))


def _data(comparison: Comparison, n: str) -> Sql:
    if comparison.value is None:
        word = "NOT EXISTS" if comparison.operator == "is null" else "EXISTS"
        there = " OR ".join(f"{column} IS NOT NULL" for column in _columns_of_data(comparison.field.key))
        return Sql(f"{word} (SELECT 1 FROM datasets WHERE n = {n} AND ({there}))")
    return inside(f"EXISTS (SELECT 1 FROM datasets WHERE n = {n} AND ", data_test(comparison))


def attribute(comparison: Comparison, now: datetime) -> Sql:
    """What an attribute of the row `c` must be."""
    key = comparison.field.key
    if key in INTERNED:
        return _interned(comparison)
    if key == "experiment":
        return _experiment(comparison)
    column = f"NULLIF(c.{COLUMNS[key]}, '')" if key == "notes" else f"c.{COLUMNS[key]}"
    operator, value = comparison.operator, comparison.value
    if value is None:
        return Sql(f"{column} {operator}")
    match kind_of(comparison.field):
        case "time":
            return fragments.time_test(column, operator, value, now)
        case "number":
            return fragments.number_test(column, operator, value)
        case "truth":
            return _truth(column, operator, value)
        case _:
            return (
                _status(column, operator, value)
                if key == "status"
                else fragments.text_test(column, operator, value)
            )


def _status(column: str, operator: str, value: object) -> Sql:
    """MLflow's words are ours in capitals: case is not looked at."""
    lower = tuple(one.lower() for one in value) if isinstance(value, tuple) else str(value).lower()
    return fragments.text_test(column, operator, lower)


def _truth(column: str, operator: str, value: object) -> Sql:
    return Sql(f"COALESCE({column}, 0) {operator} ?", (int(value is True),))


def _experiment(comparison: Comparison) -> Sql:
    if comparison.value is None:
        return TRUE if comparison.operator == "is not null" else FALSE
    test = fragments.text_test("slug", comparison.operator, comparison.value)
    return inside("c.e IN (SELECT e FROM experiments WHERE ", test)


def _interned(comparison: Comparison) -> Sql:
    """A comparison of words is answered once per word, not once per candidate."""
    column = f"c.{INTERNED[comparison.field.key]}"
    operator, value = comparison.operator, comparison.value
    if value is None:
        return Sql(f"{column} {operator}")
    positive = fragments.NEGATED.get(operator, operator)
    words = inside("(SELECT w FROM words WHERE ", _word_test(Comparison(comparison.field, positive, value)))
    if operator in fragments.NEGATED:
        return inside(f"({column} IS NOT NULL AND {column} NOT IN ", words)
    return inside(f"{column} IN ", words, "")


def _word_test(comparison: Comparison) -> Sql:
    key, operator, value = comparison.field.key, comparison.operator, comparison.value
    if key == "code.commit":
        return fragments.commit_test("text", comparison)
    test = fragments.author_test if key == "author" else fragments.text_test
    return test("text", operator, value)
