"""Tags of experiments, and experiments that are purged."""

from __future__ import annotations

import time

import pytest
from conformity import case, lone_case
from grounds import INVALID, MISSING, NOT_ACTIVE, Place, refused
from mlflow.entities import ExperimentTag, ViewType


@case
def test_a_tag_is_set_and_set_again(at: Place) -> object:
    """The last value counts, and other experiments have none of it."""
    first, second = at.experiment(), at.experiment()
    at.store.set_experiment_tag(first, ExperimentTag("team", "red"))
    at.store.set_experiment_tag(first, ExperimentTag("team", "blue"))
    at.store.set_experiment_tag(first, ExperimentTag("lines", "one\ntwo\n"))

    assert at.store.get_experiment(first).tags == {"team": "blue", "lines": "one\ntwo\n"}
    assert at.store.get_experiment(second).tags == {}
    return at.store.get_experiment(first).tags


@case
def test_a_note_is_a_tag(at: Place) -> object:
    """MLflow's UI keeps an experiment's description in one."""
    made = at.experiment()
    at.store.set_experiment_tag(made, ExperimentTag("mlflow.note.content", "# What we try\n\n- *one*\n"))

    assert at.store.get_experiment(made).tags == {"mlflow.note.content": "# What we try\n\n- *one*\n"}
    return []


@case
@pytest.mark.parametrize("value", ["", " ", "ünï", "x" * 4999, "[1]", "true", "null", "0123", "- a", "a: b"])
def test_any_text_is_a_tag_s_value(at: Place, value: str) -> object:
    """It comes back as it was."""
    made = at.experiment()
    at.store.set_experiment_tag(made, ExperimentTag("key", value))

    assert at.store.get_experiment(made).tags == {"key": value}
    return []


@case
@pytest.mark.parametrize("key", ["a", "a.b", "a b", "a/b", "a-b_c", "mlflow.user", "a:b"])
def test_keys_of_tags_are_words(at: Place, key: str) -> object:
    """Letters, digits, and a few signs."""
    made = at.experiment()
    at.store.set_experiment_tag(made, ExperimentTag(key, "value"))

    assert at.store.get_experiment(made).tags == {key: "value"}
    return []


@case
@pytest.mark.parametrize("key", ["", None, "../a", "/a", "a//b", "x" * 251, "a*"])
def test_other_keys_of_tags_are_refused(at: Place, key: str | None) -> None:
    """They mean nothing, on a tag of an experiment that exists."""
    made = at.experiment()

    refused(INVALID, ".", at.store.set_experiment_tag, made, ExperimentTag(key, "value"))


@case
def test_a_tag_s_value_has_a_longest_length(at: Place) -> None:
    """Longer ones are refused."""
    refused(
        INVALID,
        "exceeds the maximum length",
        at.store.set_experiment_tag,
        at.experiment(),
        ExperimentTag("k", "x" * 100_001),
    )


@case
def test_experiments_made_with_bad_tags_are_not_made(at: Place) -> None:
    """The name stays free."""
    name = f"tagged {time.time_ns()}"
    refused(INVALID, ".", at.store.create_experiment, name, tags=[ExperimentTag("../a", "value")])

    assert at.store.get_experiment_by_name(name) is None


@case
def test_a_deleted_experiment_takes_no_tags(at: Place) -> None:
    """It must be active; so for deleting one."""
    made = at.experiment(tags={"team": "red"})
    at.store.delete_experiment(made)

    refused(INVALID, NOT_ACTIVE, at.store.set_experiment_tag, made, ExperimentTag("team", "blue"))
    refused(INVALID, NOT_ACTIVE, at.store.delete_experiment_tag, made, "team")


@case
def test_tags_of_no_experiment_are_refused(at: Place) -> None:
    """It is missing."""
    refused(MISSING, "No Experiment with id=", at.store.set_experiment_tag, "987654", ExperimentTag("a", "b"))
    refused(MISSING, "No Experiment with id=", at.store.delete_experiment_tag, "987654", "a")


@case
def test_a_tag_is_deleted_once(at: Place) -> object:
    """The second time it is missing."""
    made = at.experiment(tags={"team": "red", "kept": "yes"})
    at.store.delete_experiment_tag(made, "team")

    assert at.store.get_experiment(made).tags == {"kept": "yes"}
    refused(MISSING, "No tag with name: team", at.store.delete_experiment_tag, made, "team")
    return []


@lone_case
def test_a_purged_experiment_is_gone(at: Place) -> object:
    """With its runs; only a deleted one is purged."""
    kept, gone = at.experiment("kept"), at.experiment("gone")
    run, other = at.run("of gone", gone), at.run("of kept", kept)
    refused(MISSING, "No Experiment with id=", at.store._hard_delete_experiment, gone)
    at.store.delete_experiment(gone)
    at.store._hard_delete_experiment(gone)

    refused(MISSING, "No Experiment with id=", at.store.get_experiment, gone)
    refused(MISSING, "not found", at.store.get_run, run)
    assert at.store.get_run(other).info.run_name == "of kept"
    return at.named(view_type=ViewType.ALL)


@lone_case
def test_a_purged_experiment_s_name_is_free(at: Place) -> object:
    """A new one of that name holds nothing of the old one."""
    gone = at.experiment("again")
    at.end(at.run("old", gone))
    at.store.delete_experiment(gone)
    at.store._hard_delete_experiment(gone)
    made = at.experiment("again")

    assert at.found(made, view=ViewType.ALL) == []
    assert at.store.get_experiment(made).lifecycle_stage == "active"
    return at.named(view_type=ViewType.ALL)
