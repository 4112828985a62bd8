"""Pages: put together they are one page, whatever comes and goes between them; a token serves its own query only."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from filter_ground import NOW, Ground, Made
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import made, orders, registries
from ways import WAYS, go

from gitreg.errors import UsageError
from gitreg.index.query.search import search
from gitreg.index.query.values import Query

quietly = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
filters = st.sampled_from(
    ["", "metrics.a is not null or name != 'a'", "created > -1", "not tags.a = 'a'", "metrics.a != 1"]
)


def pages(ground, query, between=lambda: None):
    """The numbers of all pages; `between` runs between them."""
    found = []
    while True:
        page = search(ground.connection, query, NOW)
        found.append(page.numbers)
        assert len(found) < 100, "pages have no end"
        if page.token is None:
            return found
        query = replace(query, token=page.token)
        between()


@pytest.mark.parametrize("way", WAYS)
@quietly
@given(registry=registries, filter=filters, order=orders, limit=st.integers(1, 4))
def test_pages_together_are_one_page(way, registry, filter, order, limit, monkeypatch):  # noqa: A002
    """Nothing is twice, nothing is missing, in every order and on every way."""
    go(monkeypatch, way)
    ground = Ground(registry)
    query = Query(filter, order, deleted="too")

    found = pages(ground, replace(query, limit=limit))

    assert all(len(page) == limit for page in found[:-1])
    assert sum(found, ()) == ground.answer(query)


@pytest.mark.parametrize("way", WAYS)
@quietly
@given(
    registry=registries,
    order=orders,
    limit=st.integers(1, 3),
    coming=st.lists(made(), max_size=6, unique_by=lambda one: one.id),
    going=st.lists(st.integers(1, 14), max_size=4),
)
def test_pages_stay_right_while_candidates_come_and_go(
    *, way, registry, order, limit, coming, going, monkeypatch
):
    """What is there all the time is there once; nothing is there twice."""
    go(monkeypatch, way)
    ground = Ground(registry)
    there = set(ground.answer(Query(deleted="too")))
    taken = {one.id for one in ground.made.values()}
    coming = [one for one in coming if one.id not in taken]

    def between():
        if coming:
            ground.add(coming.pop())
        if going and going.pop() in ground.made:
            gone = min(ground.made)
            ground.remove(gone)
            there.discard(gone)

    found = sum(pages(ground, Query("", order, deleted="too", limit=limit), between), ())

    assert len(set(found)) == len(found)
    assert there <= set(found)


def test_moment_of_the_first_page_holds_for_all():
    """`7d ago` is counted from one moment, so that no candidate falls out between two pages."""
    week = timedelta(days=7)
    ground = Ground(
        Made(f"{n:032x}", created=1_794_830_400_000_000 + n) for n in range(1, 4)
    )  # seven days before NOW
    query = Query("created > '7d ago'", limit=2)
    first = search(ground.connection, query, NOW)

    second = search(ground.connection, replace(query, token=first.token), NOW + week)

    assert (first.numbers, second.numbers) == ((3, 2), (1,))


@pytest.mark.parametrize(
    "other",
    [
        {"filter": "name = 'b'"},
        {"order": ("name",)},
        {"order": ("-id",)},
        {"experiments": ("churn",)},
        {"deleted": "too"},
        {"drafts": False},
    ],
)
def test_token_of_another_query_is_refused(other):
    """Its place means nothing there."""
    ground = Ground(Made(f"{n:032x}") for n in range(3))
    query = Query("name = 'a name'", ("id",), limit=1)
    token = search(ground.connection, query, NOW).token

    with pytest.raises(UsageError, match="belongs to another query"):
        search(ground.connection, replace(query, token=token, **other), NOW)


def forged(place, version=1, digest=None):
    query = Query("", ("metrics.a", "name"), limit=1)
    ground = Ground([Made("a" * 32), Made("b" * 32)])
    token = search(ground.connection, query, NOW).token
    version, right, _ = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    words = json.dumps([version, digest or right, place])
    return base64.urlsafe_b64encode(words.encode()).decode()


values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.characters())
    | st.just("\ud800")
)
anything = st.recursive(
    values,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
)
nearly = st.tuples(
    values | st.just(5),
    st.lists(st.tuples(st.sampled_from([0, 1, 2, 3]), values).map(list), min_size=2, max_size=2),
    values | st.just(7),
    values | st.just("a"),
    values | st.just("churn"),
).map(list)


@settings(max_examples=300, deadline=None)
@given(
    token=st.text()
    | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode())
    | (anything | nearly).map(forged)
)
def test_hostile_token_is_refused_or_harmless(token):
    """No text makes anything but a page or a usage error, not even one with the right digest."""
    ground = Ground([Made("a" * 32, metrics={"a": 1.0}), Made("b" * 32)])
    query = Query("", ("metrics.a", "name"), limit=1, token=token)

    try:
        numbers = search(ground.connection, query, NOW).numbers
    except UsageError:
        numbers = ()

    assert len(numbers) <= 1


@pytest.mark.parametrize(
    "place",
    [
        [2**62, [[2, None], [0, "x"]], 7, "a", "churn"],
        [-1, [[2, None], [0, "x"]], 7, "a", "churn"],
        [5, [[0, float("nan")], [0, "x"]], 7, "a", "churn"],
        [5, [[0, 2**63], [0, "x"]], 7, "a", "churn"],
        [5, [[0, 1.0], [0, "\ud800"]], 7, "a", "churn"],
        [5, [[0, 1.0]], 7, "a", "churn"],
        [5, [[0, 1.0], [0, "x"]], True, "a", "churn"],
    ],
    ids=range(7),
)
def test_token_that_nobody_gave_out_is_refused(place):
    """Moments beyond all calendars, numbers that are none, text that is none, too few keys."""
    with pytest.raises(UsageError, match="no page token"):
        search(Ground().connection, Query("", ("metrics.a", "name"), limit=1, token=forged(place)), NOW)


@pytest.mark.parametrize("limit", [0, -1])
def test_page_without_candidates_is_refused(limit):
    """A page that never ends a search would be asked for ever."""
    with pytest.raises(UsageError, match="at least one"):
        search(Ground().connection, Query(limit=limit), NOW)
