"""What registering means is the registry's policy: at once, or by review."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import Desk, merge_proposals
from registry_calls import ELSEWHERE, model_tags, own, refusal, tag, with_versions

from gitreg.domain.version import VersionNumber
from gitreg.mlflow_plugin.models.store import ModelRegistryStore
from gitreg.workflows.proposing.proposals import open_proposals
from gitreg.workflows.publishing.exchange import fetch


def by_review(desk: Desk) -> None:
    """Registering proposes."""
    text = desk.read("gitreg.yaml").decode()
    assert "registration: direct" in text
    desk.commit({"gitreg.yaml": text.replace("registration: direct", "registration: proposal").encode()})
    desk.git("reset", "-q", "--hard")


def store_of(path: Path) -> ModelRegistryStore:
    return ModelRegistryStore(f"gitreg://{path}")


@pytest.fixture
def reviewed(desk: Desk) -> ModelRegistryStore:
    """A registry in which registering proposes."""
    by_review(desk)
    return store_of(desk.path)


def test_a_model_and_its_version_wait_for_review(reviewed: ModelRegistryStore, desk: Desk) -> None:
    """Both can be asked for meanwhile, and say that they wait."""
    reviewed.create_registered_model("churn", model_tags(team="growth"))
    made = reviewed.create_model_version("churn", ELSEWHERE, tags=[tag("k", "v")])

    assert desk.registry.accepted.names("models") == [".gitignore"]
    assert made.tags == {
        "k": "v", "gitreg.version": "1.0.0", "gitreg.state": "proposed", "gitreg.branch": "gitreg/promote/churn/v1.0.0",
    }  # fmt: skip
    assert reviewed.get_registered_model("churn").tags == {"team": "growth"}
    assert reviewed.get_model_version("churn", 1).source == ELSEWHERE
    assert reviewed.get_latest_versions("churn") == []
    assert [one.name for one in open_proposals(desk.registry)] == [
        "gitreg/edit/churn",
        "gitreg/promote/churn/v1.0.0",
    ]


def test_what_waits_is_accepted_by_merging_it(reviewed: ModelRegistryStore, desk: Desk) -> None:
    """In any order, with everything that was said."""
    reviewed.create_registered_model("churn", model_tags(team="growth"))
    for _ in range(2):
        reviewed.create_model_version("churn", ELSEWHERE)
    merge_proposals(desk.registry, desk.author)
    reviewed.set_model_version_tag("churn", 2, tag("k", "v"))
    reviewed.update_registered_model("churn", "who leaves")
    reviewed.create_model_version("churn", ELSEWHERE)

    assert reviewed.get_registered_model("churn").description == "who leaves"
    merge_proposals(desk.registry, desk.author)
    assert open_proposals(desk.registry) == []
    found = [reviewed.get_model_version("churn", number) for number in (1, 2, 3)]
    assert {one.tags["gitreg.state"] for one in found} == {"accepted"}
    assert own(found[1].tags) == {"k": "v"}
    assert reviewed.get_registered_model("churn").description == "who leaves"


def test_of_a_model_that_waits_nothing_more_is_said(reviewed: ModelRegistryStore) -> None:
    """Each of its proposals adds the record whole; other words would be in their way."""
    reviewed.create_registered_model("churn")

    code, words = refusal(reviewed.set_registered_model_tag, "churn", *model_tags(a="b"))
    assert (code, "merge gitreg/edit/churn" in words) == ("INVALID_STATE", True)


def test_two_that_wait_have_two_numbers(reviewed: ModelRegistryStore) -> None:
    """`models:/churn/2` must name one of them."""
    reviewed.create_registered_model("churn")

    numbers = [reviewed.create_model_version("churn", ELSEWHERE).version for _ in range(3)]
    assert numbers == [1, 2, 3]


def test_an_alias_waits_and_is_refused(reviewed: ModelRegistryStore, desk: Desk) -> None:
    """Who loads by it gets what was accepted, and nothing else."""
    reviewed.create_registered_model("churn")
    reviewed.create_model_version("churn", ELSEWHERE)
    merge_proposals(desk.registry, desk.author)

    code, words = refusal(reviewed.set_registered_model_alias, "churn", "champion", 1)
    assert (code, "gitreg/edit/churn" in words) == ("PERMISSION_DENIED", True)
    assert refusal(reviewed.get_model_version_by_alias, "churn", "champion")[0] == "INVALID_PARAMETER_VALUE"
    merge_proposals(desk.registry, desk.author)
    assert reviewed.get_model_version_by_alias("churn", "champion").version == 1


def test_what_waits_serves_nobody(desk: Desk) -> None:
    """Neither in the stage that it is proposed for, nor in one of MLflow's own."""
    desk.promote(desk.log(), stage="production")
    store = store_of(desk.path)

    assert store.get_model_version("churn", 1).tags["gitreg.state"] == "proposed"
    assert refusal(store.get_model_version_by_alias, "churn", "production")[0] == "INVALID_PARAMETER_VALUE"
    assert store.get_latest_versions("churn", ["Production"]) == []
    refused = refusal(
        store.transition_model_version_stage, "churn", 1, "Archived", archive_existing_versions=False
    )
    assert (refused[0], "waits for review" in refused[1]) == ("INVALID_PARAMETER_VALUE", True)


def test_of_two_that_claim_one_number_the_earlier_has_it(desk: Desk) -> None:
    """Two clones may not know of each other; whoever loads by the number does not get something else one day."""
    desk.released()
    desk.promote(desk.log(), version=VersionNumber(1, 1, 0))
    branch = "refs/heads/gitreg/promote/churn/v1.1.0"
    tip = desk.tip(branch)
    desk.git("update-ref", "-d", branch)
    desk.promote(desk.log(), version=VersionNumber(1, 0, 1))
    desk.git("update-ref", branch, str(tip))

    assert len(open_proposals(desk.registry)) == 2
    found = store_of(desk.path).get_model_version("churn", 2)
    assert found.tags["gitreg.version"] == "1.1.0"


def test_who_is_there_under_which_name_is_decided_by_review(reviewed: ModelRegistryStore, desk: Desk) -> None:
    """Anybody may push a proposal: it hides no version, and gives no model another one's name."""
    reviewed.create_registered_model("churn")
    for _ in range(2):
        reviewed.create_model_version("churn", ELSEWHERE)
    merge_proposals(desk.registry, desk.author)
    moves = [
        refusal(reviewed.delete_model_version, "churn", 2),
        refusal(
            reviewed.transition_model_version_stage, "churn", 1, "Archived", archive_existing_versions=False
        ),
        refusal(reviewed.rename_registered_model, "churn", "fraud"),
        refusal(reviewed.delete_registered_model, "churn"),
    ]
    reviewed.set_model_version_tag("churn", 2, tag("k", "v"))

    assert {code for code, _ in moves} == {"PERMISSION_DENIED"}
    assert all("gitreg/edit/churn" in words for _, words in moves)
    assert [one.version for one in reviewed.get_latest_versions("churn")] == [2]
    assert own(reviewed.get_model_version("churn", 2).tags) == {"k": "v"}
    assert refusal(reviewed.get_registered_model, "fraud")[0] == "RESOURCE_DOES_NOT_EXIST"
    assert [one.name for one in reviewed.search_registered_models()] == ["churn"]
    merge_proposals(desk.registry, desk.author)
    assert reviewed.search_registered_models() == []


def test_a_name_that_waits_is_taken(reviewed: ModelRegistryStore) -> None:
    """As one that was accepted."""
    reviewed.create_registered_model("churn")

    assert refusal(reviewed.create_registered_model, "churn")[0] == "RESOURCE_ALREADY_EXISTS"


def test_two_clones_lose_none_of_each_others_words(desk: Desk) -> None:
    """Whoever was too late says it again upon what the other one said."""
    desk.log()
    desk.share()
    here, there = store_of(desk.path), store_of(desk.clone())
    with_versions(here)

    there.create_registered_model("other")
    there.set_model_version_tag("churn", 1, tag("a", "there"))
    here.set_model_version_tag("churn", 1, tag("b", "here"))
    there.set_registered_model_alias("churn", "champion", 1)
    here.create_model_version("churn", ELSEWHERE)
    there.create_model_version("churn", ELSEWHERE)
    fetch(desk.registry, desk.author)
    assert own(here.get_model_version("churn", 1).tags) == {"a": "there", "b": "here"}
    assert sorted(one.version for one in here.search_model_versions("name = 'churn'")) == [1, 2, 3]
    assert here.get_registered_model("churn").aliases == {"champion": 1}


def test_a_protected_branch_is_told_of(desk: Desk) -> None:
    """With the setting by which registering proposes instead."""
    desk.log()
    remote = desk.share()
    hook = remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nwhile read old new ref; do [ $ref != refs/heads/main ] || exit 1; done\n")
    hook.chmod(0o755)
    before = desk.tip()

    code, words = refusal(store_of(desk.path).create_registered_model, "churn")
    assert (code, "registration: proposal" in words) == ("PERMISSION_DENIED", True)
    assert desk.tip() == before


def test_a_remote_that_is_away_changes_nothing(desk: Desk) -> None:
    """A number that nobody else knows of would be given twice."""
    desk.log()
    remote = desk.share()
    store = store_of(desk.path)
    store.create_registered_model("churn")
    before = desk.tip()
    remote.rename(remote.with_name("away"))

    assert refusal(store.create_model_version, "churn", ELSEWHERE)[0] == "TEMPORARILY_UNAVAILABLE"
    assert desk.tip() == before
