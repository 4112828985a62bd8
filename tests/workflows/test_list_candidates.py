"""Lists and comparisons."""

from __future__ import annotations

import math

import pytest

from gitreg.domain.condition import parse_conditions
from gitreg.errors import NotFoundError, UsageError
from gitreg.workflows.edit_candidate import delete_candidate
from gitreg.workflows.experiments import ExperimentChange, create_experiment
from gitreg.workflows.list_candidates import ListOptions, compare, list_candidates


@pytest.fixture
def logged(desk):
    """Four candidates in two experiments."""
    return [
        desk.log("churn", artifacts=None, metrics={"auc": 0.7}, params={"lr": "b"}),
        desk.log("churn", artifacts=None, metrics={"auc": 0.9}, params={"lr": "ab"}),
        desk.log("fraud", artifacts=None, metrics={"auc": math.nan}, params={"lr": "a"}),
        desk.log("fraud", artifacts=None, metrics={}),
    ]


def listed(desk, logged, **options):
    found = list_candidates(desk.registry, ListOptions(**options))
    return [logged.index(next(one for one in logged if one.id == each.id)) for each in found]


def test_newest_first(desk, logged):
    """Without any wish."""
    assert listed(desk, logged) == [3, 2, 1, 0]


@pytest.mark.parametrize(("sort", "order"), [
    ("metrics.auc", [0, 1, 2, 3]), ("-metrics.auc", [1, 0, 2, 3]), ("params.lr", [2, 1, 0, 3]), ("-params.lr", [0, 1, 2, 3]),
    ("created", [0, 1, 2, 3]), ("experiment", [0, 1, 2, 3]), ("-experiment", [2, 3, 0, 1]), ("tags.none", [0, 1, 2, 3]),
])  # fmt: skip
def test_sorted_with_nothing_last(desk, logged, sort, order):
    """NaN and absent values are last either way; equal ones by id."""
    assert listed(desk, logged, sort=sort) == order


@pytest.mark.parametrize("sort", ["auc", "metrics", "metrics.", "nothing.x", "", "-", "--created", "a\nb"])
def test_a_field_that_is_none_is_refused_even_of_nothing(desk, sort):
    """Before anything is read."""
    with pytest.raises(UsageError, match="cannot sort by"):
        list_candidates(desk.registry, ListOptions(sort=sort))


def test_conditions_experiment_and_limit(desk, logged):
    """All of them count."""
    assert listed(desk, logged, conditions=parse_conditions("metrics.auc > 0.8")) == [1]
    assert listed(desk, logged, experiment="fraud") == [3, 2]
    assert listed(desk, logged, limit=2) == [3, 2]


def test_deleted_ones_are_hidden(desk, logged):
    """Unless asked for."""
    delete_candidate(desk.registry, logged[0].id, desk.author)

    assert listed(desk, logged) == [3, 2, 1]
    assert listed(desk, logged, deleted=True) == [3, 2, 1, 0]


@pytest.mark.parametrize(
    ("name", "fault"),
    [("nothing", NotFoundError), ("", UsageError), ("../x", NotFoundError), ("a\nb", UsageError)],
)
def test_an_experiment_that_is_not_there(desk, name, fault):
    """Told, not taken for an empty one."""
    with pytest.raises(fault):
        list_candidates(desk.registry, ListOptions(experiment=name))


def test_an_experiment_by_its_name(desk):
    """The name that people see finds the folder."""
    one = desk.log("Churn 2026", artifacts=None)

    assert list_candidates(desk.registry, ListOptions(experiment="Churn 2026")) == [one]


def test_a_comparison_has_differences_first(desk, logged):
    """Then what agrees; metrics carry their goal."""
    create_experiment(
        desk.registry, "other", ExperimentChange(primary="auc", goals={"auc": "minimize"}), desk.author
    )
    third = desk.log("other", artifacts=None, metrics={"auc": 0.7})

    found = compare(desk.registry, [logged[0].id, third.id, logged[1].id])

    flags = [row.differs for row in found.rows]
    assert flags == sorted(flags, reverse=True)
    row = next(row for row in found.rows if row.field == "metrics.auc")
    assert (row.values, row.goal) == ((0.7, 0.7, 0.9), "minimize")


def test_nan_agrees_with_nan(desk):
    """Two failures of the same kind are no difference."""
    one, two = (desk.log(artifacts=None, metrics={"auc": math.nan}) for _ in range(2))

    found = compare(desk.registry, [one.id, two.id])

    assert not next(row for row in found.rows if row.field == "metrics.auc").differs


@pytest.mark.parametrize("count", [0, 1, 101])
def test_a_comparison_takes_two_to_a_hundred(desk, logged, count):
    """One has nothing to be compared with."""
    with pytest.raises(UsageError, match="2 to 100"):
        compare(desk.registry, [logged[0].id] * count)
