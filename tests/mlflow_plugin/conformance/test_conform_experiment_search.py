"""Searching experiments: filters, order, limits and pages."""

from __future__ import annotations

import time

import pytest
from conformity import case_of, lone_case
from grounds import INVALID, Place, pause, refused, since_3_16
from mlflow.entities import ViewType


def names(at: Place) -> None:
    """Three experiments, whose names differ a little."""
    for name in ("a", "ab", "Abc"):
        at.experiment(name)


def tags(at: Place) -> None:
    """Three experiments with tags."""
    at.experiment("one", {"team": "red", "place": "north"})
    at.experiment("two", {"team": "rED", "place": "north"})
    at.experiment("three", {"k e y": "red"})


def times(at: Place) -> None:
    """Three experiments; the second was renamed last."""
    made = {name: at.experiment(name) for name in ("x", "before", "z")}
    pause()
    at.store.rename_experiment(made["before"], "y")


@case_of(names)
def test_the_latest_is_first(at: Place) -> object:
    """By its making, unless another order is asked for."""
    assert at.named() == ["Abc", "ab", "a", "Default"]
    return at.named()


@case_of(names)
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("name = 'a'", ["a"]),
        ("attribute.name = 'a'", ["a"]),
        ("attribute.`name` = 'a'", ["a"]),
        ("attribute.`name` != 'a'", ["Abc", "ab", "Default"]),
        ("name LIKE 'a%'", ["ab", "a"]),
        ("name LIKE '%b%'", ["Abc", "ab"]),
        ("name LIKE 'a_'", ["ab"]),
        ("name ILIKE 'a%'", ["Abc", "ab", "a"]),
        ("name ILIKE 'A%' AND name ILIKE '%b'", ["ab"]),
        ("name = 'a' AND name = 'ab'", []),
        ("", ["Abc", "ab", "a", "Default"]),
        (None, ["Abc", "ab", "a", "Default"]),
    ],
)
def test_filters_of_names(at: Place, words: str, found: list[str]) -> object:
    """Equal, unequal, LIKE that minds case and ILIKE that does not."""
    assert at.named(words) == found
    return found


@case_of(tags)
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("tag.team = 'red'", ["one"]),
        ("tags.team = 'red'", ["one"]),
        ("tag.`k e y` = 'red'", ["three"]),
        ("tag.\"k e y\" = 'red'", ["three"]),
        ("tag.team != 'red'", ["two"]),
        ("tag.team != 'RED'", ["two", "one"]),
        ("tag.team LIKE 're%'", ["one"]),
        ("tag.team LIKE '%ED'", ["two"]),
        ("tag.team ILIKE '%eD%'", ["two", "one"]),
        ("tag.team LIKE '%D' AND tag.place LIKE 'n%'", ["two"]),
        ("tag.TEAM = 'red'", []),
        ("tag.nobody = 'red'", []),
        ("name ILIKE 'T%' AND tags.team = 'rED'", ["two"]),
    ],
)
def test_filters_of_tags(at: Place, words: str, found: list[str]) -> object:
    """An experiment without the tag is never found."""
    assert at.named(words) == found
    return found


@since_3_16
@lone_case
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("tag.team IS NOT NULL", ["two", "one"]),
        ("tag.place IS NULL", ["three", "two", "Default"]),
        ("tag.team IS NOT NULL AND tag.place IS NULL", ["two"]),
        ("tag.team = 'red' AND tag.place IS NULL", ["two"]),
    ],
)
def test_filters_of_missing_tags(at: Place, words: str, found: list[str]) -> object:
    """Those that an experiment has, or has not."""
    at.experiment("one", {"team": "red", "place": "north"})
    at.experiment("two", {"team": "red"})
    at.experiment("three")

    assert at.named(words) == found
    refused(INVALID, ".", at.named, "name IS NULL")
    return found


@lone_case
def test_a_filter_holds_after_a_tag_has_changed(at: Place) -> object:
    """And after it is deleted."""
    made = at.experiment("one", {"team": "red"})
    from_red = at.named("tag.team = 'red'")
    at.store.delete_experiment_tag(made, "team")

    assert from_red == ["one"]
    assert at.named("tag.team = 'red'") == []
    return from_red


@lone_case
def test_filters_of_times(at: Place) -> object:
    """Milliseconds, compared as numbers."""
    pause()
    first = at.store.get_experiment(at.experiment("first"))
    second = at.store.get_experiment(at.experiment("second"))

    made, later = first.creation_time, second.creation_time
    answers = [
        at.named(f"creation_time = {made}"),
        at.named(f"creation_time != {made}"),
        at.named(f"creation_time >= {made}"),
        at.named(f"creation_time > {made}"),
        at.named(f"creation_time < {later}"),
        at.named(f"creation_time <= {later}"),
        at.named(f"creation_time > {int(time.time() * 1000) + 1000}"),
        at.named(f"last_update_time = {second.last_update_time}"),
    ]
    assert answers == [
        ["first"],
        ["second", "Default"],
        ["second", "first"],
        ["second"],
        ["first", "Default"],
        ["second", "first", "Default"],
        [],
        ["second"],
    ]
    return answers


@lone_case
def test_a_change_is_found_by_its_time(at: Place) -> object:
    """Renaming is one."""
    made = at.experiment("first")
    at.experiment("second")
    pause()
    now = int(time.time() * 1000)
    at.store.rename_experiment(made, "renamed")

    assert at.named(f"last_update_time >= {now}") == ["renamed"]
    return at.named(f"last_update_time >= {now}")


@case_of(names)
@pytest.mark.parametrize(
    "words",
    [
        "name ~ 'a'",
        "name = a",
        "acc = 'a'",
        "metrics.loss > 1",
        "params.a = 'b'",
        "name = 'a' OR name = 'b'",
        "creation_time = 'soon'",
        "creation_time LIKE '1%'",
        "name",
        "name = ",
        "tags.a > 'b'",
        "attributes.name = 'a'",
        "attr.name = 'a'",
        "name like 'a%'",
        "name = 'a",
        "(name = 'a')",
    ],
)
def test_filters_that_mean_nothing_are_refused(at: Place, words: str) -> None:
    """With MLflow's code for it."""
    refused(INVALID, ".", at.store.search_experiments, filter_string=words)


@case_of(times)
@pytest.mark.parametrize(
    ("order", "found"),
    [
        (["name"], ["Default", "x", "y", "z"]),
        (["name ASC"], ["Default", "x", "y", "z"]),
        (["name asc"], ["Default", "x", "y", "z"]),
        (["name DESC"], ["z", "y", "x", "Default"]),
        (["attribute.name DESC"], ["z", "y", "x", "Default"]),
        (["name", "experiment_id"], ["Default", "x", "y", "z"]),
        (["creation_time"], ["Default", "x", "y", "z"]),
        (["creation_time DESC"], ["z", "y", "x", "Default"]),
        (["creation_time ASC", "name DESC"], ["Default", "x", "y", "z"]),
        (["last_update_time"], ["Default", "x", "z", "y"]),
        (["last_update_time DESC"], ["y", "z", "x", "Default"]),
        ([], ["z", "y", "x", "Default"]),
        (None, ["z", "y", "x", "Default"]),
    ],
)
def test_orders(at: Place, order: list[str], found: list[str]) -> object:
    """By name and by times, up and down."""
    assert at.named(order_by=order) == found
    return found


@case_of(names)
@pytest.mark.parametrize(
    "order", [["nothing"], ["tags.a"], ["metrics.a"], ["name SIDEWAYS"], ["name,"], [""]]
)
def test_orders_that_mean_nothing_are_refused(at: Place, order: list[str]) -> None:
    """With MLflow's code for it."""
    refused(INVALID, ".", at.store.search_experiments, order_by=order)


@lone_case
def test_pages_hold_what_was_asked_for(at: Place) -> object:
    """And the last one has no token."""
    for number in range(9):
        at.experiment(str(number))
    first = at.store.search_experiments(max_results=4)
    second = at.store.search_experiments(max_results=4, page_token=first.token)
    third = at.store.search_experiments(max_results=4, page_token=second.token)

    pages = [[one.name for one in page] for page in (first, second, third)]
    assert pages == [["8", "7", "6", "5"], ["4", "3", "2", "1"], ["0", "Default"]]
    assert [page.token is None for page in (first, second, third)] == [False, False, True]
    return pages


@lone_case
def test_a_last_page_that_is_full_has_no_token(at: Place) -> object:
    """For nothing follows."""
    at.experiment("one")
    page = at.store.search_experiments(max_results=2)

    assert [one.name for one in page] == ["one", "Default"]
    assert page.token is None
    return []


@case_of(names)
@pytest.mark.parametrize("number", [None, 0, -1, 1_000_000])
def test_limits_that_mean_nothing_are_refused(at: Place, number: int | None) -> None:
    """From one to 50,000."""
    refused(
        INVALID,
        f"Invalid value {number} for parameter 'max_results'",
        at.store.search_experiments,
        max_results=number,
    )


@case_of(names)
@pytest.mark.parametrize("token", ["nothing", "eyJ4IjogMX0="])
def test_tokens_that_mean_nothing_are_refused(at: Place, token: str) -> None:
    """With MLflow's code for it."""
    refused(INVALID, ".", at.store.search_experiments, page_token=token)


@lone_case
def test_views_choose_by_life(at: Place) -> object:
    """Active, deleted, all; with filters too."""
    at.experiment("a")
    at.store.delete_experiment(at.experiment("ab"))
    answers = {
        view: at.named("name LIKE 'a%'", view_type=getattr(ViewType, view))
        for view in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL")
    }

    assert answers == {"ACTIVE_ONLY": ["a"], "DELETED_ONLY": ["ab"], "ALL": ["ab", "a"]}
    return answers
