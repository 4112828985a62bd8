"""Searching logged models: filters, data sets, orders and pages mean what they mean to MLflow's SQL store."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from logged_model_words import INVALID, begun, code_of, measured, names, place, run_in
from mlflow.entities import LoggedModelStatus


@pytest.fixture
def furnished(store: Any) -> tuple[Any, str]:
    """Four models: two measured on two data sets, one on none, one not at all."""
    experiment = place(store)
    first = begun(
        store, "alpha", experiment, params={"depth": "8"}, tags={"team": "growth"}, model_type="tree"
    )
    run = run_in(store, experiment)
    second = begun(store, "beta", experiment, params={"depth": "16"}, source_run_id=run)
    third = begun(store, "Gamma", experiment, tags={"team": "Growth", "the team": "x"})
    begun(store, "delta", experiment)
    store.finalize_logged_model(second.model_id, LoggedModelStatus.READY)
    store.log_batch(run, [
        measured(run, first, 0.5, dataset_name="train", dataset_digest="d1"),
        measured(run, first, 0.9, at=2, dataset_name="test", dataset_digest="d2"),
        measured(run, second, 0.7, dataset_name="train", dataset_digest="d1"),
        measured(run, second, 0.6, step=1, dataset_name="train", dataset_digest="d9"),
        measured(run, third, 0.8),
        measured(run, third, 3.0, key="logloss"),
    ], [], [])  # fmt: skip
    return store, experiment


FILTERS = {
    "": ["delta", "Gamma", "beta", "alpha"],
    "name = 'alpha'": ["alpha"],
    "name != 'alpha'": ["delta", "Gamma", "beta"],
    "name LIKE '%a'": ["delta", "Gamma", "beta", "alpha"],
    "name LIKE 'g%'": [],
    "name ILIKE 'g%'": ["Gamma"],
    "name IN ('alpha', 'beta')": ["beta", "alpha"],
    "name NOT IN ('alpha', 'beta')": ["delta", "Gamma"],
    "attributes.name = 'beta'": ["beta"],
    "model_type = 'tree'": ["alpha"],
    "model_type != 'tree'": [],
    "params.depth = '8'": ["alpha"],
    "params.depth LIKE '%6'": ["beta"],
    "params.depth != '8'": ["beta"],
    "tags.team = 'growth'": ["alpha"],
    "tags.team ILIKE 'GROWTH'": ["Gamma", "alpha"],
    "tags.`the team` = 'x'": ["Gamma"],
    "metrics.auc > 0.75": ["Gamma", "alpha"],
    "metrics.auc = 0.5": ["alpha"],
    "metrics.auc != 0.5": ["Gamma", "beta", "alpha"],
    "metrics.auc >= 0.6 AND metrics.logloss < 4": ["Gamma"],
    "params.depth = '16' AND name = 'beta'": ["beta"],
    "creation_timestamp > 0": ["delta", "Gamma", "beta", "alpha"],
    "creation_time < 5 and name = 'alpha'": [],
}


def test_filters(furnished: tuple[Any, str]) -> None:
    """What meets each, the newest first."""
    assert {one: names(*furnished, one) for one in FILTERS} == FILTERS


NONSENSE = [
    "name > 'a'",
    "metrics.auc LIKE 'x'",
    "name = 'a' OR name = 'b'",
    "name",
    "dogs.name = 'a'",
    "params.depth IN '8'; x",
    "creation_timestamp LIKE '1'",
]


def test_filters_that_mean_nothing(furnished: tuple[Any, str]) -> None:
    """Each is refused."""
    store, experiment = furnished

    for one in NONSENSE:
        assert code_of(store.search_logged_models, [experiment], one) == INVALID, one


TRAIN, TEST, LATER = (
    {"dataset_name": "train"},
    {"dataset_name": "test"},
    {"dataset_name": "train", "dataset_digest": "d9"},
)
DATASETS: list[tuple[list[dict[str, str]], str, list[str]]] = [
    ([TRAIN], "", ["beta", "alpha"]),
    ([LATER], "", ["beta"]),
    ([TEST, LATER], "", ["beta", "alpha"]),
    ([{"dataset_name": "other"}], "", []),
    ([TRAIN], "metrics.auc > 0.55", ["beta"]),
    ([TEST], "metrics.auc > 0.55", ["alpha"]),
    ([TRAIN], "name = 'alpha'", ["alpha"]),
]


def test_datasets(furnished: tuple[Any, str]) -> None:
    """Only what was measured on one of them counts."""
    for datasets, filter_string, wanted in DATASETS:
        assert names(*furnished, filter_string, datasets=datasets) == wanted


def test_a_dataset_without_a_name(furnished: tuple[Any, str]) -> None:
    """It is refused."""
    store, experiment = furnished

    assert code_of(store.search_logged_models, [experiment], datasets=[{"dataset_digest": "d1"}]) == INVALID


def order(field: str, **more: Any) -> dict[str, Any]:
    return {"field_name": field, **more}


ORDERS: list[tuple[list[dict[str, Any]], list[str]]] = [
    ([order("name")], ["Gamma", "alpha", "beta", "delta"]),
    ([order("name", ascending=False)], ["delta", "beta", "alpha", "Gamma"]),
    ([order("creation_timestamp")], ["alpha", "beta", "Gamma", "delta"]),
    ([order("creation_time", ascending=False)], ["delta", "Gamma", "beta", "alpha"]),
    ([order("metrics.auc")], ["beta", "Gamma", "alpha", "delta"]),
    ([order("metrics.auc", ascending=False)], ["alpha", "Gamma", "beta", "delta"]),
    ([order("metrics.auc", dataset_name="train")], ["alpha", "beta", "delta", "Gamma"]),
    (
        [order("metrics.auc", dataset_name="train", dataset_digest="d1", ascending=False)],
        ["beta", "alpha", "delta", "Gamma"],
    ),
    ([order("model_type")], ["alpha", "delta", "Gamma", "beta"]),
    ([order("model_type"), order("name")], ["alpha", "Gamma", "beta", "delta"]),
    ([order("status", ascending=False)], ["beta", "delta", "Gamma", "alpha"]),
]


def test_orders(furnished: tuple[Any, str]) -> None:
    """What has no value comes last, and what is equal by the newest."""
    for order_by, wanted in ORDERS:
        assert names(*furnished, order_by=order_by) == wanted, order_by


def test_orders_that_mean_nothing(furnished: tuple[Any, str]) -> None:
    """Each is refused."""
    store, experiment = furnished

    for field in ("dogs", "params.depth", "dogs.depth"):
        assert code_of(store.search_logged_models, [experiment], order_by=[order(field)]) == INVALID


def test_pages(furnished: tuple[Any, str]) -> None:
    """Together they are all, each once, and the last has no token."""
    store, experiment = furnished
    words: dict[str, Any] = {"max_results": 3, "order_by": [order("name", ascending=True)]}
    first = store.search_logged_models([experiment], **words)
    last = store.search_logged_models([experiment], **words, page_token=first.token)

    assert [one.name for one in [*first, *last]] == ["Gamma", "alpha", "beta", "delta"]
    assert last.token is None
    assert store.search_logged_models([experiment], max_results=4).token is None


def test_a_token_of_another_question(furnished: tuple[Any, str]) -> None:
    """It is refused, as the place that it names is in another list."""
    store, experiment = furnished
    token = store.search_logged_models([experiment], "name != 'x'", max_results=2).token

    assert code_of(store.search_logged_models, [experiment], "name != 'y'", page_token=token) == INVALID
    assert code_of(store.search_logged_models, ["0"], "name != 'x'", page_token=token) == INVALID
    ordering = {"order_by": [order("name")], "page_token": token}
    assert code_of(store.search_logged_models, [experiment], "name != 'x'", **ordering) == INVALID


def test_of_several_experiments(furnished: tuple[Any, str]) -> None:
    """In one order; those that are not there hold nothing."""
    store, experiment = furnished
    other = begun(store, "epsilon")

    found = store.search_logged_models([experiment, other.experiment_id, "123456789012345678"])
    assert [one.name for one in found] == ["epsilon", "delta", "Gamma", "beta", "alpha"]
    assert list(store.search_logged_models([])) == []


def test_mlflow_skinny_finds_models_by_name(gitreg: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`register_model` and `set_active_model` look for a name, also where SQLAlchemy, and so MLflow's parser, is missing."""
    experiment = place(gitreg)
    begun(gitreg, "alpha", experiment)
    begun(gitreg, "beta", experiment)
    monkeypatch.setitem(sys.modules, "mlflow.utils.search_logged_model_utils", None)

    assert names(gitreg, experiment, "name = 'alpha'") == ["alpha"]
    assert names(gitreg, experiment, "name='beta'") == ["beta"]
    assert code_of(gitreg.search_logged_models, [experiment], "name LIKE 'a%'") == "NOT_IMPLEMENTED"
