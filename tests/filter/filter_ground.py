"""Candidates in memory, an index of them, and the plain answer to a query: read all, keep what fits, sort."""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from gitreg.index.language import And, Comparison, Field, Not, Or, Tree, parse_filter, parse_order
from gitreg.index.language.times import span_of
from gitreg.index.query.values import Query
from gitreg.index.schema import make

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NUMBER = re.compile(r"[ \t\n\v\f\r]*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?[ \t\n\v\f\r]*", re.ASCII)
MLFLOW_TAGS = {"mlflow.runName": "name", "mlflow.user": "user_id", "mlflow.note.content": "notes"}


@dataclass
class Made:
    """A candidate, with what a search may look at."""

    id: str
    experiment: str = "churn"
    name: str = "a name"
    status: str = "finished"
    created: int = 0
    finished: int | None = None
    author: str | None = "Ada Example <ada@example.com>"
    parent: str | None = None
    notes: str = ""
    commit: str | None = None
    branch: str | None = None
    repository: str | None = None
    dirty: bool = False
    files: int | None = None
    size: int | None = None
    manifest: str | None = None
    deleted: int | None = None
    draft: bool = False
    user: str = ""
    params: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    data: list[tuple[str | None, ...]] = field(
        default_factory=list
    )  # name, digest, context, uri, and MLflow's digest


class Ground:
    """An index in memory, and the candidates that are in it by their numbers."""

    def __init__(self, made: Iterable[Made] = ()) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        make(self.connection)
        self.made: dict[int, Made] = {}
        self.deleted: set[str] = set()
        for one in made:
            self.add(one)

    def add(self, one: Made) -> int:
        """Puts a candidate into the index."""
        e = self._number("experiments", "e", {"slug": one.experiment})
        author, repository, commit, branch, user = (
            None if words is None else self._number("words", "w", {"text": words})
            for words in (one.author, one.repository, one.commit, one.branch, one.user or one.author)
        )
        row = (
            one.id,
            e,
            b"",
            one.name,
            one.status,
            one.created,
            one.finished,
            author,
            one.parent,
            repository,
        )
        row += (
            commit,
            branch,
            one.dirty,
            one.notes,
            one.files,
            one.size,
            one.manifest,
            one.deleted,
            one.draft,
            user,
        )
        n = self.connection.execute(f"INSERT INTO candidates VALUES(NULL{', ?' * len(row)})", row).lastrowid
        assert n is not None
        for kind, values in (("params", one.params), ("metrics", one.metrics), ("tags", one.tags)):
            for key, value in values.items():
                k = self._number("keys", "k", {"kind": kind, "name": key})
                kept = None if isinstance(value, float) and math.isnan(value) else value
                self.connection.execute(f"INSERT INTO {kind}(n, k, value) VALUES(?, ?, ?)", (n, k, kept))
        for place, (name, digest, context, uri, *fingerprint) in enumerate(one.data):
            self.connection.execute(
                "INSERT INTO datasets VALUES(?, ?, ?, ?, ?, ?, ?)",
                (n, place, name, uri, digest, context, *(fingerprint or [""])),
            )
        if one.draft:
            self.connection.execute("INSERT INTO drafts VALUES(?, ?, '', '')", (one.id, n))
        self.made[n] = one
        return n

    def remove(self, n: int) -> None:
        """Takes a candidate out of the index."""
        for table in ("candidates", "params", "metrics", "tags", "datasets", "drafts"):
            self.connection.execute(f"DELETE FROM {table} WHERE n = ?", (n,))
        del self.made[n]

    def answer(self, query: Query) -> tuple[int, ...]:
        """The numbers that a search must give, however it finds them; limit and token are not looked at."""
        tree = parse_filter(query.filter)
        found = [n for n, one in self.made.items() if self._asked(one, query) and holds(tree, one)]
        found.sort(key=lambda n: self._e(self.made[n].experiment))
        found.sort(key=lambda n: self.made[n].id)
        found.sort(key=lambda n: self.made[n].created, reverse=True)
        for words in reversed(query.order):
            order = parse_order(words)
            found = _sorted(
                found, lambda n, order=order: value_of(self.made[n], order.field), falling=order.falling
            )
        return tuple(found)

    def _asked(self, one: Made, query: Query) -> bool:
        if query.experiments is not None and one.experiment not in query.experiments:
            return False
        is_deleted = one.deleted is not None or one.experiment in self.deleted
        wanted = query.deleted == "too" or (query.deleted == "only") == is_deleted
        return wanted and (not self._goes_on(one) if query.drafts else not one.draft)

    def _goes_on(self, one: Made) -> bool:
        """Whether it is committed, and goes on as a draft."""
        drafts = {(other.experiment, other.id) for other in self.made.values() if other.draft}
        return not one.draft and (one.experiment, one.id) in drafts

    def delete_experiment(self, slug: str) -> None:
        """Deletes an experiment, and nothing in it."""
        self.connection.execute("UPDATE experiments SET deleted = 1 WHERE slug = ?", (slug,))
        self.deleted.add(slug)

    def _e(self, slug: str) -> int:
        return self.connection.execute("SELECT e FROM experiments WHERE slug = ?", (slug,)).fetchone()[0]

    def _number(self, table: str, column: str, values: dict[str, Any]) -> int:
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        self.connection.execute(
            f"INSERT OR IGNORE INTO {table}({names}) VALUES({marks})", tuple(values.values())
        )
        tests = " AND ".join(f"{name} = ?" for name in values)
        return self.connection.execute(
            f"SELECT {column} FROM {table} WHERE {tests}", tuple(values.values())
        ).fetchone()[0]


def _sorted(found: list[int], value: Callable[[int], Any], *, falling: bool) -> list[int]:
    """Values first, then NaN, then nothing; what is equal stays as it was."""
    values = [n for n in found if value(n) is not None and not _is_nan(value(n))]
    return [
        *sorted(values, key=value, reverse=falling),
        *(n for n in found if _is_nan(value(n))),
        *(n for n in found if value(n) is None),
    ]


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def value_of(one: Made, of: Field) -> Any:
    """What a candidate has in a field; None for nothing."""
    if of.group in {"params", "metrics", "tags"}:
        if of.group == "tags" and of.key in MLFLOW_TAGS:
            return value_of(one, Field("candidate", MLFLOW_TAGS[of.key]))
        return getattr(one, of.group).get(of.key)
    names = {
        "code.commit": "commit",
        "code.branch": "branch",
        "code.repository": "repository",
        "code.dirty": "dirty",
    }
    names |= {"artifacts.files": "files", "artifacts.size": "size", "artifacts.manifest": "manifest"}
    if of.key == "user_id":
        return one.user or one.author
    value = getattr(one, names.get(of.key, of.key))
    return None if of.key == "notes" and value == "" else value


def holds(tree: Tree, one: Made) -> bool:
    """Whether a candidate meets a filter."""
    match tree:
        case And(terms):
            return all(holds(term, one) for term in terms)
        case Or(terms):
            return any(holds(term, one) for term in terms)
        case Not(term):
            return not holds(term, one)
        case Comparison(of, "is null", _):
            return not _values(one, of)
        case Comparison(of, "is not null", _):
            return bool(_values(one, of))
        case Comparison(of, operator, value):
            return any(_meets(of, mine, operator, value) for mine in _values(one, of, value))


def _values(one: Made, of: Field, value: Any = None) -> list[Any]:
    """The values that a comparison looks at: more than one for data, and for what MLflow keeps in a tag."""
    if of.group == "data":
        places = {"name": (0,), "digest": (1, 4), "context": (2,), "uri": (3,)}[of.key]
        return [row[place] for row in one.data for place in places if len(row) > place and row[place]]
    found = [value_of(one, of)]
    if of.group == "tags" and of.key in MLFLOW_TAGS:
        found = [one.tags.get(of.key), *([] if _numeric(value) else found)]
    return [value for value in found if value is not None]


def _meets(of: Field, mine: Any, operator: str, value: Any) -> bool:
    if operator in {"!=", "not in", "not like", "not ilike"}:
        positive = {"!=": "="}.get(operator, operator.removeprefix("not "))
        if of.group in {"params", "tags"} and _numeric(value) and not NUMBER.fullmatch(mine):
            return False
        return not _meets(of, mine, positive, value)
    if operator == "in":
        return any(_meets(of, mine, "=", one) for one in value)
    if operator in {"like", "ilike"}:
        return _like(mine, value, case=operator == "like" and of.key != "status")
    return _compare(of, mine, operator, value)


def _numeric(value: Any) -> bool:
    return isinstance(value[0] if isinstance(value, tuple) else value, float)


def _compare(of: Field, mine: Any, operator: str, value: Any) -> bool:
    if of.key in {"created", "finished", "deleted"} and of.group == "candidate":
        return _time(mine, operator, value)
    if of.group in {"params", "tags"} and isinstance(value, float):
        if not NUMBER.fullmatch(mine):
            return False
        mine = float(mine)
    if of == Field("candidate", "status"):
        value = value.lower()
    if of == Field("candidate", "author") and operator == "=":
        name, _, mail = mine.rpartition(" <")
        return value in {mine, name, mail.removesuffix(">")}
    if of == Field("candidate", "code.commit") and re.fullmatch("[0-9a-fA-F]{7,40}", value):
        return mine.startswith(value.lower()) or mine == value
    return {
        "=": mine == value, "<": mine < value, "<=": mine <= value, ">": mine > value, ">=": mine >= value,
    }[operator] if type(mine) is not str or operator == "=" else False  # fmt: skip


def _time(mine: int, operator: str, value: Any) -> bool:
    if isinstance(value, float):
        return _compare(Field("metrics", "x"), mine // 1000, operator, value)
    span = span_of(value, NOW)
    if operator == "=":
        return span.first <= mine < span.end
    return _compare(Field("metrics", "x"), mine, operator, span.first)


def _like(mine: str, pattern: str, *, case: bool) -> bool:
    parts = {"%": ".*", "_": "."}
    words = "".join(parts.get(one, re.escape(one)) for one in (pattern if case else _ascii_lower(pattern)))
    return re.fullmatch(words, mine if case else _ascii_lower(mine), re.DOTALL) is not None


def _ascii_lower(words: str) -> str:
    return re.sub("[A-Z]", lambda found: found[0].lower(), words)


def microseconds(moment: datetime) -> int:
    """As the index keeps it."""
    return (moment - EPOCH) // timedelta(microseconds=1)
