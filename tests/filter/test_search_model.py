"""Searches answer what reading everything would, whichever way through the index they take."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from filter_ground import NOW, Ground, Made
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import orders, registries, trees
from ways import WAYS, go

from gitreg.index.language import filter_text
from gitreg.index.query.search import count, search
from gitreg.index.query.values import Query

queries = st.builds(
    Query,
    filter=trees.map(filter_text),
    order=orders,
    experiments=st.none()
    | st.lists(st.sampled_from(["churn", "other", "rare", "none"]), max_size=3).map(tuple),
    deleted=st.sampled_from(["no", "too", "only"]),
    drafts=st.booleans(),
)


MIXED = [
    Made(
        f"{n:032x}", created=n // 3, metrics={} if value is None else {"a": value}, tags={"even": str(n % 2)}
    )
    for n, value in enumerate(
        (1.0, math.nan, None, 2.0, 1.0, None, math.nan, -math.inf, math.inf, math.nan, None, 2.0)
    )
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "order", [("metrics.a",), ("-metrics.a",), ("metrics.a", "-id"), ("created", "-metrics.a")]
)
@pytest.mark.parametrize(
    "text", ["", "tags.even = '0'", "metrics.a != 1", "metrics.a > 1", "metrics.a is not null"]
)
def test_values_come_first_then_nan_then_nothing(way, order, text, monkeypatch):
    """Rising or falling, on pages of any size."""
    go(monkeypatch, way)
    ground = Ground(MIXED)
    expected = ground.answer(Query(text, order))

    found = [
        search(ground.connection, Query(text, order, limit=limit), NOW).numbers for limit in range(1, 14)
    ]

    assert found == [expected[:limit] for limit in range(1, 14)]


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    registry=registries,
    query=queries,
    limit=st.none() | st.integers(1, 5),
    deleted=st.sets(st.sampled_from(["churn", "rare"])),
)
def test_search_answers_as_reading_everything_does(way, registry, query, limit, deleted, monkeypatch):
    """Filter, order, restrictions and limit; deleted experiments, and drafts of what is committed."""
    go(monkeypatch, way)
    ground = Ground(registry)
    for slug in deleted:
        ground.delete_experiment(slug)
    expected = ground.answer(query)

    page = search(ground.connection, replace(query, limit=limit), NOW)

    assert page.numbers == expected[:limit]
    assert (page.token is None) == (limit is None or len(expected) <= limit)
    assert count(ground.connection, query, NOW) == len(expected)
