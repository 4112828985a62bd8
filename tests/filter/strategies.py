"""Hypothesis' trees, candidates and orders: few names and values, so that much is equal, and odd ones among them."""

from __future__ import annotations

import math

from filter_ground import MLFLOW_TAGS, Made
from hypothesis import strategies as st

from gitreg.index.language import And, Comparison, Field, Not, Or
from gitreg.index.language.fields import ATTRIBUTES, DATA, kind_of

KEYS = ("a", "b.c", "schlüssel mit `", "mlflow.runName")
TEXTS = (
    "",
    "a",
    "A",
    "ab",
    "a%",
    "a_b",
    "*",
    "[x]",
    "ä",
    "Ä",
    "日本",
    "1",
    "1.0",
    " 1 ",
    "1e0",
    "-0",
    "0",
    "10",
    "9",
    "inf",
    "nan",
    "0x1",
    "it's",
    '"',
)
NUMBERS = (0.0, -0.0, 1.0, 2.5, -1.0, 9.0, 1e300, math.inf, -math.inf)
TIMES = (0, 999, 1000, 1001, 86_400_000_000, 1_795_000_000_123_456, -5)
WRITTEN = ("1970-01-01", "1970-01-02", "1970-01-01T00:00:00.001Z", "7d ago", "2026-11-01 10:00+02:00")
PATTERNS = (
    "",
    "%",
    "a%",
    "%a",
    "_",
    "A_b",
    "%%",
    "a*",
    "[x]",
    "ä%",
    "\U0010ffff%",
    "\ud7ff%",
    "a\U0010ffff%",
)
COMMITS = (
    "0123456789abcdef0123456789abcdef01234567",
    "0123456aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "fffffff0" * 5,
)
AUTHORS = ("Ada Example <ada@example.com>", "Bob * [x] <bob@example.com>", "Ada <bob@example.com>")
IDS = tuple(f"{number:032x}" for number in (1, 2, 3, 10, 0xABCDEF << 96, 0xABCDEF1 << 92))

texts = st.sampled_from(TEXTS) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4
)
numbers = st.sampled_from(NUMBERS) | st.floats(allow_nan=False)
metrics = numbers | st.just(math.nan)
times = st.sampled_from(TIMES)
keys = st.sampled_from(KEYS)
fields = st.one_of(
    st.builds(Field, st.sampled_from(["metrics", "params", "tags"]), keys),
    st.builds(Field, st.just("data"), st.sampled_from(DATA)),
    st.builds(Field, st.just("candidate"), st.sampled_from(sorted(ATTRIBUTES))),
)
words = st.one_of(texts, st.sampled_from((*COMMITS, COMMITS[0][:7], COMMITS[0][:9].upper(), *AUTHORS, "Ada", "bob@example.com")),
    st.sampled_from((*IDS, "finished", "FINISHED", "failed", "churn", "other")))  # fmt: skip


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    """Of any field with what may be compared with it."""
    field = draw(fields)
    kind = kind_of(field)
    if draw(st.integers(0, 7)) == 0:
        return Comparison(field, draw(st.sampled_from(["is null", "is not null"])))
    if kind == "truth":
        return Comparison(field, draw(st.sampled_from(["=", "!="])), draw(st.booleans()))
    if kind == "value":
        kind = draw(st.sampled_from(["text", "number"]))
    if kind == "text":
        operator = draw(
            st.sampled_from(["=", "!=", "in", "not in", "like", "not like", "ilike", "not ilike"])
        )
        patterned = st.sampled_from(PATTERNS) | texts
        return Comparison(field, operator, draw(_of(operator, patterned if "like" in operator else words)))
    operator = draw(st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "in", "not in"]))
    if kind == "number":
        return Comparison(field, operator, draw(_of(operator, numbers)))
    moments = (
        st.sampled_from(WRITTEN)
        if draw(st.booleans())
        else st.sampled_from([0.0, 1.0, 0.5, -1.0, 1e12, math.inf])
    )
    return Comparison(field, operator, draw(_of(operator, moments)))


def _of(operator: str, values: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(values, min_size=1, max_size=3).map(tuple) if operator.endswith("in") else values


def _deeper(trees: st.SearchStrategy) -> st.SearchStrategy:
    several = st.lists(trees, min_size=2, max_size=3).map(tuple)
    return st.one_of(several.map(And), several.map(Or), trees.map(Not))


trees = st.just(And()) | st.recursive(comparisons(), _deeper, max_leaves=5)
ordered = st.tuples(
    st.sampled_from(["", "-"]),
    st.sampled_from(["metrics.a", "metrics.a", "metrics.a", "metrics.`b.c`", "params.a", "tags.a", "tags.`mlflow.runName`", "created", "id", "name", "status",
        "finished", "author", "user_id", "notes", "experiment", "artifacts.size", "code.dirty", "code.commit", "metrics.nowhere"]),
).map("".join)  # fmt: skip
orders = st.lists(ordered, max_size=3, unique_by=lambda word: word.lstrip("-")).filter(
    lambda found: not {"tags.`mlflow.runName`", "name"} <= {word.lstrip("-") for word in found}
).map(tuple)  # fmt: skip


def made(number: int = 0) -> st.SearchStrategy[Made]:
    """A candidate; its id may be that of another in another experiment."""
    return st.builds(
        Made,
        id=st.sampled_from(IDS) | st.integers(100, 10**9).map(lambda n: f"{n:032x}"),
        experiment=st.sampled_from(["churn", "other", "rare"]),
        name=texts.filter(bool),
        status=st.sampled_from(["finished", "failed", "running"]),
        created=times,
        finished=st.none() | times,
        author=st.none() | st.sampled_from(AUTHORS),
        parent=st.none() | st.sampled_from(IDS),
        notes=texts,
        commit=st.none() | st.sampled_from(COMMITS),
        branch=st.none() | texts,
        dirty=st.booleans(),
        size=st.none() | st.integers(0, 3),
        deleted=st.none() | times,
        draft=st.booleans(),
        user=st.sampled_from(["", "", "ada", AUTHORS[1]]),
        params=st.dictionaries(keys, texts, max_size=3),
        metrics=st.dictionaries(keys, metrics, max_size=3),
        tags=st.dictionaries(keys, texts, max_size=3),
        data=st.lists(
            st.tuples(texts.filter(bool), st.none() | texts, texts, texts, st.just("") | texts), max_size=2
        ),
    )


registries = st.lists(
    made(),
    max_size=14,
    # a draft may go on from a committed candidate; no two drafts have one id
    unique_by=(lambda one: (one.experiment, one.id, one.draft), lambda one: one.id if one.draft else id(one)),
)
assert set(MLFLOW_TAGS) >= {"mlflow.runName"}
