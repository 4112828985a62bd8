"""Aliases and stages through MLflow's model registry store; those of the registry are moved by review only."""

from __future__ import annotations

from typing import Any

import pytest
from desk import Desk
from registry_calls import ELSEWHERE, refusal, with_versions

from gitreg.domain.registry import RegistrySettings
from gitreg.mlflow_plugin.models.store import ModelRegistryStore
from gitreg.workflows.proposing.proposals import open_proposals


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


def said_of_churn(desk: Desk, before: str, after: str) -> None:
    """The model's record says something else, by a commit of somebody's own."""
    text = desk.read("models/churn/model.yaml").decode()
    assert before in text
    desk.commit({"models/churn/model.yaml": text.replace(before, after).encode()})
    desk.git("reset", "-q", "--hard")


def test_what_reads_as_a_semantic_version_is_no_alias(store: ModelRegistryStore, desk: Desk) -> None:
    """Who pinned 1.9.0 before it was there must not get another version."""
    with_versions(store)
    store.set_registered_model_alias("churn", "champion", 1)
    said_of_churn(desk, "champion: 1.0.0", "1.9.0: 1.0.0")

    assert refusal(store.get_latest_versions, "churn", ["1.9.0"])[0] == "INVALID_PARAMETER_VALUE"
    assert refusal(store.get_model_version_by_alias, "churn", "1.9.0")[0] == "INVALID_PARAMETER_VALUE"


def test_an_alias_of_digits_is_an_alias_in_a_source_too(store: ModelRegistryStore) -> None:
    """`models:/churn@1` is what goes by that alias, and `models:/churn/1` the number."""
    store.create_registered_model("churn")
    for source in ("s3://one", "s3://two"):
        store.create_model_version("churn", source)
    store.set_registered_model_alias("churn", "1", 2)
    store.create_registered_model("copy")
    copies = [store.create_model_version("copy", source) for source in ("models:/churn@1", "models:/churn/1")]

    found = [store.get_model_version_download_uri("copy", one.version) for one in copies]
    assert found == ["s3://two", "s3://one"]
    assert store.get_model_version_by_alias("churn", "1").version == 2


def test_a_name_from_before_it_was_a_stage_names_nothing(store: ModelRegistryStore, desk: Desk) -> None:
    """Nobody reviewed what MLflow's API once called production."""
    with_stages(desk, "live")
    with_versions(store, count=2)
    store.transition_model_version_stage("churn", 2, "Production", archive_existing_versions=False)
    for alias in ("production", "Production"):
        store.set_registered_model_alias("churn", alias, 2)
    text = desk.read("gitreg.yaml").replace(b"\n  - live", b"\n  - live\n  - production")
    desk.commit({"gitreg.yaml": text})
    desk.git("reset", "-q", "--hard")

    assert store.get_latest_versions("churn", ["Production"]) == []
    assert store.get_model_version("churn", 2).current_stage == "None"
    assert store.get_registered_model("churn").aliases == {}
    for alias in ("production", "Production"):
        assert refusal(store.get_model_version_by_alias, "churn", alias)[0] == "INVALID_PARAMETER_VALUE"
        assert refusal(store.set_registered_model_alias, "churn", alias, 1)[0] == "PERMISSION_DENIED"


def test_no_name_is_protected_before_there_is_a_key(repository_desk: Desk) -> None:
    """Nobody could sign what review moved: code that knows nothing of gitreg names what it likes, until somebody begins the trust root."""
    repository_desk.init(trust=False)
    store = ModelRegistryStore(f"gitreg://{repository_desk.path}")
    with_versions(store)
    store.set_registered_model_alias("churn", "production", 1)
    store.transition_model_version_stage("churn", 1, "Staging", archive_existing_versions=False)

    assert store.get_model_version_by_alias("churn", "production").version == 1
    assert [one.version for one in store.get_latest_versions("churn", ["Staging"])] == [1]
    repository_desk.init()
    assert refusal(store.set_registered_model_alias, "churn", "production", 1)[0] == "PERMISSION_DENIED"
    assert refusal(store.get_model_version_by_alias, "churn", "production")[0] == "INVALID_PARAMETER_VALUE"


def test_a_version_in_two_stages_is_found_by_each(store: ModelRegistryStore, desk: Desk) -> None:
    """MLflow knows one stage of a version, and shows the last one."""
    desk.promote(desk.log(), stage="production")
    desk.accept()
    said_of_churn(desk, "production: 1.0.0", "production: 1.0.0\n  staging: 1.0.0")

    for stage in ("staging", "Staging", "production", "Production"):
        assert [one.version for one in store.get_latest_versions("churn", [stage])] == [1]
    assert store.get_model_version("churn", 1).current_stage == "Production"


def test_a_version_that_serves_already_is_written_down_nowhere_else(
    store: ModelRegistryStore, desk: Desk
) -> None:
    """Else it would go by that name when the stage has moved on."""
    desk.promote(desk.log(), stage="production")
    desk.accept()
    before = desk.tip()
    store.set_registered_model_alias("churn", "production", 1)
    store.transition_model_version_stage("churn", 1, "Production", archive_existing_versions=True)

    assert desk.tip() == before


def test_what_serves_is_not_called_otherwise(store: ModelRegistryStore, desk: Desk) -> None:
    """Another model could take the name, and what is asked for by name and stage would be something else."""
    desk.promote(desk.log(), stage="production")
    desk.accept()

    code, words = refusal(store.rename_registered_model, "churn", "leaving")
    assert (code, "gitreg/edit/churn" in words) == ("PERMISSION_DENIED", True)
    assert store.get_model_version_by_alias("churn", "production").name == "churn"
    desk.accept()
    assert store.get_model_version_by_alias("leaving", "production").version == 1


def test_a_model_that_was_deleted_while_it_served_serves_nothing_else(
    store: ModelRegistryStore, desk: Desk
) -> None:
    """Its stage is emptied by review only, though another model of that name begins."""
    desk.promote(desk.log(), stage="production")
    desk.accept()
    said_of_churn(desk, "deleted: null", "deleted: 2026-11-22T12:00:00.000Z")
    store.create_registered_model("churn")
    store.create_model_version("churn", ELSEWHERE)

    assert desk.read("models/churn/model.yaml").count(b"production: 1.0.0") == 1
    assert refusal(store.get_model_version_by_alias, "churn", "production")[0] == "INVALID_PARAMETER_VALUE"


def test_no_alias_at_all_is_refused_in_mlflows_words(store: ModelRegistryStore) -> None:
    """As its own store does."""
    with_versions(store)

    for alias in (None, ""):
        assert refusal(store.get_model_version_by_alias, "churn", alias)[0] == "INVALID_PARAMETER_VALUE"


class Late(ModelRegistryStore):
    """A store before whose next change somebody else's comes."""

    def __init__(self, store: ModelRegistryStore, *call: object) -> None:
        super().__init__(store.store_uri)
        self._others = call

    def _edit(self, *args: Any) -> Any:
        name, *words = self._others
        getattr(ModelRegistryStore(self.store_uri), str(name))(*words)
        return super()._edit(*args)


def test_who_moves_a_stage_later_archives_what_came_meanwhile(store: ModelRegistryStore, desk: Desk) -> None:
    """Else two versions would be in a stage that each of the two wanted for one."""
    with_stages(desk, "live")
    with_versions(store, count=2)
    late = Late(store, "transition_model_version_stage", "churn", 1, "Staging", True)
    late.transition_model_version_stage("churn", 2, "Staging", archive_existing_versions=True)

    assert [store.get_model_version("churn", one).current_stage for one in (1, 2)] == ["Archived", "Staging"]


def test_of_two_models_that_want_one_name_the_later_is_refused(store: ModelRegistryStore) -> None:
    """`models:/wanted/1` must name one of them."""
    for name in ("one", "other"):
        with_versions(store, name)
    late = Late(store, "rename_registered_model", "one", "wanted")

    found = refusal(late.rename_registered_model, "other", "wanted")
    assert found[0] == "RESOURCE_ALREADY_EXISTS"
    assert [one.name for one in store.search_registered_models()] == ["other", "wanted"]
