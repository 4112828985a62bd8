"""Comparisons."""

from __future__ import annotations

import math

import pytest

from gitreg.errors import NotFoundError, UsageError
from gitreg.workflows.candidates.compare import Row, compare
from gitreg.workflows.candidates.experiments import ExperimentChange, create_experiment


@pytest.fixture
def logged(desk):
    """Three candidates of one experiment."""
    return [
        desk.log("churn", artifacts=None, metrics={"auc": value}, params={"lr": lr})
        for value, lr in ((0.7, "b"), (0.9, "ab"), (0.8, "b"))
    ]


def rows(found):
    return {row.field: row for row in found.rows}


def test_a_comparison_has_differences_first(desk, logged):
    """Then what agrees; metrics carry their goal."""
    create_experiment(
        desk.registry, "other", ExperimentChange(primary="auc", goals={"auc": "minimize"}), desk.author
    )
    third = desk.log("other", artifacts=None, metrics={"auc": 0.7})

    found = compare(desk.registry, [logged[0].id, third.id, logged[1].id])

    flags = [row.differs for row in found.rows]
    assert flags == sorted(flags, reverse=True)
    assert (rows(found)["metrics.auc"].values, rows(found)["metrics.auc"].goal) == (
        (0.7, 0.7, 0.9),
        "minimize",
    )


def test_the_first_ones_goal_counts(desk, logged):
    """Where two experiments read one metric in two ways."""
    for slug, goal in (("up", "maximize"), ("down", "minimize")):
        create_experiment(desk.registry, slug, ExperimentChange(goals={"auc": goal}), desk.author)
    up, down = (desk.log(slug, artifacts=None).id for slug in ("up", "down"))

    assert rows(compare(desk.registry, [up, down]))["metrics.auc"].goal == "maximize"
    assert rows(compare(desk.registry, [down, up]))["metrics.auc"].goal == "minimize"


def test_against_names_the_base(desk, logged):
    """It stands first, and all others are compared with it; then one is enough."""
    found = compare(desk.registry, [logged[1].id], against=logged[0].id)

    assert found.candidates == (logged[0], logged[1])
    assert found.rows[0].change(found.rows[0].values[1]) == pytest.approx(0.2)


def test_against_a_version_in_a_stage(desk):
    """What serves is what a new candidate must beat."""
    candidate = desk.log()
    desk.promote(candidate, stage="production")
    desk.accept()
    better = desk.log(metrics={"auc": 0.95})

    found = compare(desk.registry, [better.id], against="churn@production")

    assert found.candidates == (candidate, better)
    assert found.against == "churn@production"


def test_nan_agrees_with_nan(desk):
    """Two failures of the same kind are no difference."""
    one, two = (desk.log(artifacts=None, metrics={"auc": math.nan}) for _ in range(2))

    found = compare(desk.registry, [one.id, two.id])

    assert not rows(found)["metrics.auc"].differs


@pytest.mark.parametrize(
    ("count", "against"), [(0, None), (1, None), (101, None), (0, "0001"), (100, "0001")]
)
def test_a_comparison_takes_two_to_a_hundred(desk, logged, count, against):
    """One has nothing to be compared with."""
    with pytest.raises(UsageError, match="2 to 100"):
        compare(desk.registry, [logged[0].id] * count, against)


def test_a_hundred_are_compared(desk, logged):
    """That many, and the same one many times."""
    found = compare(desk.registry, [one.id for one in logged] * 33 + [logged[0].id])

    assert len(found.candidates) == 100
    assert {len(row.values) for row in found.rows} == {100}


def test_what_is_not_there_is_told(desk, logged):
    """Nothing is left out of a comparison."""
    with pytest.raises(NotFoundError):
        compare(desk.registry, [logged[0].id, "dead"])


@pytest.mark.parametrize(
    ("values", "change"),
    [
        ((0.5, 0.75), 0.25),
        ((0.5, 0.5), None),
        ((math.inf, 0.5), -math.inf),
        ((math.nan, 1.0), None),
        (("a", 1.0), None),
        ((None, 1.0), None),
    ],
)
def test_a_change_is_of_numbers(values, change):
    """What cannot be subtracted has no change, and no verdict."""
    row = Row("metrics.auc", values, "maximize")

    assert row.change(values[1]) == change
    assert (row.verdict(values[1]) is None) == (change is None)
