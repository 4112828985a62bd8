"""The ways through the index are those that are meant, and SQLite's own bounds are never met."""

from __future__ import annotations

import sqlite3

import pytest
from filter_ground import NOW, Ground, Made
from ways import go

from gitreg.index.language import limits
from gitreg.index.query import plan
from gitreg.index.query.search import count, search
from gitreg.index.query.sources import estimate
from gitreg.index.query.values import Query

COUNT = 3_000


@pytest.fixture(scope="module")
def ground():
    """Three thousand candidates, of which a hundredth are rare."""
    return Ground(
        Made(
            f"{n:032x}",
            experiment="rare" if n % 100 == 0 else "churn",
            created=n * 1000,
            metrics={"auc": n / COUNT, "loss": 1 - n / COUNT},
            params={"model": "svm" if n % 100 == 1 else "mlp", "lr": str(n / 1000)},
            tags={"team": "ab"[n % 2]},
            data=[("train", None, "", "")],
        )
        for n in range(COUNT)
    )


class Answer(list):
    """Rows that were fetched."""

    def fetchall(self):
        return self

    def fetchone(self):
        return self[0] if self else None


class Watched:
    """A connection that explains each statement, and counts what it costs in hundreds of SQLite's steps; the last one gave the answer."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.steps: list[list[str]] = []
        self.work: list[int] = []

    def execute(self, text, values=()):
        explained = self._connection.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()
        if "c.created, c.id" in text:
            self.steps.append([row[3] for row in explained])
            self.work.append(0)
            self._connection.set_progress_handler(self._worked, 100)
        found = self._connection.execute(text, values).fetchall()
        self._connection.set_progress_handler(None, 0)
        return Answer(found)

    def _worked(self) -> None:
        self.work[-1] += 1


def plan_of(ground, query):
    watched = Watched(ground.connection)
    search(watched, query, NOW)
    return watched.steps


VALUES = "SEARCH {0} USING COVERING INDEX {1}_by_value"
ROW = "SEARCH c USING INTEGER PRIMARY KEY (rowid=?)"


def probe(alias):
    return f"SEARCH {alias} USING PRIMARY KEY (n=? AND k=?)"


@pytest.mark.parametrize(
    ("query", "way"),
    [
        (Query(limit=20), ["SEARCH c USING INDEX candidates_by_time (created>?)"]),
        (Query(experiments=("churn",), limit=20), ["SEARCH c USING INDEX candidates_by_experiment (e=? AND created>?)"]),
        (
            Query(order=("-metrics.auc",), limit=20),
            [VALUES.format("d", "metrics") + " (k=? AND value>?)", ROW],
        ),
        (
            Query("metrics.auc > 0.1 and params.model = 'mlp'", ("-metrics.auc",), limit=20),
            [VALUES.format("d", "metrics") + " (k=? AND value>?)", probe("p1"), ROW],
        ),
        (
            Query("metrics.auc > 0.1 and params.model = 'svm'", ("-metrics.auc",), limit=20),
            [VALUES.format("d", "params") + " (k=? AND value=?)", probe("p1"), ROW],
        ),
        (
            Query("metrics.auc > 0.1", ("-metrics.loss",), experiments=("rare",), limit=20),
            ["SEARCH c USING INDEX candidates_by_experiment (e=?)", probe("p1"), probe("o0") + " LEFT-JOIN"],
        ),
        (
            Query("metrics.auc < 0.01 or params.model = 'svm'", ("-metrics.loss",), limit=20),
            [ROW, VALUES.format("d", "metrics") + " (k=? AND value<?)", VALUES.format("d", "params") + " (k=? AND value=?)"],
        ),
        (
            Query("created < '1970-01-01T00:00:00.100Z'", ("metrics.auc",), limit=20),
            ["SEARCH c USING INDEX candidates_by_time (created<?)", probe("o0") + " LEFT-JOIN"],
        ),
        (
            Query("metrics.auc > 0.5 and metrics.auc < 0.51", ("metrics.loss",), limit=20),
            [VALUES.format("d", "metrics") + " (k=? AND value>? AND value<?)", ROW],
        ),
        (Query(f"id = '{5:032x}'"), ["SEARCH c USING INDEX candidates_by_id (id=?)"]),
    ],
    ids=range(10),
)  # fmt: skip
def test_way_through_the_index(ground, query, way):
    """Few candidates are fetched and sorted; many are walked in order, and nothing is sorted but what is equal."""
    steps = [
        step
        for step in plan_of(ground, query)[-1]
        if step.startswith(("SCAN c", "SEARCH")) and "words" not in step
    ]

    assert [step.replace(" USING COVERING INDEX sqlite_autoindex", "") for step in steps[: len(way)]] == way


def test_terms_that_few_meet_together_are_not_walked_for_long(ground):
    """Each alone is met by too many to fetch them, both together by so few that a walk would find no page."""
    plans = plan_of(ground, Query("metrics.auc > 0.85 and metrics.loss > 0.85", limit=20))

    assert len(plans) == 2  # a short walk, which is always tried
    assert plans[-1][0] == ROW


def test_a_source_that_is_read_whole_is_counted_once(ground, monkeypatch):
    """Where no index leads to numbers in text, all values of a key are looked at."""
    counted = []
    monkeypatch.setattr(plan, "estimate", lambda one, *rest: counted.append(one) or estimate(one, *rest))
    monkeypatch.setattr(plan, "FIRST", 10)

    assert (
        count(ground.connection, Query("params.lr < 0.5 and params.lr > 0.4 and params.model != 'mlp'"), NOW)
        == 1
    )
    assert len(counted) == len(set(counted)) == 2


def test_walk_sorts_only_what_is_equal(ground):
    """The whole order would need all candidates before the first is known."""
    sorting = [
        step for step in plan_of(ground, Query(order=("-metrics.auc",), limit=20))[-1] if "B-TREE" in step
    ]

    assert sorting[0] in {
        "USE TEMP B-TREE FOR RIGHT PART OF ORDER BY",
        "USE TEMP B-TREE FOR LAST 3 TERMS OF ORDER BY",
    }


@pytest.mark.parametrize(
    "filter", ["", "metrics.auc > 0.1 and ", "metrics.auc > 0.1 and metrics.auc < 0.9 and "]
)
@pytest.mark.parametrize("order", ["metrics.auc", "-metrics.auc"])
def test_first_walk_is_short(ground, filter, order):  # noqa: A002
    """It ends after so many steps, whatever else bounds the range: a filter that few meet costs no whole walk."""
    watched = Watched(ground.connection)

    search(watched, Query(f"{filter}notes = 'nowhere'", (order,), limit=1), NOW)

    assert watched.work[0] < 8


FIELDS = ("metrics.auc > 0.5", "params.lr > 0.5", "tags.team in ('a')", "data.name = 'x'", "code.commit = 'abcdef1'",
    "author = 'x'", "created > '7d ago'", "created in (5)", "tags.`mlflow.user` = 'x'", "name not like 'x%'")  # fmt: skip
MANY = [FIELDS[place % len(FIELDS)] for place in range(limits.TERMS)]
DEEP = "not (" * (limits.DEPTH // 2) + "{0} and {0}" + ")" * (limits.DEPTH // 2)
NESTED = "(created > 0 and " * limits.DEPTH + "{0}" + ")" * limits.DEPTH
ALTERNATING = "(created > 0 or (created > 1 and " * (limits.DEPTH // 2) + "{0}" + "))" * (limits.DEPTH // 2)
ORDER = (
    "-metrics.auc",
    "params.lr",
    "-tags.team",
    "author",
    "notes",
    "-artifacts.size",
    "code.commit",
    "finished",
)
ITEMS = ", ".join(f"'{place}'" for place in range(limits.ITEMS))
LARGEST = [
    " and ".join(MANY),
    " or ".join(MANY),
    "not (" + " or ".join(MANY) + ")",
    *(form.format(field) for form in (DEEP, NESTED, ALTERNATING) for field in FIELDS),
    *(
        f"{field} in ({ITEMS})"
        for field in ("id", "params.lr", "author", "experiment", "data.name", "status")
    ),
    f"params.lr in ({ITEMS})".replace("'", ""),
    f"created not in ({ITEMS})".replace("'", ""),
    f"tags.`mlflow.user` in ({ITEMS}) or id in ('x')".replace("'999'", "'9'"),
    "notes like '" + "%a_*" * (limits.PATTERN // 4) + "'",
    "name ilike '" + "%é" * (limits.PATTERN // 2) + "'",
]


@pytest.mark.parametrize("text", LARGEST, ids=range(len(LARGEST)))
@pytest.mark.parametrize("way", ["few", "walk", "all"])
def test_largest_filters_are_answered(text, way, monkeypatch):
    """What our bounds allow, SQLite's allow too: its depth, its joins, its values; on all pages, with most order keys."""
    go(monkeypatch, way)
    ground = Ground(Made(f"{n:032x}", metrics={"auc": 1.0}, created=n, notes="aaaa*" * 400) for n in range(3))
    query = Query(text, ORDER, limit=1)

    first = search(ground.connection, query, NOW)

    assert count(ground.connection, query, NOW) >= len(first.numbers)
    if first.token:
        assert search(ground.connection, Query(text, ORDER, limit=1, token=first.token), NOW).numbers
