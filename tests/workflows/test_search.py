"""Searching a registry: what the index answers, the record by record rules that lists have always had, and what is stale."""

from __future__ import annotations

import math

import pytest
from searches import search, searched

from gitreg.documents.places import candidate_path
from gitreg.errors import NotFoundError, UsageError
from gitreg.workflows.candidates.edit_candidate import delete_candidate, restore_candidate
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.searching.place import open_search_place
from gitreg.workflows.searching.search import searching


@pytest.fixture
def logged(desk):
    """Four candidates in two experiments."""
    return [
        desk.log("churn", artifacts=None, metrics={"auc": 0.7}, params={"lr": "b"}),
        desk.log("churn", artifacts=None, metrics={"auc": 0.9}, params={"lr": "ab"}),
        desk.log("fraud", artifacts=None, metrics={"auc": math.nan}, params={"lr": "a"}),
        desk.log("fraud", artifacts=None, metrics={}),
    ]


def listed(desk, logged, words="", experiments=(), **options):
    found = search(desk.registry, words, experiments, **options)
    ids = [one.id for one in logged]
    return [ids.index(each.id) for each in found.places]


def test_newest_first(desk, logged):
    """Without any wish."""
    assert listed(desk, logged) == [3, 2, 1, 0]


@pytest.mark.parametrize(("sort", "order"), [
    ("metrics.auc", [0, 1, 2, 3]), ("-metrics.auc", [1, 0, 2, 3]), ("params.lr", [2, 1, 0, 3]), ("-params.lr", [0, 1, 2, 3]),
    ("created", [0, 1, 2, 3]), ("experiment", [1, 0, 3, 2]), ("-experiment", [3, 2, 1, 0]), ("tags.none", [3, 2, 1, 0]),
])  # fmt: skip
def test_sorted_with_nothing_last(desk, logged, sort, order):
    """NaN and then absent values are last either way; equal ones are newest first."""
    assert listed(desk, logged, order=(sort,)) == order


def test_several_orders(desk, logged):
    """The first counts most."""
    assert listed(desk, logged, order=("-experiment", "created")) == [2, 3, 0, 1]


@pytest.mark.parametrize("sort", ["auc", "metrics", "metrics.", "nothing.x", "", "-", "--created", "a\nb"])
def test_a_field_that_is_none_is_refused_even_of_nothing(desk, sort):
    """An empty registry must not hide a slip of the hand."""
    with pytest.raises(UsageError):
        search(desk.registry, order=(sort,))


def test_filter_experiments_and_limit(desk, logged):
    """All of them count."""
    assert listed(desk, logged, "metrics.auc > 0.8") == [1]
    assert listed(desk, logged, experiments=("fraud",)) == [3, 2]
    assert listed(desk, logged, experiments=("fraud", "churn", "fraud")) == [3, 2, 1, 0]
    assert listed(desk, logged, limit=2) == [3, 2]


def test_text_and_numbers(desk):
    """Params are text in quotes and numbers without; a candidate without the field never meets a comparison."""
    one = desk.log(artifacts=None, metrics={}, params={"lr": "0.10", "layers": "3"}, tags={"team": "growth"})

    for holds in (
        "params.lr = 0.1",
        "params.layers >= 3",
        "params.lr != '0.1'",
        "tags.team LIKE 'gro%'",
        "name like '%lr%'",
    ):
        assert searched(desk.registry, holds) == [one], holds
    for fails in ("params.lr = '0.1'", "metrics.auc != 1", "tags.none = 'x'", "params.none < 1"):
        assert searched(desk.registry, fails) == [], fails


def test_deleted_ones_are_hidden(desk, logged):
    """Unless asked for; restored ones are back."""
    delete_candidate(desk.registry, logged[0].id, desk.author)

    assert listed(desk, logged) == [3, 2, 1]
    assert listed(desk, logged, deleted="too") == [3, 2, 1, 0]
    assert listed(desk, logged, deleted="only") == [0]
    restore_candidate(desk.registry, logged[0].id, desk.author)
    assert listed(desk, logged) == [3, 2, 1, 0]


@pytest.mark.parametrize(
    ("name", "fault"),
    [("nothing", NotFoundError), ("", UsageError), ("../x", NotFoundError), ("a\nb", UsageError)],
)
def test_an_experiment_that_is_not_there(desk, name, fault):
    """Told, not taken for an empty one."""
    with pytest.raises(fault):
        search(desk.registry, experiments=(name,))


def test_an_experiment_by_its_name(desk):
    """The name that people see finds the folder."""
    one = desk.log("Churn 2026", artifacts=None)

    assert searched(desk.registry, experiments=("Churn 2026",)) == [one]


def test_a_file_that_is_no_record_is_left_out_and_told(desk, logged):
    """One bad file on a branch that everybody pushes to must not end every list."""
    path = candidate_path(logged[0].experiment, logged[0].id)
    desk.commit({path: b"id: nonsense\n"}, CANDIDATES)

    place = open_search_place(desk.path, desk.environ)
    with searching(place, desk.author.when) as found:
        faults = found.faults()
    place.close()

    assert listed(desk, logged) == [3, 2, 1]
    assert [fault.startswith(f"{path}:") for fault in faults] == [True]


def test_an_answer_stays_what_it_was(desk, logged):
    """Rows and records are those of the commit that was searched."""
    found = search(desk.registry, order=("created",))
    delete_candidate(desk.registry, logged[0].id, desk.author)
    desk.log("churn", artifacts=None)

    assert [row.id for row in found.rows()] == [one.id for one in logged]
    assert found.records(0, 4) == logged


def test_the_light_way_in_sees_the_commit_that_a_registry_does(desk, logged):
    """Local branch, the remote's in a clone without one, or a plain fault in words that are as ever."""
    desk.share()
    clone = desk.clone()
    here, there = (open_search_place(path, desk.environ) for path in (desk.path, clone))

    assert here.tip == desk.registry.candidates.commit
    assert there.tip == desk.open(clone).candidates.commit == here.tip
    assert here.state == desk.registry.local_state
    for place in (here, there):
        place.close()


def test_where_there_is_no_registry_the_fault_is_as_ever(make_repository, environ, tmp_path):
    """By the way that knows all of it."""
    with pytest.raises(NotFoundError, match="no branch holds"):
        open_search_place(make_repository(tmp_path / "plain"), environ)
