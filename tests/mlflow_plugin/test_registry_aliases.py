"""Aliases and stages through MLflow's model registry store; those of the registry are moved by review only."""

from __future__ import annotations

import pytest
from desk import Desk
from registry_calls import ELSEWHERE, refusal, with_versions

from gitreg.domain.registry import RegistrySettings
from gitreg.mlflow_plugin.models.store import ModelRegistryStore
from gitreg.workflows.proposals import open_proposals


@pytest.fixture
def store(desk: Desk) -> ModelRegistryStore:
    """MLflow's store on a fresh registry."""
    return ModelRegistryStore(f"gitreg://{desk.path}")


def with_stages(desk: Desk, *stages: str) -> None:
    """The registry has these stages instead of the usual ones."""
    text = desk.read("gitreg.yaml").decode()
    words = "".join(f"\n  - {stage}" for stage in stages) or " []"
    before = "stages:\n  - staging\n  - production"
    assert before in text
    desk.commit({"gitreg.yaml": text.replace(before, f"stages:{words}").encode()})
    desk.git("reset", "-q", "--hard")
    assert desk.registry.rules == desk.registry.rules.model_copy(update={"stages": list(stages)})
    assert isinstance(desk.registry.rules, RegistrySettings)


def test_an_alias_names_a_version_until_it_names_another(store: ModelRegistryStore) -> None:
    """It stands at the model and at the version."""
    with_versions(store, count=2)
    store.set_registered_model_alias("churn", "champion", 1)
    store.set_registered_model_alias("churn", "champion", "2")
    store.set_registered_model_alias("churn", "first", 1)

    assert store.get_registered_model("churn").aliases == {"champion": 2, "first": 1}
    assert store.get_model_version_by_alias("churn", "champion").version == 2
    assert store.get_model_version("churn", 1).aliases == ["first"]


def test_an_alias_goes(store: ModelRegistryStore) -> None:
    """One that is not there is no fault."""
    with_versions(store)
    store.set_registered_model_alias("churn", "champion", 1)
    store.delete_registered_model_alias("churn", "champion")
    store.delete_registered_model_alias("churn", "never")

    found = refusal(store.get_model_version_by_alias, "churn", "champion")
    assert found == ("INVALID_PARAMETER_VALUE", "Registered model alias champion not found.")


@pytest.mark.parametrize("alias", ["", "latest", "LATEST", "v7", "a b", "a/b"])
def test_what_mlflow_calls_no_alias_is_none(store: ModelRegistryStore, alias: str) -> None:
    """Some words have another meaning."""
    with_versions(store)

    assert refusal(store.set_registered_model_alias, "churn", alias, 1)[0] == "INVALID_PARAMETER_VALUE"


def test_the_latest_is_the_highest_number(store: ModelRegistryStore) -> None:
    """Whatever stage it is in."""
    with_versions(store, count=3)
    store.transition_model_version_stage("churn", 1, "Archived", archive_existing_versions=False)

    assert store.get_model_version_by_alias("churn", "latest").version == 3
    assert sorted(one.version for one in store.get_latest_versions("churn")) == [1, 3]


@pytest.mark.parametrize("word", ["1.0.0", "champion"])
def test_a_uri_names_a_semantic_version_or_an_alias_either_way(store: ModelRegistryStore, word: str) -> None:
    """MLflow's client asks for `models:/churn/1.0.0` as a stage, and for `models:/churn@1.0.0` as an alias."""
    with_versions(store, count=2)
    store.set_registered_model_alias("churn", "champion", 1)

    assert [one.version for one in store.get_latest_versions("churn", [word])] == [1]
    assert store.get_model_version_by_alias("churn", word).version == 1


def test_a_stage_that_mlflow_does_not_have_is_refused(store: ModelRegistryStore) -> None:
    """With MLflow's words, which name those it has."""
    with_versions(store)

    found = refusal(store.get_latest_versions, "churn", ["Nowhere"])
    assert found[0] == "INVALID_PARAMETER_VALUE"
    assert "Invalid Model Version stage" in found[1]


def test_stages_that_the_registry_does_not_have_are_mlflows_own(
    store: ModelRegistryStore, desk: Desk
) -> None:
    """Then the API moves them, as MLflow does; versions in them are archived if it is told to."""
    with_stages(desk, "live")
    with_versions(store, count=3)
    store.transition_model_version_stage("churn", 1, "production", archive_existing_versions=False)
    store.transition_model_version_stage("churn", 2, "Production", archive_existing_versions=True)

    assert [store.get_model_version("churn", one).current_stage for one in (1, 2, 3)] == [
        "Archived",
        "Production",
        "None",
    ]
    assert [one.version for one in store.get_latest_versions("churn", ["Production"])] == [2]
    refused = refusal(
        store.transition_model_version_stage, "churn", 1, "None", archive_existing_versions=True
    )
    assert "is not an Active stage" in refused[1]


def test_a_stage_of_the_registry_is_proposed_and_refused(store: ModelRegistryStore, desk: Desk) -> None:
    """The refusal says where the proposal is."""
    desk.released()

    code, words = refusal(store.set_registered_model_alias, "churn", "production", 1)
    assert code == "PERMISSION_DENIED"
    assert "gitreg/assign/churn/production" in words
    assert [one.name for one in open_proposals(desk.registry)] == ["gitreg/assign/churn/production"]
    assert refusal(store.get_model_version_by_alias, "churn", "production")[0] == "INVALID_PARAMETER_VALUE"
    desk.accept()
    assert store.get_model_version_by_alias("churn", "production").version == 1
    assert [one.version for one in store.get_latest_versions("churn", ["production"])] == [1]
    assert store.get_model_version("churn", 1).current_stage == "Production"
    assert store.get_registered_model("churn").aliases == {"production": 1}


def test_a_version_that_serves_already_needs_no_proposal(store: ModelRegistryStore, desk: Desk) -> None:
    """A script that sets the alias again goes on."""
    desk.promote(desk.log(), stage="production")
    desk.accept()

    store.set_registered_model_alias("churn", "production", 1)
    store.transition_model_version_stage("churn", 1, "Production", archive_existing_versions=True)
    assert open_proposals(desk.registry) == []


def test_what_is_not_released_is_not_proposed_for_a_stage(store: ModelRegistryStore, desk: Desk) -> None:
    """The refusal says what to do first."""
    with_versions(store)

    code, words = refusal(
        store.transition_model_version_stage, "churn", 1, "Production", archive_existing_versions=False
    )
    assert code == "PERMISSION_DENIED"
    assert "gitreg release churn@1.0.0" in words
    assert open_proposals(desk.registry) == []


def test_what_serves_is_not_hidden(store: ModelRegistryStore, desk: Desk) -> None:
    """Neither the version, nor the model, nor the name by which it is asked for."""
    desk.promote(desk.log(), stage="production")
    desk.accept()

    assert refusal(store.delete_model_version, "churn", 1)[0] == "PERMISSION_DENIED"
    assert refusal(store.delete_registered_model, "churn")[0] == "PERMISSION_DENIED"
    assert refusal(store.delete_registered_model_alias, "churn", "production")[0] == "PERMISSION_DENIED"
    refused = refusal(
        store.transition_model_version_stage, "churn", 1, "Archived", archive_existing_versions=False
    )
    assert refused[0] == "PERMISSION_DENIED"
    assert store.create_model_version("churn", ELSEWHERE).version == 2
