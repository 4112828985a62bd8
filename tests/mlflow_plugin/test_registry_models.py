"""Registered models through MLflow's model registry store."""

from __future__ import annotations

import subprocess
import sys

import pytest
from desk import Desk
from registry_calls import model_tags, own, refusal, tag, with_versions

from gitreg.mlflow_plugin.models.store import ModelRegistryStore


@pytest.fixture
def store(desk: Desk) -> ModelRegistryStore:
    """MLflow's store on a fresh registry."""
    return ModelRegistryStore(f"gitreg://{desk.path}")


def test_a_model_is_a_record_on_the_accepted_branch(store: ModelRegistryStore, desk: Desk) -> None:
    """Whoever has a clone sees it, without MLflow."""
    made = store.create_registered_model("Customer churn", model_tags(team="growth"), "Who leaves")

    (model,) = [one for one in desk.registry.accepted.paths("models") if one.endswith("/model.yaml")]
    assert b"name: Customer churn" in desk.read(model)
    assert (made.name, made.tags, made.description) == ("Customer churn", {"team": "growth"}, "Who leaves")
    assert made.creation_timestamp == made.last_updated_timestamp > 0


def test_a_name_is_given_once(store: ModelRegistryStore) -> None:
    """In MLflow's words, for its client looks at the code and people read the rest."""
    store.create_registered_model("churn")

    found = refusal(store.create_registered_model, "churn")
    assert found == ("RESOURCE_ALREADY_EXISTS", "Registered Model (name=churn) already exists.")


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a:b", None])
def test_what_mlflow_calls_no_name_is_none(store: ModelRegistryStore, name: str) -> None:
    """MLflow's own check says so."""
    assert refusal(store.create_registered_model, name)[0] == "INVALID_PARAMETER_VALUE"


def test_what_is_not_there_is_missing(store: ModelRegistryStore) -> None:
    """In the words of MLflow's SQL store."""
    found = refusal(store.get_registered_model, "churn")

    assert found == ("RESOURCE_DOES_NOT_EXIST", "Registered Model with name=churn not found")


def test_a_description_is_replaced_and_taken_away(store: ModelRegistryStore) -> None:
    """None is none."""
    store.create_registered_model("churn", description="first")
    before = store.get_registered_model("churn").last_updated_timestamp

    after = store.update_registered_model("churn", "second")
    assert after.description == "second"
    assert after.last_updated_timestamp >= before
    assert store.update_registered_model("churn", None).description is None


def test_tags_come_and_go(store: ModelRegistryStore) -> None:
    """Taking away one that is not there is no fault."""
    store.create_registered_model("churn", model_tags(a="1"))
    store.set_registered_model_tag("churn", *model_tags(b="2"))
    store.delete_registered_model_tag("churn", "a")
    store.delete_registered_model_tag("churn", "never")

    assert store.get_registered_model("churn").tags == {"b": "2"}


def test_text_that_no_record_holds_is_replaced(store: ModelRegistryStore) -> None:
    """A training does not end because of a character."""
    store.create_registered_model("churn", model_tags(a="x\x00y"), "bell \x07")

    found = store.get_registered_model("churn")
    assert (found.tags, found.description) == ({"a": "x\ufffdy"}, "bell \ufffd")


def test_a_renamed_model_keeps_folder_and_versions(store: ModelRegistryStore) -> None:
    """Its old name is free for another model, which gets a folder of its own."""
    with_versions(store)
    store.rename_registered_model("churn", "leaving")
    store.create_registered_model("churn")

    assert store.get_model_version("leaving", 1).name == "leaving"
    assert store.search_model_versions("name = 'churn'") == []
    assert store.create_model_version("churn", "s3://other").version == 1
    assert refusal(store.rename_registered_model, "leaving", "churn")[0] == "RESOURCE_ALREADY_EXISTS"


def test_a_deleted_model_is_gone_and_its_numbers_are_not_used_again(store: ModelRegistryStore) -> None:
    """Who pinned `models:/churn/1` must not get something else one day."""
    with_versions(store, count=2)
    store.set_model_version_tag("churn", 1, tag("k", "v"))
    store.set_registered_model_alias("churn", "champion", 1)
    store.delete_registered_model("churn")

    assert refusal(store.get_registered_model, "churn")[0] == "RESOURCE_DOES_NOT_EXIST"
    assert refusal(store.get_model_version, "churn", 1)[0] == "RESOURCE_DOES_NOT_EXIST"
    again = store.create_registered_model("churn")
    assert (again.aliases, again.tags, again.latest_versions) == ({}, {}, [])
    assert store.create_model_version("churn", "s3://new").version == 3
    assert refusal(store.get_model_version, "churn", 1)[0] == "RESOURCE_DOES_NOT_EXIST"


def test_the_folder_of_a_model_that_was_renamed_and_deleted_is_found_by_its_last_name(
    store: ModelRegistryStore,
) -> None:
    """The name is what people pin, not the folder."""
    with_versions(store)
    store.rename_registered_model("churn", "leaving")
    store.delete_registered_model("leaving")
    store.create_registered_model("leaving")

    assert store.create_model_version("leaving", "s3://new").version == 2


def test_a_filled_registry_is_valid(store: ModelRegistryStore, desk: Desk) -> None:
    """What MLflow's API writes keeps every rule."""
    with_versions(store, count=3)
    store.set_model_version_tag("churn", 1, tag("k", "v"))
    store.delete_model_version_tag("churn", 1, "k")
    store.update_model_version("churn", 2, "words\nof two lines")
    store.transition_model_version_stage("churn", 2, "Archived", archive_existing_versions=False)
    store.set_registered_model_alias("churn", "champion", 3)
    store.delete_model_version("churn", 2)
    with_versions(store, "A name: with words".replace(":", ""), 1)
    store.delete_registered_model("A name with words")

    done = subprocess.run(
        [sys.executable, "-m", "gitreg", "validate"],
        cwd=desk.path,
        env=desk.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "9 records are valid\n")


def test_prompts_are_kept_apart_from_models(store: ModelRegistryStore) -> None:
    """MLflow keeps them as models with a tag, and leaves them out of every search that does not ask for them."""
    with_versions(store)
    store.create_prompt("greeting", "How to greet", {"tone": "kind"})
    made = store.create_prompt_version("greeting", "Hello {{name}}", "first", {"by": "ada"})
    store.set_prompt_alias("greeting", "best", made.version)

    found = store.get_prompt_version_by_alias("greeting", "best")
    assert found is not None
    assert (found.template, found.commit_message, own(found.tags)) == (
        "Hello {{name}}",
        "first",
        {"by": "ada"},
    )
    assert [one.name for one in store.search_prompts()] == ["greeting"]
    assert [one.name for one in store.search_registered_models()] == ["churn"]
    assert [one.name for one in store.search_model_versions()] == ["churn"]
    taken = refusal(store.create_prompt, "churn")
    assert "already taken by a registered model" in taken[1]
