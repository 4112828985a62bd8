"""What MLflow's own SQLite store answers, gitreg answers: the same candidates in the same order.

`GITREG_DIFFERENTIAL=2000 pytest tests/filter/test_mlflow_differential.py` asks as much as the acceptance of the index does,
of 500 candidates; in the suite it is 120 questions of 200 candidates, whose few keys, values and moments are equal often enough.
What is left out here by rule is what docs/filter.md lists as different, and nothing else: see `texts`, `statuses`, `ins`.
"""

from __future__ import annotations

import os
import re

import pytest
from filter_ground import NOW, Ground
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlflow_store import DATA, DELETED, KEYS, NUMBERS, STATES, TEXTS, USERS, MlflowGround, candidates

from gitreg.index.query.search import search
from gitreg.index.query.values import Query

LONG = os.environ.get("GITREG_DIFFERENTIAL")
EXAMPLES = int(LONG or "120")
RUNS = 500 if LONG else 200
PLAIN = re.compile(r"[a-z]+(\.[a-z]+)*")
MADE = candidates(RUNS)


@pytest.fixture(scope="module")
def grounds(tmp_path_factory):
    """The same candidates in MLflow's store and in an index."""
    ground = Ground(MADE)
    ground.delete_experiment(DELETED)
    return MlflowGround(tmp_path_factory.mktemp("mlflow"), MADE), ground


def quoted(words: str) -> st.SearchStrategy[str]:
    """In quotes that it does not hold itself: a doubled quote is one quote here, and two in MLflow."""
    marks = [mark for mark in "'\"" if mark not in words]
    return st.sampled_from(marks).map(lambda mark: f"{mark}{words}{mark}")


any_case = st.sampled_from([str.lower, str.upper, str.title])
texts = st.sampled_from(TEXTS).flatmap(quoted)
patterns = st.sampled_from(
    ("%", "a%", "%b%", "%B%", "_b%", "A_", "_", "", "é%", "É", "日_", "%\n%", "a\\b", "[%", "0._")
).flatmap(quoted)
numbers = st.sampled_from(
    [f"{one!r}".replace("e+", "e") for one in NUMBERS[:-3]] + ["5", "-1", ".5", "2.", "1e308", "-1e308"]
)
# of a status, gitreg does not look at the case
statuses = st.sampled_from([*STATES.values(), "NO SUCH"]).flatmap(quoted)
moments = st.sampled_from(
    [1_700_000_000_000 + second * 1000 for second in (0, 7, 20, 39, 100)] + [0, 1.5e12]
).map(str)
ids = st.sampled_from([one.id for one in MADE[:20]] + ["0" * 32])
text_signs = st.sampled_from(["=", "!="])
likes = any_case.flatmap(lambda case: st.sampled_from([case("like"), case("ilike")]))
number_signs = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])


def key(name: str) -> st.SearchStrategy[str]:
    """A key, in quotes where MLflow needs them."""
    marks = ["`", '"', *([""] if PLAIN.fullmatch(name) else [])]
    return st.sampled_from(marks).map(lambda mark: f"{mark}{name}{mark}")


def field(*groups: str, keys: tuple[str, ...] = KEYS) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(groups), st.sampled_from(keys).flatmap(key)).map(".".join)


def attribute(*names: str) -> st.SearchStrategy[str]:
    return st.tuples(
        st.sampled_from(["", "attributes.", "attribute.", "attr.", "run."]), st.sampled_from(names)
    ).map("".join)


def term(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(" ".join)


def items(one: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(one, min_size=1, max_size=3).map(lambda found: f"({', '.join(found)})")


values = field("params", "param", "parameter", "parameters", "tags", "tag")
names = field("tags", keys=("mlflow.runName",)) | attribute(
    "run_name", "`run name`", "`Run name`", "`Run Name`", '"Run name"'
)
nulls = any_case.flatmap(lambda case: st.sampled_from([case("is null"), case("is not null")]))
members = any_case.flatmap(lambda case: st.sampled_from([case("in"), case("not in")]))
# MLflow reads a list as Python, where a backslash and a line end have meanings
data_texts = st.sampled_from([name for name, _, _ in DATA] + ["nothing"]).flatmap(quoted)
digests = st.sampled_from(["d1", "d2", "d3", "D1"]).flatmap(quoted)
contexts = st.sampled_from(["training", "eval", "Eval"]).flatmap(quoted)


def data(name: str, some: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    of = field("dataset", "datasets", keys=(name,))
    return st.one_of(
        term(of, text_signs, some), term(of, likes, some | patterns), term(of, members, items(some))
    )


terms = st.one_of(
    term(field("metrics", "metric"), number_signs, numbers),
    term(field("metrics", "metric"), number_signs, numbers),
    term(values | names, text_signs, texts),
    term(values | names, likes, patterns),
    term(values, nulls),
    term(attribute("status"), text_signs, statuses),
    term(attribute("status"), likes, st.sampled_from(["'%I%'", "'F%'", "'%ED'", "'_AILED'"])),
    term(attribute("start_time", "created", "Created", "end_time"), number_signs, moments),
    term(
        attribute("user_id"),
        text_signs | likes,
        st.sampled_from([*USERS, "ad%", "A%", "ADA"]).flatmap(quoted),
    ),
    term(attribute("run_id"), members, items(ids.flatmap(quoted))),
    term(attribute("run_id"), text_signs, ids.flatmap(quoted)),
    term(attribute("run_id"), likes, st.sampled_from(["'c%'", "'%0'"])),
    data("name", data_texts),
    data("digest", digests),
    data("context", contexts),
)
joints = any_case.map(lambda case: f" {case('and')} ")
filters = st.just("") | st.tuples(st.lists(terms, min_size=1, max_size=3), joints).map(
    lambda made: made[1].join(made[0])
)

# MLflow refuses an order that names a field twice: so each field once, in one of its spellings
order_fields = [(group, name) for group in ("metrics", "params", "tags") for name in KEYS] + [("", name) for name in (
    "status", "start_time", "end_time", "run_id", "run_name", "user_id")]  # fmt: skip
spellings = {
    "metrics": ("metrics", "metric"),
    "params": ("params", "param", "parameter"),
    "tags": ("tags", "tag"),
}
directions = st.sampled_from(["", " ASC", " DESC", " asc", " desc"])


def spelled(one: tuple[str, str]) -> st.SearchStrategy[str]:
    group, name = one
    if group:
        return st.tuples(field(*spellings[group], keys=(name,)), directions).map("".join)
    aliases = ("start_time", "created", "Created") if name == "start_time" else (name,)
    return st.tuples(attribute(*aliases), directions).map("".join)


orders = st.lists(st.sampled_from(order_fields), max_size=3, unique=True).flatmap(
    lambda found: st.tuples(*map(spelled, found))
)
queries = st.builds(
    Query,
    filter=filters,
    order=orders,
    experiments=st.sampled_from([None, ("churn",), ("other", "churn"), ("gone", "other")]),
    deleted=st.sampled_from(["no", "no", "too", "only"]),
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=queries, limit=st.none() | st.integers(1, 50))
def test_mlflow_answers_the_same(query, limit, grounds):
    """The same ids in the same order."""
    mlflow, ground = grounds

    expected = mlflow.answer(query)

    asked = Query(query.filter, query.order, query.experiments, query.deleted, limit=limit)
    found = [ground.made[n].id for n in search(ground.connection, asked, NOW).numbers]
    assert found == expected[:limit]
