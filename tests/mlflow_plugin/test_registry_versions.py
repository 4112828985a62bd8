"""Model versions through MLflow's model registry store."""

from __future__ import annotations

import pytest
from desk import Desk
from registry_calls import ELSEWHERE, own, refusal, tag, with_versions

from gitreg.mlflow_plugin.models.store import ModelRegistryStore


@pytest.fixture
def store(desk: Desk) -> ModelRegistryStore:
    """MLflow's store on a fresh registry."""
    return ModelRegistryStore(f"gitreg://{desk.path}")


def test_numbers_count_up_and_never_come_again(store: ModelRegistryStore) -> None:
    """Also that of the highest version, when it was deleted."""
    with_versions(store, count=2)
    store.delete_model_version("churn", 2)

    assert store.create_model_version("churn", ELSEWHERE).version == 3
    assert [one.version for one in store.search_model_versions()] == [3, 1]


def test_what_the_call_said_is_kept(store: ModelRegistryStore) -> None:
    """As it was said: MLflow's pages show it."""
    store.create_registered_model("churn")
    made = store.create_model_version(
        "churn", ELSEWHERE, "a" * 32, [tag("k", "v")], "https://run", "what is new"
    )

    found = store.get_model_version("churn", 1)
    assert (found.source, found.run_id, found.run_link) == (ELSEWHERE, "a" * 32, "https://run")
    assert (found.description, own(found.tags), found.status) == ("what is new", {"k": "v"}, "READY")
    assert (found.current_stage, found.user_id, found.version) == ("None", "Ada Example", 1)
    assert made.creation_timestamp == found.creation_timestamp == found.last_updated_timestamp
    assert store.get_model_version_download_uri("churn", 1) == ELSEWHERE


def test_a_version_of_no_model_is_refused(store: ModelRegistryStore) -> None:
    """A model is registered first."""
    found = refusal(store.create_model_version, "churn", ELSEWHERE)

    assert found == ("RESOURCE_DOES_NOT_EXIST", "Registered Model with name=churn not found")


@pytest.mark.parametrize("version", [7, "7"])
def test_a_version_that_is_not_there_is_missing(store: ModelRegistryStore, version: int | str) -> None:
    """In the words of MLflow's SQL store."""
    with_versions(store)

    found = refusal(store.get_model_version, "churn", version)
    assert found == ("RESOURCE_DOES_NOT_EXIST", "Model Version (name=churn, version=7) not found")


def test_a_number_is_a_number(store: ModelRegistryStore) -> None:
    """A semantic version is none; it is asked for as a stage or an alias."""
    with_versions(store)

    assert refusal(store.get_model_version, "churn", "1.0.0")[0] == "INVALID_PARAMETER_VALUE"
    assert store.get_model_version("churn", "1").version == 1


def test_the_semantic_version_is_the_next_one_or_the_one_that_a_tag_names(store: ModelRegistryStore) -> None:
    """A tag of GitLab's is understood, too."""
    with_versions(store)
    for name, wanted in (("gitreg.version", "2.0.0"), ("gitlab.version", "2.0.1")):
        store.create_model_version("churn", ELSEWHERE, tags=[tag(name, wanted)])
    store.create_model_version("churn", ELSEWHERE)

    found = [store.get_model_version("churn", number).tags["gitreg.version"] for number in range(1, 5)]
    assert found == ["1.0.0", "2.0.0", "2.0.1", "2.1.0"]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [("1.0.0", "RESOURCE_ALREADY_EXISTS"), ("0.9.0", "INVALID_STATE"), ("one", "INVALID_PARAMETER_VALUE")],
)
def test_a_semantic_version_that_cannot_be_is_refused(
    store: ModelRegistryStore, wanted: str, code: str
) -> None:
    """Taken, too low, or none at all."""
    with_versions(store)

    refused = refusal(store.create_model_version, "churn", ELSEWHERE, tags=[tag("gitreg.version", wanted)])
    assert refused[0] == code
    assert len(store.search_model_versions()) == 1


def test_words_about_a_version_leave_its_record_as_it_was(store: ModelRegistryStore, desk: Desk) -> None:
    """It may be signed one day, or was already."""
    with_versions(store)
    path = "models/churn/versions/1.0.0/version.yaml"
    before = desk.read(path)

    store.update_model_version("churn", 1, "later words")
    store.set_model_version_tag("churn", 1, tag("k", "v"))
    store.transition_model_version_stage("churn", 1, "Archived", archive_existing_versions=False)
    found = store.get_model_version("churn", 1)
    assert (found.description, own(found.tags), found.current_stage) == (
        "later words",
        {"k": "v"},
        "Archived",
    )
    assert found.last_updated_timestamp > found.creation_timestamp
    assert desk.read(path) == before


def test_a_tag_of_the_first_hour_can_be_taken_away(store: ModelRegistryStore) -> None:
    """Though it stands in the version's own record, which is final."""
    store.create_registered_model("churn")
    store.create_model_version("churn", ELSEWHERE, tags=[tag("k", "v"), tag("other", "stays")])
    store.delete_model_version_tag("churn", 1, "k")
    store.delete_model_version_tag("churn", 1, "never")

    assert own(store.get_model_version("churn", 1).tags) == {"other": "stays"}
    store.set_model_version_tag("churn", 1, tag("k", "again"))
    assert own(store.get_model_version("churn", 1).tags) == {"k": "again", "other": "stays"}


def test_where_a_version_stands_is_not_for_anybody_to_say(store: ModelRegistryStore) -> None:
    """The tag is the plugin's own word."""
    with_versions(store)

    refused = refusal(store.set_model_version_tag, "churn", 1, tag("gitreg.state", "released"))
    assert refused[0] == "INVALID_PARAMETER_VALUE"
    assert store.get_model_version("churn", 1).tags["gitreg.state"] == "accepted"


def test_tags_of_state_can_be_left_out(store: ModelRegistryStore, desk: Desk) -> None:
    """For programs that compare all tags of a version."""
    with_versions(store)
    desk.git("config", "gitreg.stateTags", "false")

    assert ModelRegistryStore(f"gitreg://{desk.path}?").get_model_version("churn", 1).tags == {}


def test_a_copy_says_the_same_of_another_model(store: ModelRegistryStore) -> None:
    """With a semantic version of its own."""
    with_versions(store, count=2)
    store.set_model_version_tag("churn", 2, tag("k", "v"))
    for _ in range(2):
        copied = store.copy_model_version(store.get_model_version("churn", 2), "copy")

    assert (copied.name, copied.version, copied.source) == ("copy", 2, "models:/churn/2")
    assert copied.tags == {"gitreg.version": "1.1.0", "gitreg.state": "accepted", "k": "v"}


@pytest.mark.parametrize("source", ["models:/m-" + "a" * 32, "models:/churn/7", "models:/never/1"])
def test_a_model_uri_that_names_nothing_is_refused(store: ModelRegistryStore, source: str) -> None:
    """As MLflow's SQL store does."""
    with_versions(store)

    assert "Unable to fetch model from model URI" in refusal(store.create_model_version, "churn", source)[1]


def test_a_deleted_version_has_no_names(store: ModelRegistryStore) -> None:
    """An alias that named it is gone with it."""
    with_versions(store)
    store.set_registered_model_alias("churn", "champion", 1)
    store.delete_model_version("churn", 1)

    assert store.get_registered_model("churn").aliases == {}
    assert refusal(store.delete_model_version, "churn", 1)[0] == "RESOURCE_DOES_NOT_EXIST"


def test_what_was_promoted_by_hand_is_there_too(store: ModelRegistryStore, desk: Desk) -> None:
    """Both ways lead to the same models."""
    candidate = desk.released()

    found = store.get_model_version("churn", 1)
    assert (found.run_id, found.tags["gitreg.state"], found.tags["gitreg.version"]) == (
        candidate.id,
        "released",
        "1.0.0",
    )
    assert store.get_model_version_download_uri("churn", 1).endswith("/-/registered/churn/1.0.0/artifacts")
    assert store.create_model_version("churn", ELSEWHERE).tags["gitreg.version"] == "1.1.0"


def test_what_waits_for_review_is_loadable_by_number_and_is_nobodys_latest(
    store: ModelRegistryStore, desk: Desk
) -> None:
    """Who asks for the latest gets what was accepted."""
    desk.released()
    desk.promote(desk.log())

    waiting = store.get_model_version("churn", 2)
    assert (waiting.tags["gitreg.state"], waiting.tags["gitreg.branch"]) == (
        "proposed",
        "gitreg/promote/churn/v1.1.0",
    )
    assert [one.version for one in store.get_latest_versions("churn")] == [1]
    assert refusal(store.set_registered_model_alias, "churn", "champion", 2)[0] == "INVALID_PARAMETER_VALUE"
    assert refusal(store.delete_model_version, "churn", 2)[0] == "INVALID_PARAMETER_VALUE"
