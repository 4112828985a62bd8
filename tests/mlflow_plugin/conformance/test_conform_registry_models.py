"""Registered models: made, read, renamed, described, tagged, deleted."""

from __future__ import annotations

import time

import pytest
from conformity import case, lone_case
from grounds import INVALID, MISSING, THERE, Place, pause, refused
from mlflow.entities.model_registry import RegisteredModelTag
from registry_words import model, own, shown, unused, version


@case
def test_a_model_says_what_it_was_made_with(at: Place) -> object:
    """Name, description, tags; one time for both its making and its last change."""
    before = int(time.time() * 1000)
    name = model(at, tags={"team": "red", "lines": "one\ntwo"}, description="what it is\n\nfor")
    found = at.models.get_registered_model(name)

    assert found.tags == {"team": "red", "lines": "one\ntwo"}
    assert found.description == "what it is\n\nfor"
    assert before <= found.creation_timestamp == found.last_updated_timestamp
    assert found.latest_versions == []
    return shown(found)


@case
def test_a_model_without_a_description_has_none(at: Place) -> object:
    """Nor tags, nor aliases."""
    found = at.models.get_registered_model(model(at))

    assert (found.description or "", found.tags, found.aliases) == ("", {}, {})
    return [found.tags, found.aliases]


@case
@pytest.mark.parametrize("name", ["a b", "ünï Größe", "UPPER", "a.b_c-d", "測試", "x" * 200, "-dash", "a\\b"])
def test_names_are_any_text(at: Place, name: str) -> object:
    """They are found by it, as it was given."""
    called = model(at, f"{name}{unused('')}")

    assert at.models.get_registered_model(called).name == called
    return []


@case
@pytest.mark.parametrize("name", ["", None, "a/b", "a:b", "..", "../x"])
def test_names_that_mean_nothing_are_refused(at: Place, name: str | None) -> None:
    """They would not pass through an address."""
    refused(INVALID, ".", at.models.create_registered_model, name)


@lone_case
def test_names_that_differ_by_case_or_signs_only_are_different(at: Place) -> object:
    """Each is found by its own name."""
    names = ["Model", "model", "model!", "model?", "mödel", "MODEL"]
    for name in names:
        model(at, name)

    assert [at.models.get_registered_model(name).name for name in names] == names
    return [one.name for one in at.models.search_registered_models()]


@case
def test_a_name_is_taken_once(at: Place) -> None:
    """A second one of that name is refused as being there already."""
    name = model(at)

    refused(THERE, "already exists", at.models.create_registered_model, name)


@case
@pytest.mark.parametrize("key", ["", None, "../a", "x" * 251])
def test_a_model_is_not_made_with_bad_tags(at: Place, key: str | None) -> None:
    """The name stays free."""
    name = unused()
    refused(INVALID, ".", at.models.create_registered_model, name, [RegisteredModelTag(key, "value")])

    refused(MISSING, "not found", at.models.get_registered_model, name)


@case
def test_a_model_that_is_not_there_is_missing(at: Place) -> None:
    """Whatever is asked of it."""
    name = unused("lost")
    for act, *rest in (
        (at.models.get_registered_model,),
        (at.models.delete_registered_model,),
        (at.models.update_registered_model, "words"),
        (at.models.rename_registered_model, "other"),
        (at.models.get_latest_versions,),
        (at.models.set_registered_model_tag, RegisteredModelTag("a", "b")),
        (at.models.delete_registered_model_tag, "a"),
        (at.models.delete_registered_model_alias, "best"),
        (at.models.get_model_version_by_alias, "best"),
        (at.models.create_model_version, "s3://bucket/model"),
    ):
        refused(MISSING, f"Registered Model with name={name} not found", act, name, *rest)


@case
def test_a_description_is_changed(at: Place) -> object:
    """The answer says so; the model is changed later than it was made."""
    name = model(at, description="old")
    pause()
    answer = at.models.update_registered_model(name, "new\nlines")
    found = at.models.get_registered_model(name)

    assert answer.description == found.description == "new\nlines"
    assert found.last_updated_timestamp > found.creation_timestamp
    return shown(answer)


@case
def test_a_description_is_emptied(at: Place) -> object:
    """Again."""
    name = model(at, description="old")
    at.models.update_registered_model(name, "")

    assert not at.models.get_registered_model(name).description
    return []


@case
def test_a_renamed_model_is_found_by_its_new_name(at: Place) -> object:
    """With its versions, tags and aliases; the old name is free again."""
    name, new = model(at, tags={"a": "b"}), unused("renamed")
    number = version(at, name, tags={"c": "d"})
    at.models.set_registered_model_alias(name, "best", number)
    answer = at.models.rename_registered_model(name, new)

    assert answer.name == new
    assert at.models.get_registered_model(new).tags == {"a": "b"}
    assert own(at.models.get_model_version(new, number)) == {"c": "d"}
    assert str(at.models.get_model_version_by_alias(new, "best").version) == number
    refused(MISSING, "not found", at.models.get_registered_model, name)
    refused(MISSING, "not found", at.models.get_model_version, name, number)
    assert at.models.create_registered_model(name).latest_versions == []
    return []


@case
def test_versions_follow_a_renamed_model(at: Place) -> object:
    """Their count goes on, and they are found under the new name."""
    name, new = model(at), unused("renamed")
    version(at, name)
    at.models.rename_registered_model(name, new)
    number = version(at, new)

    assert number == "2"
    assert len(at.models.search_model_versions(f"name = '{new}'")) == 2
    assert len(at.models.search_model_versions(f"name = '{name}'")) == 0
    return []


@case
def test_renaming_to_a_taken_name_is_refused(at: Place) -> None:
    """The name stays with whoever has it."""
    taken, name = model(at), model(at)

    refused(THERE, "already exists", at.models.rename_registered_model, name, taken)


@case
@pytest.mark.parametrize("new", ["", None, "a/b", "a:b"])
def test_renaming_to_nothing_is_refused(at: Place, new: str | None) -> None:
    """As making a model of that name."""
    refused(INVALID, ".", at.models.rename_registered_model, model(at), new)


@case
def test_tags_of_models_are_set_and_set_again(at: Place) -> object:
    """The last value counts; other models have none of it."""
    name, other = model(at, tags={"a": "1"}), model(at)
    for key, value in (("a", "2"), ("b", ""), ("c", "one\ntwo"), ("long", "x" * 5000)):
        at.models.set_registered_model_tag(name, RegisteredModelTag(key, value))

    assert at.models.get_registered_model(name).tags == {
        "a": "2",
        "b": "",
        "c": "one\ntwo",
        "long": "x" * 5000,
    }
    assert at.models.get_registered_model(other).tags == {}
    return at.models.get_registered_model(name).tags


@case
@pytest.mark.parametrize(
    ("key", "value"), [("", "v"), (None, "v"), ("../a", "v"), ("x" * 251, "v"), ("long", "x" * 100_001)]
)
def test_tags_that_mean_nothing_are_refused(at: Place, key: str | None, value: str) -> None:
    """Keys are words, values have a longest length."""
    refused(INVALID, ".", at.models.set_registered_model_tag, model(at), RegisteredModelTag(key, value))


@case
def test_a_tag_of_a_model_is_deleted(at: Place) -> object:
    """A second time, too: nothing happens."""
    name = model(at, tags={"a": "1", "b": "2"})
    at.models.delete_registered_model_tag(name, "a")
    at.models.delete_registered_model_tag(name, "a")

    assert at.models.get_registered_model(name).tags == {"b": "2"}
    refused(INVALID, ".", at.models.delete_registered_model_tag, name, None)
    return []


@case
def test_a_deleted_model_is_gone(at: Place) -> object:
    """With its versions, tags and aliases."""
    name = model(at, tags={"a": "b"})
    number = version(at, name, tags={"c": "d"})
    at.models.set_registered_model_alias(name, "best", number)
    at.models.delete_registered_model(name)

    refused(MISSING, "not found", at.models.get_registered_model, name)
    refused(MISSING, "not found", at.models.get_model_version, name, number)
    refused(MISSING, "not found", at.models.get_model_version_by_alias, name, "best")
    refused(MISSING, "not found", at.models.delete_registered_model, name)
    assert list(at.models.search_model_versions(f"name = '{name}'")) == []
    assert list(at.models.search_registered_models(f"name = '{name}'")) == []
    return []


@case
def test_a_model_may_be_made_again(at: Place) -> object:
    """It has nothing of the deleted one."""
    name = model(at, tags={"a": "b"}, description="old")
    at.models.set_registered_model_alias(name, "best", version(at, name))
    at.models.delete_registered_model(name)
    at.models.create_registered_model(name)
    found = at.models.get_registered_model(name)

    assert (found.tags, found.aliases, found.description or "") == ({}, {}, "")
    assert found.latest_versions == []
    return []
