"""Searching registered models and versions: filters, orders and pages; prompts are not among them."""

from __future__ import annotations

from typing import Any

import pytest
from conformity import case, lone_case
from grounds import BEFORE_3_17, INVALID, Place, pause, refused, since_3_17
from mlflow.entities.model_registry import ModelVersionTag, RegisteredModelTag
from registry_words import model, shown, version, versions

NAMES_IN = (
    "name IN ('alpha', 'beta', 'nobody')",
    "name NOT IN ('alpha', 'beta')",
    "name IN ('first', 'nobody')",
    "name NOT IN ('first')",
)
"""Filters that MLflow has since 3.17."""
PROMPT = "mlflow.prompt.is_prompt"


def names(at: Place, words: str | None = None, **options: Any) -> list[str]:
    """The names of the models that a search finds, in its order."""
    return [one.name for one in at.models.search_registered_models(words, **options)]


def shelf(at: Place) -> None:
    """Models with tags, and a prompt."""
    model(at, "alpha", {"team": "red", "place": "north"})
    model(at, "beta", {"team": "rED", "place": "south"})
    model(at, "Gamma", {"team": "blue"})
    model(at, "al_ha")
    model(at, "a prompt", {PROMPT: "true", "team": "red"})


@lone_case
def test_filters_of_models(at: Place) -> object:
    """Names and tags; prompts are not models."""
    shelf(at)
    everybody = ["Gamma", "al_ha", "alpha", "beta"]
    wanted: dict[str | None, list[str]] = {
        None: everybody,
        "": everybody,
        "name = 'alpha'": ["alpha"],
        "name = 'ALPHA'": [],
        "name != 'alpha'": ["Gamma", "al_ha", "beta"],
        "name LIKE 'al%'": ["al_ha", "alpha"],
        "name LIKE 'AL%'": [],
        "name LIKE 'al_ha'": ["al_ha", "alpha"],
        "name ILIKE 'g%'": ["Gamma"],
        "name ILIKE '%A%' and name LIKE '%h%'": ["al_ha", "alpha"],
        "name IN ('alpha', 'beta', 'nobody')": ["alpha", "beta"],
        "name NOT IN ('alpha', 'beta')": ["Gamma", "al_ha"],
        "tags.team = 'red'": ["alpha"],
        "tag.team = 'red'": ["alpha"],
        "tags.team != 'red'": ["Gamma", "beta"],
        "tags.team LIKE 'r%'": ["alpha", "beta"],
        "tags.team ILIKE 'RED'": ["alpha", "beta"],
        "tags.team ILIKE 'red' and tags.place = 'south'": ["beta"],
        "name LIKE 'b%' and tags.place = 'south'": ["beta"],
        "tags.nothing = 'x'": [],
        "tags.`team` = 'blue'": ["Gamma"],
        f"tags.`{PROMPT}` = 'true'": ["a prompt"],
        f"tags.`{PROMPT}` != 'true'": everybody,
        f"tags.`{PROMPT}` = 'false'": everybody,
        f"tags.`{PROMPT}` = 'true' and name LIKE 'x%'": [],
        f"tags.team = 'red' and tags.`{PROMPT}` = 'true'": ["a prompt"],
        "name = 'a prompt'": [],
    }

    wanted = {words: found for words, found in wanted.items() if words not in NAMES_IN or not BEFORE_3_17}
    seen = {words: names(at, words) for words in wanted}
    assert seen == wanted
    return seen


@case
@pytest.mark.parametrize(
    "words",
    [
        "nothing = 'a'",
        "name > 'a'",
        "name = a",
        "name",
        "name = 'a' OR name = 'b'",
        "tags.a > 'b'",
        "run_id = 'x'",
        "last_updated_timestamp > 1",
        "name IN 'a'",
        "name = 123",
        "tags.a IN ('b')",
    ],
)
def test_filters_of_models_that_mean_nothing_are_refused(at: Place, words: str) -> None:
    """With MLflow's code for it."""
    refused(INVALID, ".", names, at, words)


@lone_case
def test_orders_of_models(at: Place) -> object:
    """By name, or by the last change."""
    shelf(at)
    pause()
    at.models.update_registered_model("beta", "changed")
    wanted = {
        (): ["Gamma", "al_ha", "alpha", "beta"],
        ("name",): ["Gamma", "al_ha", "alpha", "beta"],
        ("name ASC",): ["Gamma", "al_ha", "alpha", "beta"],
        ("name DESC",): ["beta", "alpha", "al_ha", "Gamma"],
        ("timestamp",): ["alpha", "Gamma", "al_ha", "beta"],
        ("last_updated_timestamp DESC",): ["beta", "al_ha", "Gamma", "alpha"],
        ("timestamp DESC", "name ASC"): ["beta", "al_ha", "Gamma", "alpha"],
    }

    seen = {order: names(at, order_by=list(order)) for order in wanted}
    assert seen == wanted
    return list(seen.values())


@case
@pytest.mark.parametrize(
    "order", [["nothing"], ["tags.a"], ["name SIDEWAYS"], ["creation_timestamp DESC"], [""]]
)
def test_orders_of_models_that_mean_nothing_are_refused(at: Place, order: list[str]) -> None:
    """With MLflow's code for it."""
    refused(INVALID, ".", names, at, order_by=order)


@case
def test_an_order_is_named_once(at: Place) -> None:
    """Twice is refused."""
    with pytest.raises(Exception, match="duplicate fields"):
        names(at, order_by=["name", "name DESC"])


@lone_case
def test_pages_of_models_follow_each_other(at: Place) -> object:
    """The last one has no token."""
    for number in range(5):
        model(at, f"model {number}")
    pages, token = [], None
    while True:
        page = at.models.search_registered_models(max_results=2, page_token=token)
        pages.append([one.name for one in page])
        token = page.token
        if token is None:
            break

    assert pages == [["model 0", "model 1"], ["model 2", "model 3"], ["model 4"]]
    return pages


@case
def test_limits_of_models(at: Place) -> None:
    """At most 1,000."""
    refused(INVALID, "Invalid value for request parameter max_results", names, at, max_results=1001)


@lone_case
def test_a_search_shows_models_as_reading_them_does(at: Place) -> object:
    """With their latest versions, tags and aliases."""
    shelf(at)
    version(at, "alpha", tags={"x": "y"})
    version(at, "alpha")
    at.models.set_registered_model_alias("alpha", "best", "1")
    at.models.transition_model_version_stage("alpha", "1", "Staging", False)
    found = [shown(one) for one in at.models.search_registered_models()]

    assert found == [shown(at.models.get_registered_model(one["name"])) for one in found]
    return found


def library(at: Place) -> dict[str, str]:
    """Versions of two models and of a prompt; runs by name."""
    runs = {name: at.run(name) for name in ("one", "two")}
    for name in ("first", "second"):
        model(at, name)
    version(at, "first", "s3://a/1", {"team": "red", "size": "big"}, run_id=runs["one"])
    version(at, "first", "s3://a/2", {"team": "Red"}, run_id=runs["two"])
    version(at, "second", "s3://b/1", {"team": "red"}, run_id=runs["one"])
    version(at, "first", "s3://a/3")
    version(at, "first", "s3://a/4", {"team": "red"})
    at.models.delete_model_version("first", "4")
    model(at, "asked", {PROMPT: "true"})
    version(at, "asked", "prompt-template", {PROMPT: "true", "team": "red"})
    return runs


@lone_case
def test_filters_of_versions(at: Place) -> object:
    """Names, numbers, runs, sources and tags; the last changed first, deleted ones never."""
    runs = library(at)
    one, two, three = ("first", "1"), ("first", "2"), ("first", "3")
    other, prompt = ("second", "1"), ("asked", "1")
    everything = [three, other, two, one]
    wanted: dict[str | None, list[tuple[str, str]]] = {
        None: everything,
        "": everything,
        "name = 'first'": [three, two, one],
        "name = 'FIRST'": [],
        "name != 'first'": [other],
        "name LIKE 'fir%'": [three, two, one],
        "name ILIKE 'SEC%'": [other],
        "name IN ('first', 'nobody')": [three, two, one],
        "name NOT IN ('first')": [other],
        "version_number = 2": [two],
        "version_number > 1 and name = 'first'": [three, two],
        "version_number <= 1": [other, one],
        "version_number != 1": [three, two],
        f"run_id = '{runs['one']}'": [other, one],
        f"run_id IN ('{runs['one']}', '{runs['two']}')": [other, two, one],
        f"run_id IN ('{runs['one']}') and name = 'first'": [one],
        "run_id = 'nobody'": [],
        "source_path = 's3://a/2'": [two],
        "source_path LIKE 's3://a/%'": [three, two, one],
        "source_path != 's3://a/2'": [three, other, one],
        "tags.team = 'red'": [other, one],
        "tag.team != 'red'": [two],
        "tags.team ILIKE 'RED'": [other, two, one],
        "tags.team LIKE 'R%'": [two],
        "tags.team = 'red' and tags.size = 'big'": [one],
        "tags.team ILIKE 'red' and name = 'first' and version_number = 2": [two],
        "tags.nothing = 'x'": [],
        f"tags.`{PROMPT}` = 'true'": [prompt],
        f"tags.`{PROMPT}` != 'true'": everything,
        "name = 'asked'": [],
    }

    wanted = {words: found for words, found in wanted.items() if words not in NAMES_IN or not BEFORE_3_17}
    seen = {words: versions(at.models.search_model_versions(words)) for words in wanted}
    assert seen == wanted
    return list(seen.values())


@case
@pytest.mark.parametrize(
    "words",
    [
        "nothing = 'a'",
        "name > 'a'",
        "name = a",
        "name",
        "version_number LIKE '1'",
        "run_id > 'a'",
        "run_id IN ()",
        "run_id IN ('a', 1)",
        "run_id IN (1, 2)",
        "source_path IN ('a')",
        "name = 'a' OR name = 'b'",
        "tags.a > 'b'",
        "tags.a IN ('b')",
        "aliases = 'a'",
        "metrics.a > 1",
    ],
)
def test_filters_of_versions_that_mean_nothing_are_refused(at: Place, words: str) -> None:
    """With MLflow's code for it."""
    refused(INVALID, ".", at.models.search_model_versions, words)


@since_3_17
@case
@pytest.mark.parametrize("words", ["version_number = 'one'", "version_number = 1.5"])
def test_numbers_of_versions_that_are_none_are_refused(at: Place, words: str) -> None:
    """With MLflow's code for it."""
    refused(INVALID, ".", at.models.search_model_versions, words)


@lone_case
def test_orders_of_versions(at: Place) -> object:
    """By name, number and times."""
    library(at)
    pause()
    at.models.update_model_version("first", "1", "changed")
    one, two, three, other = ("first", "1"), ("first", "2"), ("first", "3"), ("second", "1")
    wanted = {
        (): [one, three, other, two],
        ("name",): [three, two, one, other],
        ("name DESC",): [other, three, two, one],
        ("version_number",): [one, other, two, three],
        ("version_number DESC", "name DESC"): [three, two, other, one],
        ("creation_timestamp",): [one, two, other, three],
        ("creation_timestamp DESC",): [three, other, two, one],
        ("last_updated_timestamp",): [two, other, three, one],
        ("name ASC", "version_number ASC"): [one, two, three, other],
    }

    seen = {order: versions(at.models.search_model_versions(order_by=list(order))) for order in wanted}
    assert seen == wanted
    return list(seen.values())


@case
@pytest.mark.parametrize("order", [["nothing"], ["tags.a"], ["run_id"], ["name SIDEWAYS"], [""]])
def test_orders_of_versions_that_mean_nothing_are_refused(at: Place, order: list[str]) -> None:
    """With MLflow's code for it."""
    refused(INVALID, ".", at.models.search_model_versions, order_by=order)


@lone_case
def test_pages_of_versions_follow_each_other(at: Place) -> object:
    """The last one has no token."""
    library(at)
    pages, token = [], None
    while True:
        page = at.models.search_model_versions(max_results=3, page_token=token)
        pages.append(versions(page))
        token = page.token
        if token is None:
            break

    assert [len(page) for page in pages] == [3, 1]
    return pages


@case
@pytest.mark.parametrize("number", [0, -1, None, "many", 200_001])
def test_limits_of_versions_that_mean_nothing_are_refused(at: Place, number: object) -> None:
    """From one to 200,000."""
    refused(INVALID, "max_results", at.models.search_model_versions, max_results=number)


@lone_case
def test_a_filter_of_tags_holds_after_they_have_changed(at: Place) -> object:
    """Of models and of versions."""
    name = model(at, "first", {"a": "1"})
    number = version(at, name, tags={"a": "1"})
    at.models.set_registered_model_tag(name, RegisteredModelTag("a", "2"))
    at.models.set_model_version_tag(name, number, ModelVersionTag("a", "2"))

    answers = [
        names(at, "tags.a = '1'"),
        names(at, "tags.a = '2'"),
        versions(at.models.search_model_versions("tags.a = '1'")),
        versions(at.models.search_model_versions("tags.a = '2'")),
    ]
    assert answers == [[], ["first"], [], [("first", "1")]]
    return answers


@case
def test_a_search_of_versions_shows_what_reading_them_does(at: Place) -> object:
    """But for aliases, which MLflow's search leaves out."""
    name = model(at)
    version(at, name, "s3://a/1", {"x": "y"}, description="words", run_link="https://ci/1")
    found = at.models.search_model_versions(f"name = '{name}'")

    assert [shown(one) for one in found] == [shown(at.models.get_model_version(name, "1"))]
    return [shown(one) for one in found]
