"""Model versions: made, numbered, described, tagged, staged, deleted."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from conformity import case
from grounds import INVALID, MISSING, Place, pause, refused, since_3_17
from mlflow.entities.model_registry import ModelVersionTag
from registry_words import ELSEWHERE, aliases, model, own, shown, unused, version, versions

BAD_NUMBERS = ["one", "1.5", "", "1; DROP"]


@case
def test_a_version_says_what_it_was_made_with(at: Place) -> object:
    """Source, run, link, description, tags; it is ready."""
    name, before = model(at), int(time.time() * 1000)
    run = at.run()
    answer = at.models.create_model_version(
        name,
        ELSEWHERE,
        run,
        [ModelVersionTag("a", "1"), ModelVersionTag("b", "two\nlines")],
        "https://ci/1",
        "what is new",
    )
    found = at.models.get_model_version(name, answer.version)

    assert (found.source, found.run_id, found.run_link) == (ELSEWHERE, run, "https://ci/1")
    assert (found.description, own(found), found.status) == (
        "what is new",
        {"a": "1", "b": "two\nlines"},
        "READY",
    )
    assert (found.current_stage, found.aliases) == ("None", [])
    assert before <= found.creation_timestamp == found.last_updated_timestamp
    return [shown(answer), shown(found)]


@case
def test_a_version_needs_a_source_only(at: Place) -> object:
    """The rest stays empty."""
    name = model(at)
    found = at.models.get_model_version(name, version(at, name))

    assert (found.run_id or "", found.run_link or "", found.description or "", own(found)) == ("", "", "", {})
    return shown(found)


@case
def test_numbers_count_from_one(at: Place) -> object:
    """For each model by itself."""
    first, second = model(at), model(at)
    numbers = [version(at, first), version(at, first), version(at, second), version(at, first)]

    assert numbers == ["1", "2", "1", "3"]
    return numbers


@case
def test_a_number_is_never_used_again(at: Place) -> object:
    """Nor is that of a deleted version."""
    name = model(at)
    for _ in range(3):
        version(at, name)
    at.models.delete_model_version(name, "3")
    at.models.delete_model_version(name, "1")

    assert version(at, name) == "4"
    return [one for _, one in versions(at.models.search_model_versions(f"name = '{name}'"))]


@case
def test_a_new_version_changes_its_model(at: Place) -> object:
    """Later than it was made."""
    name = model(at)
    pause()
    version(at, name)
    found = at.models.get_registered_model(name)

    assert found.last_updated_timestamp > found.creation_timestamp
    assert [str(one.version) for one in found.latest_versions] == ["1"]
    return shown(found)


@case
def test_threads_get_different_numbers(at: Place) -> object:
    """Whoever is first."""
    name = model(at)

    with ThreadPoolExecutor(2) as pool:
        numbers = sorted(pool.map(lambda _: version(at, name), range(4)))

    assert numbers == ["1", "2", "3", "4"]
    return numbers


@case
@pytest.mark.parametrize("number", BAD_NUMBERS)
def test_numbers_that_are_none_are_refused(at: Place, number: str) -> None:
    """Of every act on a version."""
    name = model(at)
    version(at, name)
    for act, *rest in (
        (at.models.get_model_version,),
        (at.models.update_model_version, "words"),
        (at.models.delete_model_version,),
        (at.models.get_model_version_download_uri,),
        (at.models.delete_model_version_tag, "a"),
    ):
        refused(INVALID, "must be an integer", act, name, number, *rest)


@case
def test_a_version_that_is_not_there_is_missing(at: Place) -> None:
    """Whatever is asked of it."""
    name = model(at)
    version(at, name)
    for act, *rest in (
        (at.models.get_model_version,),
        (at.models.update_model_version, "words"),
        (at.models.delete_model_version,),
        (at.models.get_model_version_download_uri,),
        (at.models.set_model_version_tag, ModelVersionTag("a", "b")),
        (at.models.delete_model_version_tag, "a"),
        (at.models.transition_model_version_stage, "Staging", False),
    ):
        refused(MISSING, f"Model Version \\(name={name}, version=7\\) not found", act, name, "7", *rest)
    refused(MISSING, "not found", at.models.set_registered_model_alias, name, "best", "7")


@case
@pytest.mark.parametrize("number", [1, "1"])
def test_numbers_are_text_or_not(at: Place, number: object) -> object:
    """A client sends text, a program a number."""
    name = model(at)
    version(at, name)

    assert str(at.models.get_model_version(name, number).version) == "1"
    return [type(at.models.get_model_version(name, number).version).__name__]


@case
def test_sources_elsewhere_are_kept(at: Place) -> object:
    """And are where the version is downloaded from."""
    name = model(at)
    for source in (
        "s3://bucket/a b",
        "/tmp/model",
        "https://host/x?y=z",
        "dbfs:/models/1",
        "runs:/abc/model",
        "x",
    ):
        number = version(at, name, source)
        assert at.models.get_model_version(name, number).source == source
        assert at.models.get_model_version_download_uri(name, number) == source
    return [one.source for one in at.models.search_model_versions(f"name = '{name}'")]


@case
def test_a_version_may_be_made_from_another(at: Place) -> object:
    """It is downloaded from where that one is."""
    first, second = model(at), model(at)
    number = version(at, first, "s3://bucket/first")
    copied = version(at, second, f"models:/{first}/{number}")
    again = version(at, first, f"models:/{second}/{copied}")

    assert at.models.get_model_version(second, copied).source == f"models:/{first}/{number}"
    assert at.models.get_model_version_download_uri(second, copied) == "s3://bucket/first"
    assert at.models.get_model_version_download_uri(first, again) == "s3://bucket/first"
    return [copied, again]


@case
def test_a_version_is_not_made_from_what_is_not_there(at: Place) -> None:
    """Neither model nor version."""
    name = model(at)
    for source in (f"models:/{unused('lost')}/1", f"models:/{name}/9"):
        with pytest.raises(Exception, match="Unable to fetch model from model URI source"):
            at.models.create_model_version(name, source)


@case
@pytest.mark.parametrize("key", ["", None, "../a", "x" * 251])
def test_a_version_is_not_made_with_bad_tags(at: Place, key: str | None) -> None:
    """No number is used."""
    name = model(at)
    refused(INVALID, ".", at.models.create_model_version, name, ELSEWHERE, tags=[ModelVersionTag(key, "v")])

    assert version(at, name) == "1"


@case
def test_a_version_s_description_is_changed(at: Place) -> object:
    """The answer says so; it is changed later than it was made."""
    name = model(at)
    number = version(at, name, description="old")
    pause()
    answer = at.models.update_model_version(name, number, "new\nlines")
    found = at.models.get_model_version(name, number)

    assert answer.description == found.description == "new\nlines"
    assert found.last_updated_timestamp > found.creation_timestamp
    return shown(answer)


@case
def test_tags_of_versions_are_set_and_set_again(at: Place) -> object:
    """The last value counts; other versions have none of it."""
    name = model(at)
    first, second = version(at, name, tags={"a": "1"}), version(at, name)
    for key, value in (("a", "2"), ("b", ""), ("c", "one\ntwo"), ("long", "x" * 5000)):
        at.models.set_model_version_tag(name, first, ModelVersionTag(key, value))

    assert own(at.models.get_model_version(name, first)) == {
        "a": "2",
        "b": "",
        "c": "one\ntwo",
        "long": "x" * 5000,
    }
    assert own(at.models.get_model_version(name, second)) == {}
    return own(at.models.get_model_version(name, first))


@case
@pytest.mark.parametrize(
    ("key", "value"), [("", "v"), (None, "v"), ("../a", "v"), ("x" * 251, "v"), ("long", "x" * 100_001)]
)
def test_tags_that_mean_nothing_are_refused(at: Place, key: str | None, value: str) -> None:
    """Keys are words, values have a longest length."""
    name = model(at)
    number = version(at, name)

    refused(INVALID, ".", at.models.set_model_version_tag, name, number, ModelVersionTag(key, value))


@case
def test_a_tag_of_a_version_is_deleted(at: Place) -> object:
    """A second time, too: nothing happens."""
    name = model(at)
    number = version(at, name, tags={"a": "1", "b": "2"})
    at.models.delete_model_version_tag(name, number, "a")
    at.models.delete_model_version_tag(name, number, "a")

    assert own(at.models.get_model_version(name, number)) == {"b": "2"}
    refused(INVALID, ".", at.models.delete_model_version_tag, name, number, None)
    return []


@case
def test_a_deleted_version_is_gone(at: Place) -> object:
    """Its model stays, and changes."""
    name = model(at)
    first, second = version(at, name), version(at, name, tags={"a": "b"})
    at.models.set_registered_model_alias(name, "kept", first)
    before = at.models.get_registered_model(name)
    pause()
    at.models.delete_model_version(name, second)
    found = at.models.get_registered_model(name)

    for act in (
        at.models.get_model_version,
        at.models.delete_model_version,
        at.models.get_model_version_download_uri,
    ):
        refused(MISSING, "not found", act, name, second)
    assert aliases(found) == {"kept": "1"}
    assert [str(one.version) for one in found.latest_versions] == ["1"]
    assert found.last_updated_timestamp > before.last_updated_timestamp
    return shown(found)


@since_3_17
@case
def test_a_deleted_version_s_aliases_are_gone(at: Place) -> object:
    """Others stay."""
    name = model(at)
    first, second = version(at, name), version(at, name)
    for alias, number in (("best", second), ("kept", first)):
        at.models.set_registered_model_alias(name, alias, number)
    at.models.delete_model_version(name, second)

    assert aliases(at.models.get_registered_model(name)) == {"kept": "1"}
    refused(INVALID, "not found", at.models.get_model_version_by_alias, name, "best")
    return []
