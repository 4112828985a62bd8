"""Searches answer what reading everything would, whichever way through the index they take."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ground import NOW, Ground
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


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(registry=registries, query=queries, limit=st.none() | st.integers(1, 5))
def test_search_answers_as_reading_everything_does(way, registry, query, limit, monkeypatch):
    """Filter, order, restrictions and limit."""
    go(monkeypatch, way)
    ground = Ground(registry)
    expected = ground.answer(query)

    page = search(ground.connection, replace(query, limit=limit), NOW)

    assert page.numbers == expected[:limit]
    assert (page.token is None) == (limit is None or len(expected) <= limit)
    assert count(ground.connection, query, NOW) == len(expected)
