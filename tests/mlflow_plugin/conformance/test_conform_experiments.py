"""Experiments: made, read, renamed, tagged, deleted and restored."""

from __future__ import annotations

import time
from typing import Any

import pytest
from conformity import case, lone_case
from grounds import INVALID, MISSING, NOT_ACTIVE, STATE, THERE, Place, pause, refused
from mlflow.entities import Experiment, ExperimentTag, ViewType
from mlflow.utils.validation import MAX_EXPERIMENT_NAME_LENGTH


def shown(experiment: Experiment) -> dict[str, Any]:
    """What an experiment says of itself, without times and addresses."""
    return {
        "id": experiment.experiment_id,
        "name": experiment.name,
        "stage": experiment.lifecycle_stage,
        "tags": experiment.tags,
    }


@lone_case
def test_a_new_store_holds_the_default_experiment(at: Place) -> object:
    """Number 0, called Default."""
    found = at.store.search_experiments()

    assert [(one.experiment_id, one.name) for one in found] == [("0", "Default")]
    assert at.store.get_experiment("0").lifecycle_stage == "active"
    return [shown(one) for one in found]


@lone_case
def test_the_default_experiment_is_deleted_and_restored_like_others(at: Place) -> object:
    """It does not come back by itself, and its number is kept."""
    at.experiment("another")
    at.store.delete_experiment("0")

    assert at.named() == ["another"]
    assert at.store.get_experiment("0").lifecycle_stage == "deleted"
    assert set(at.named(view_type=ViewType.ALL)) == {"another", "Default"}
    at.store.restore_experiment("0")
    assert at.named() == ["another", "Default"]
    return shown(at.store.get_experiment("0"))


@lone_case
def test_the_default_experiment_can_be_renamed(at: Place) -> object:
    """Then nothing is called Default any more, and runs go on to be logged to it."""
    at.store.rename_experiment("0", "Trials")
    run = at.run(experiment="0")

    assert at.store.get_experiment("0").name == "Trials"
    assert at.store.get_experiment_by_name("Default") is None
    assert at.store.get_run(run).info.experiment_id == "0"
    return at.named()


@lone_case
def test_the_default_experiment_takes_tags_and_runs(at: Place) -> object:
    """As any other."""
    at.store.set_experiment_tag("0", ExperimentTag("team", "red"))
    at.run("first", "0")

    assert at.found("0") == ["first"]
    return shown(at.store.get_experiment("0"))


@case
def test_an_id_of_no_experiment_is_refused(at: Place) -> None:
    """It is missing."""
    refused(MISSING, "No Experiment with id=100200 exists", at.store.get_experiment, "100200")


@case
def test_an_id_that_is_no_number_is_refused(at: Place) -> None:
    """It means nothing, whatever is asked of it."""
    for act in (at.store.get_experiment, at.store.delete_experiment, at.store.restore_experiment):
        refused(INVALID, "Invalid experiment ID 'first'", act, "first")


@case
def test_an_experiment_says_what_it_was_made_with(at: Place) -> object:
    """Name, tags, life, and one time for both its making and its last change."""
    before = int(time.time() * 1000)
    made = at.experiment(tags={"team": "red", "note": "two\nlines"})
    found = at.store.get_experiment(made)

    assert found.tags == {"team": "red", "note": "two\nlines"}
    assert found.creation_time == found.last_update_time
    assert before <= found.creation_time <= int(time.time() * 1000)
    assert found.name.startswith("experiment ")
    return [found.lifecycle_stage, found.tags]


@case
def test_ids_are_text_of_digits(at: Place) -> object:
    """So that they pass through the protocol, and two experiments never share one."""
    first, second = at.experiment(), at.experiment()

    assert first.isdigit()
    assert second.isdigit()
    assert first != second
    return [type(first).__name__]


@case
@pytest.mark.parametrize("name", ["x", "über Größe 測試", "a/b", "a b", "UPPER", "..", "-dash", "a.b:c"])
def test_names_are_any_text(at: Place, name: str) -> object:
    """They are found by it, as it was given."""
    called = f"{name} {at.kind}-{time.time_ns()}"
    made = at.store.create_experiment(called)

    assert at.store.get_experiment(made).name == called
    assert at.store.get_experiment_by_name(called).experiment_id == made
    return []


@lone_case
def test_names_that_differ_by_case_or_signs_only_are_different(at: Place) -> object:
    """Each is found by its own name."""
    names = ["Trial", "trial", "trial!", "trial?", "tríal", "TRIAL"]
    made = [at.experiment(name) for name in names]

    assert len(set(made)) == len(names)
    assert [at.store.get_experiment_by_name(name).experiment_id for name in names] == made
    return at.named(order_by=["name"])


@case
def test_a_name_is_taken_once(at: Place) -> None:
    """A second one of that name is refused as being there already."""
    name = f"taken at {time.time_ns()}"
    at.store.create_experiment(name)

    refused(THERE, "already exists", at.store.create_experiment, name)


@case
def test_a_name_stays_taken_by_a_deleted_experiment(at: Place) -> None:
    """For it may be restored."""
    name = f"deleted at {time.time_ns()}"
    at.store.delete_experiment(at.store.create_experiment(name))

    refused(THERE, "already exists", at.store.create_experiment, name)


@case
def test_a_taken_name_is_refused_with_an_artifact_location_too(at: Place) -> None:
    """The code is the same."""
    name = f"located at {time.time_ns()}"
    at.store.create_experiment(name, artifact_location="/tmp/somewhere")

    refused(THERE, "already exists", at.store.create_experiment, name, artifact_location="/tmp/somewhere")


@case
@pytest.mark.parametrize("name", ["", None])
def test_an_empty_name_is_refused(at: Place, name: str | None) -> None:
    """It means nothing."""
    refused(
        INVALID,
        "Invalid experiment name|Missing value for required parameter|Must not be",
        at.store.create_experiment,
        name,
    )


@case
def test_the_longest_name_is_500_characters(at: Place) -> None:
    """A longer one is refused, when made and when renamed to."""
    made = at.store.create_experiment(f"{time.time_ns()}".ljust(MAX_EXPERIMENT_NAME_LENGTH, "x"))

    assert len(at.store.get_experiment(made).name) == MAX_EXPERIMENT_NAME_LENGTH
    refused(
        INVALID,
        "exceeds the maximum length",
        at.store.create_experiment,
        "x" * (MAX_EXPERIMENT_NAME_LENGTH + 1),
    )
    refused(
        INVALID,
        "exceeds the maximum length",
        at.store.rename_experiment,
        made,
        "x" * (MAX_EXPERIMENT_NAME_LENGTH + 1),
    )


@case
@pytest.mark.parametrize("location", ["s3://bucket/root", "s3://bucket/root?creds=mine", "/tmp/local"])
def test_a_chosen_artifact_location_is_kept(at: Place, location: str) -> object:
    """And its runs' artifacts lie below it."""
    made = at.store.create_experiment(f"chosen {time.time_ns()}", artifact_location=location)
    run = at.run(experiment=made)
    path, _, query = location.partition("?")

    assert at.store.get_experiment(made).artifact_location == location
    assert at.store.get_run(run).info.artifact_uri == f"{path}/{run}/artifacts" + (
        f"?{query}" if query else ""
    )
    return at.store.get_experiment(made).artifact_location


@case
def test_runs_keep_artifacts_below_their_experiment_s(at: Place) -> object:
    """Whatever the default root is."""
    made = at.experiment()
    run = at.run(experiment=made)
    location = at.store.get_experiment(made).artifact_location

    assert location.rstrip("/").endswith(made)
    assert at.store.get_run(run).info.artifact_uri == f"{location}/{run}/artifacts"
    return []


@case
def test_an_experiment_is_found_by_name_or_not(at: Place) -> object:
    """A name that nobody has is no error; a deleted one is found."""
    name = f"sought {time.time_ns()}"
    made = at.store.create_experiment(name)
    at.store.delete_experiment(made)

    assert at.store.get_experiment_by_name(name).experiment_id == made
    assert at.store.get_experiment_by_name(name).lifecycle_stage == "deleted"
    assert at.store.get_experiment_by_name("no such name") is None
    assert at.store.get_experiment_by_name(name.upper()) is None
    return []


@lone_case
def test_a_deleted_experiment_is_listed_as_such(at: Place) -> object:
    """And its last change is later."""
    first = at.experiment("first")
    at.experiment("second")
    before = at.store.get_experiment(first)
    pause()
    at.store.delete_experiment(first)
    after = at.store.get_experiment(first)

    assert at.named() == ["second", "Default"]
    assert at.named(view_type=ViewType.DELETED_ONLY) == ["first"]
    assert at.named(view_type=ViewType.ALL) == ["second", "first", "Default"]
    assert after.last_update_time > before.last_update_time
    assert after.creation_time == before.creation_time
    return shown(after)


@case
def test_deleting_twice_is_refused(at: Place) -> None:
    """The second time it is missing among the active ones; so is restoring what is active."""
    made = at.experiment()
    refused(MISSING, "No Experiment with id=", at.store.restore_experiment, made)
    at.store.delete_experiment(made)

    refused(MISSING, "No Experiment with id=", at.store.delete_experiment, made)


@case
@pytest.mark.parametrize("act", ["delete_experiment", "restore_experiment"])
def test_what_is_not_there_is_neither_deleted_nor_restored(at: Place, act: str) -> None:
    """It is missing."""
    refused(MISSING, "No Experiment with id=", getattr(at.store, act), "987654")


@case
def test_runs_are_deleted_and_restored_with_their_experiment(at: Place) -> object:
    """They count as deleted while it is."""
    made = at.experiment()
    at.run("first", made, 1)
    at.end(at.run("second", made, 2))
    at.store.delete_experiment(made)

    assert at.found(made) == []
    assert at.found(made, view=ViewType.DELETED_ONLY) == ["second", "first"]
    deleted = [one.info.lifecycle_stage for one in at.store.search_runs([made], "", ViewType.ALL)]
    assert deleted == ["deleted", "deleted"]
    at.store.restore_experiment(made)
    assert at.found(made) == ["second", "first"]
    return deleted


@case
def test_a_run_of_a_deleted_experiment_says_that_it_is_deleted(at: Place) -> object:
    """Whoever asks for it alone, too."""
    made = at.experiment()
    run = at.run("first", made)
    at.store.delete_experiment(made)

    assert at.store.get_run(run).info.lifecycle_stage == "deleted"
    refused(INVALID, NOT_ACTIVE, at.metric, run, "loss", 1.0)
    return []


@case
def test_a_run_that_was_deleted_before_comes_back_with_its_experiment(at: Place) -> object:
    """MLflow's SQL store restores every run of a restored experiment."""
    made = at.experiment()
    first, _ = at.run("first", made, 1), at.run("second", made, 2)
    at.store.delete_run(first)
    at.store.delete_experiment(made)
    at.store.restore_experiment(made)

    assert at.found(made) == ["second", "first"]
    return []


@case
def test_a_deleted_experiment_takes_no_runs(at: Place) -> None:
    """It must be active."""
    made = at.experiment()
    at.store.delete_experiment(made)

    refused(INVALID, NOT_ACTIVE, at.run, "late", made)


@case
def test_no_experiment_takes_no_runs(at: Place) -> None:
    """It must be there."""
    refused(MISSING, "No Experiment with id=", at.run, "lost", "987654")


@case
def test_a_renamed_experiment_is_found_by_its_new_name(at: Place) -> object:
    """By the same id, changed later than it was made; the old name is free again."""
    old, new = f"old {time.time_ns()}", f"new {time.time_ns()}"
    made = at.store.create_experiment(old)
    before = at.store.get_experiment(made)
    pause()
    at.store.rename_experiment(made, new)
    after = at.store.get_experiment(made)

    assert after.name == new
    assert after.last_update_time > before.last_update_time
    assert after.creation_time == before.creation_time
    assert at.store.get_experiment_by_name(old) is None
    assert at.store.create_experiment(old) != made
    return []


@case
def test_a_run_stays_with_its_renamed_experiment(at: Place) -> object:
    """A running one and an ended one."""
    made = at.experiment()
    running, _ = at.run("running", made, 2), at.end(at.run("ended", made, 1))
    at.store.rename_experiment(made, f"renamed {time.time_ns()}")
    at.metric(running, "loss", 1.0)

    assert at.found(made) == ["running", "ended"]
    assert at.found(made, "metrics.loss = 1") == ["running"]
    return []


@case
def test_renaming_to_a_taken_name_is_refused(at: Place) -> None:
    """The name stays with whoever has it."""
    taken = f"holder {time.time_ns()}"
    at.store.create_experiment(taken)
    made = at.experiment()

    with pytest.raises(Exception, match=r"."):
        at.store.rename_experiment(made, taken)
    assert at.store.get_experiment(made).name != taken


@case
def test_a_deleted_experiment_is_not_renamed(at: Place) -> None:
    """It must be active."""
    made = at.experiment()
    at.store.delete_experiment(made)

    refused(STATE, "Cannot rename a non-active experiment", at.store.rename_experiment, made, "another")


@case
def test_renaming_what_is_not_there_is_refused(at: Place) -> None:
    """It is missing."""
    refused(MISSING, "No Experiment with id=", at.store.rename_experiment, "987654", "another")
