"""Stages, aliases and copies: what points at model versions."""

from __future__ import annotations

import pytest
from conformity import case
from grounds import INVALID, MISSING, Place, pause, refused, since_3_17
from registry_words import aliases, model, own, shown, unused, version

BAD_NUMBERS = ["one", "1.5", "", "1; DROP"]


@case
@pytest.mark.parametrize("stage", ["None", "Staging", "Production", "Archived"])
def test_a_version_is_put_into_a_stage(at: Place, stage: str) -> object:
    """The answer says so; it is changed later than it was made."""
    name = model(at)
    number = version(at, name)
    pause()
    answer = at.models.transition_model_version_stage(name, number, stage, False)
    found = at.models.get_model_version(name, number)

    assert answer.current_stage == found.current_stage == stage
    assert found.last_updated_timestamp > found.creation_timestamp
    return shown(answer)


@case
@pytest.mark.parametrize("stage", ["staging", "STAGING", "staGing"])
def test_stages_have_one_spelling(at: Place, stage: str) -> object:
    """Whatever it is asked by."""
    name = model(at)
    number = version(at, name)

    assert at.models.transition_model_version_stage(name, number, stage, False).current_stage == "Staging"
    return []


@case
@pytest.mark.parametrize("stage", ["unknown", "", None])
def test_other_stages_are_refused(at: Place, stage: str | None) -> None:
    """MLflow has four."""
    name = model(at)
    number = version(at, name)

    with pytest.raises(Exception, match=r"."):
        at.models.transition_model_version_stage(name, number, stage, False)


@case
def test_others_in_a_stage_are_archived(at: Place) -> object:
    """When that is asked for."""
    name = model(at)
    first, second, third = version(at, name), version(at, name), version(at, name)
    at.models.transition_model_version_stage(name, first, "Staging", False)
    at.models.transition_model_version_stage(name, second, "Staging", False)
    both = [at.models.get_model_version(name, one).current_stage for one in (first, second)]
    at.models.transition_model_version_stage(name, third, "staging", True)
    stages = [at.models.get_model_version(name, one).current_stage for one in (first, second, third)]

    assert both == ["Staging", "Staging"]
    assert stages == ["Archived", "Archived", "Staging"]
    return stages


@case
@pytest.mark.parametrize("stage", ["None", "Archived"])
def test_nothing_is_archived_for_a_stage_that_is_not_active(at: Place, stage: str) -> None:
    """That is refused."""
    name = model(at)
    number = version(at, name)

    with pytest.raises(Exception, match="cannot archive existing model versions"):
        at.models.transition_model_version_stage(name, number, stage, True)


@case
def test_the_latest_versions_are_those_of_each_stage(at: Place) -> object:
    """All, or of the stages that are asked for."""
    name = model(at)
    for number, stage in enumerate(("None", "Staging", "Staging", "Archived", "None"), 1):
        version(at, name)
        at.models.transition_model_version_stage(name, str(number), stage, False)

    def latest(stages: list[str] | None = None) -> list[tuple[str, str]]:
        return sorted(
            (one.current_stage, str(one.version)) for one in at.models.get_latest_versions(name, stages)
        )

    answers = [latest(), latest([]), latest(["Staging"]), latest(["staging", "None"]), latest(["Production"])]
    assert answers == [
        [("Archived", "4"), ("None", "5"), ("Staging", "3")],
        [("Archived", "4"), ("None", "5"), ("Staging", "3")],
        [("Staging", "3")],
        [("None", "5"), ("Staging", "3")],
        [],
    ]
    at.models.delete_model_version(name, "3")
    assert latest(["Staging"]) == [("Staging", "2")]
    return answers


@case
def test_the_latest_version_s_aliases_are_shown(at: Place) -> object:
    """In every answer about it."""
    name = model(at)
    number = version(at, name)
    for alias in ("best", "canary"):
        at.models.set_registered_model_alias(name, alias, number)

    assert sorted(at.models.get_latest_versions(name)[0].aliases) == ["best", "canary"]
    assert sorted(at.models.get_model_version(name, number).aliases) == ["best", "canary"]
    assert aliases(at.models.get_registered_model(name)) == {"best": "1", "canary": "1"}
    return []


@case
def test_an_alias_points_at_a_version(at: Place) -> object:
    """And is moved; a version may have several."""
    name = model(at)
    first, second = version(at, name), version(at, name)
    at.models.set_registered_model_alias(name, "best", first)
    at.models.set_registered_model_alias(name, "Best", first)
    at.models.set_registered_model_alias(name, "best", second)

    assert str(at.models.get_model_version_by_alias(name, "best").version) == second
    assert str(at.models.get_model_version_by_alias(name, "Best").version) == first
    assert aliases(at.models.get_registered_model(name)) == {"best": "2", "Best": "1"}
    return shown(at.models.get_model_version_by_alias(name, "best"))


@case
def test_aliases_are_words(at: Place) -> object:
    """They come back as they were."""
    name, words = model(at), ("a", "a-b_c", "UPPER", "x" * 200, "0a")
    number = version(at, name)
    for alias in words:
        at.models.set_registered_model_alias(name, alias, number)

    assert aliases(at.models.get_registered_model(name)) == dict.fromkeys(words, "1")
    return sorted(at.models.get_model_version(name, number).aliases)


@case
def test_other_aliases_are_refused(at: Place) -> None:
    """So that none can be taken for a number or the latest."""
    name = model(at)
    number = version(at, name)
    for alias in ("", None, "latest", "Latest", "v1", "V23", "x" * 256, "a/b", "a.b", "a b", "a:b", "5x/"):
        refused(INVALID, ".", at.models.set_registered_model_alias, name, alias, number)

    assert at.models.get_registered_model(name).aliases == {}


@case
def test_an_alias_is_deleted(at: Place) -> object:
    """A second time, too: nothing happens; then it is not found."""
    name = model(at)
    at.models.set_registered_model_alias(name, "best", version(at, name))
    at.models.delete_registered_model_alias(name, "best")
    at.models.delete_registered_model_alias(name, "best")

    assert at.models.get_registered_model(name).aliases == {}
    refused(
        INVALID, "Registered model alias best not found", at.models.get_model_version_by_alias, name, "best"
    )
    return []


@since_3_17
@case
def test_latest_is_an_alias_of_the_highest_number(at: Place) -> object:
    """Whatever its stage; without versions it is missing."""
    name = model(at)
    refused(MISSING, "Latest version not found", at.models.get_model_version_by_alias, name, "latest")
    for _ in range(3):
        version(at, name)
    at.models.transition_model_version_stage(name, "1", "Staging", False)

    assert at.models.get_model_version_by_alias(name, "latest").version == 3
    return []


@case
def test_a_version_is_copied(at: Place) -> object:
    """To a model that is made for it, or to one that is there."""
    name, new = model(at), unused("copy")
    number = version(at, name, "s3://bucket/source", tags={"a": "b"}, description="words")
    at.models.set_registered_model_alias(name, "best", number)
    source = at.models.get_model_version(name, number)
    first = at.models.copy_model_version(source, new)
    second = at.models.copy_model_version(source, new)

    assert [str(one.version) for one in (first, second)] == ["1", "2"]
    assert first.source == f"models:/{name}/{number}"
    assert (own(first), first.description, list(first.aliases)) == ({"a": "b"}, "words", [])
    assert at.models.get_model_version_download_uri(new, "1") == "s3://bucket/source"
    return [one | {"name": "", "source": ""} for one in (shown(first), shown(second))]


@case
def test_what_is_not_there_is_not_copied(at: Place) -> None:
    """Neither model nor version."""
    name = model(at)
    number = version(at, name)
    source = at.models.get_model_version(name, number)
    at.models.delete_model_version(name, number)

    with pytest.raises(Exception, match="not found"):
        at.models.copy_model_version(source, unused("copy"))
