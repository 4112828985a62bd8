"""Searches through MLflow's model registry store, beside MLflow's own SQL store: both must find the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from desk import Desk
from mlflow.exceptions import MlflowException
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore
from registry_calls import model_tags, tag

from gitreg.mlflow_plugin.models.store import ModelRegistryStore


def fill(store: Any) -> None:
    """Some models and versions; a prompt among them."""
    for name, team in (("churn", "growth"), ("Churn 2", "growth"), ("fraud", "risk"), ("bare", None)):
        store.create_registered_model(name, model_tags(**({"team": team} if team else {})))
    for name, source, run, tags in (
        ("churn", "s3://a/1", "a" * 32, {"k": "1", "j": "x"}),
        ("churn", "s3://a/2", "b" * 32, {"k": "2"}),
        ("fraud", "s3://B/1", None, {"k": "1"}),
        ("Churn 2", "s3://a/1", "a" * 32, {}),
        ("churn", "s3://c", None, {"k": "1"}),
    ):
        store.create_model_version(name, source, run, [tag(*one) for one in tags.items()])
    store.create_prompt("greeting", tags={"team": "growth"})
    store.create_prompt_version("greeting", "Hello")
    store.delete_model_version("churn", 3)


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """MLflow's SQL store; nobody changes it."""
    store = SqlAlchemyStore(f"sqlite:///{tmp_path_factory.mktemp('oracle')}/mlflow.db")
    fill(store)
    return store


@pytest.fixture
def both(oracle: Any, desk: Desk) -> tuple[Any, Any]:
    """MLflow's SQL store and this one, with the same in them."""
    ours = ModelRegistryStore(f"gitreg://{desk.path}")
    fill(ours)
    return oracle, ours


def answer(search: Callable[[], Any], *words: str) -> Any:
    """What is found, by these words; or the code of the refusal."""
    try:
        return [tuple(str(getattr(one, word)) for word in words) for one in search()]
    except MlflowException as error:
        return error.error_code


VERSIONS = (
    None, "", "name = 'churn'", "name != 'churn'", "name LIKE 'c%'", "name ILIKE 'C%'", "name IN ('churn', 'fraud')",
    "name NOT IN ('churn')", "run_id = '" + "a" * 32 + "'", "run_id != '" + "a" * 32 + "'", "run_id IN ('" + "b" * 32 + "')",
    "source_path = 's3://a/1'", "source_path LIKE '%b%'", "source_path ILIKE '%b%'", "version_number = 1",
    "version_number > 1", "version_number != 2", "version_number <= '1'", "tags.k = '1'",
    "tags.k != '1'", "tags.k LIKE '%'", "tag.k = '1' AND tags.j = 'x'", "tags.k = '1' AND tags.k != '2'", "tags.never = 'x'",
    "tags.`mlflow.prompt.is_prompt` = 'true'", "tags.`mlflow.prompt.is_prompt` != 'true'",
    "tags.`mlflow.prompt.is_prompt` = 'false'", "tags.`mlflow.prompt.is_prompt` != 'false'", "name > 'a'",
    "source_path IN ('x')", "unknown = 'x'", "name = churn", "name = 'a' OR name = 'b'", "creation_timestamp > 1", "tags.k > '1'",
    "name = 'churn' AND version_number = 2",
)  # fmt: skip
MODELS = (
    None, "", "name = 'churn'", "name != 'churn'", "name LIKE 'c%'", "name ILIKE 'c%'", "name LIKE '%u_n'",
    "name IN ('churn', 'fraud')", "name NOT IN ('churn')", "tags.team = 'growth'", "tags.team != 'growth'",
    "tag.team ILIKE 'GR%'", "tags.team LIKE 'GR%'", "name LIKE 'c%' AND tags.team = 'growth'",
    "tags.`mlflow.prompt.is_prompt` = 'true'", "tags.`mlflow.prompt.is_prompt` != 'true'",
    "tags.`mlflow.prompt.is_prompt` = 'true' AND tags.team = 'growth'", "name > 'a'", "tags.team > 'a'", "description = 'x'",
    "name = 'a' OR name = 'b'",
)  # fmt: skip


def test_versions_are_found_as_by_mlflows_store(both: tuple[Any, Any]) -> None:
    """Every kind of clause, and those that are none."""
    oracle, ours = both
    for text in VERSIONS:
        expected, found = (
            answer(
                lambda store=store, text=text: store.search_model_versions(
                    text, order_by=["name", "version_number"]
                ),
                "name",
                "version",
            )
            for store in (oracle, ours)
        )
        assert (text, found) == (text, expected)


def test_models_are_found_as_by_mlflows_store(both: tuple[Any, Any]) -> None:
    """Every kind of clause, and those that are none."""
    oracle, ours = both
    for text in MODELS:
        expected, found = (
            answer(lambda store=store, text=text: store.search_registered_models(text), "name")
            for store in (oracle, ours)
        )
        assert (text, found) == (text, expected)


VERSIONS_ORDERS = (
    None, ["name DESC"], ["version_number"], ["creation_timestamp"], ["creation_timestamp DESC", "name"],
    ["last_updated_timestamp ASC"], ["name", "name"], ["run_id"], ["version_number DESC", "name DESC"],
)  # fmt: skip
MODELS_ORDERS = (
    None, ["name DESC"], ["timestamp"], ["last_updated_timestamp DESC"], ["version"], ["name", "name DESC"],
)  # fmt: skip


def test_what_is_found_is_ordered_as_by_mlflows_store(both: tuple[Any, Any]) -> None:
    """By default models by name, and of versions first what changed last."""
    for order in VERSIONS_ORDERS:
        expected, found = (
            answer(
                lambda store=store, order=order: store.search_model_versions(order_by=order),
                "name",
                "version",
            )
            for store in both
        )
        assert (order, found) == (order, expected)
    for order in MODELS_ORDERS:
        expected, found = (
            answer(lambda store=store, order=order: store.search_registered_models(order_by=order), "name")
            for store in both
        )
        assert (order, found) == (order, expected)


def test_pages_lead_through_everything(both: tuple[Any, Any]) -> None:
    """The last one says that it is the last."""
    for store in both:
        first = store.search_model_versions(max_results=2, order_by=["name"])
        second = store.search_model_versions(max_results=2, order_by=["name"], page_token=first.token)

        assert [one.name for one in [*first, *second]] == ["Churn 2", "churn", "churn", "fraud"]
        assert (bool(first.token), second.token) == (True, None)
        models = store.search_registered_models(max_results=3)
        assert len(models) == 3
        assert len(store.search_registered_models(max_results=3, page_token=models.token)) == 1


def test_a_page_has_a_size(both: tuple[Any, Any]) -> None:
    """As MLflow's SQL store bounds it."""
    for store in both:
        codes = [
            answer(lambda store=store, most=most: store.search_model_versions(max_results=most))
            for most in (0, -1, 200_001, "7")
        ]

        assert codes == ["INVALID_PARAMETER_VALUE"] * 4
        assert answer(lambda store=store: store.search_registered_models(max_results=1001)) == codes[0]
