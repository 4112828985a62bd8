"""Experiments: made on purpose, shown and changed."""

from __future__ import annotations

import pytest

from gitreg.documents import places
from gitreg.errors import AlreadyThereError, NotFoundError, UsageError
from gitreg.workflows.candidates.edit_candidate import delete_candidate
from gitreg.workflows.candidates.experiments import (
    ExperimentChange,
    create_experiment,
    edit_experiment,
)
from gitreg.workflows.candidates.show_experiment import list_experiments, show_experiment
from gitreg.workflows.registry import CANDIDATES


def test_it_is_made_in_one_commit(desk):
    """With all that was said of it."""
    before = int(desk.git("rev-list", "--count", CANDIDATES))
    change = ExperimentChange(
        description="who leaves",
        primary="auc",
        goals={"loss": "minimize"},
        units={"time": "ms"},
        tags={"a": "b"},
    )

    made = create_experiment(desk.registry, "Churn 2026", change, desk.author)

    assert list_experiments(desk.registry) == [made]
    assert (made.name, made.primary_metric, made.metrics["loss"].goal, made.metrics["time"].unit) == (
        "Churn 2026",
        "auc",
        "minimize",
        "ms",
    )
    assert int(desk.git("rev-list", "--count", CANDIDATES)) == before + 1


def test_it_is_not_made_twice(desk):
    """What people wrote into the first stays."""
    made = create_experiment(desk.registry, "churn", ExperimentChange(description="ours"), desk.author)

    with pytest.raises(AlreadyThereError) as refusal:
        create_experiment(desk.registry, "churn", ExperimentChange(description="mine"), desk.author)

    assert refusal.value.hint == "gitreg experiment edit churn"
    assert list_experiments(desk.registry) == [made]


@pytest.mark.parametrize("change", [
    ExperimentChange(primary=""), ExperimentChange(goals={"auc": "up"}), ExperimentChange(description="\x07"), ExperimentChange(name="a\nb"),
    ExperimentChange(tags={"": "x"}), ExperimentChange(units={"a\0": "x"}),
])  # fmt: skip
def test_what_cannot_be_recorded_makes_nothing(desk, change):
    """Neither made nor changed, exit 2."""
    with pytest.raises(UsageError, match="cannot be recorded"):
        create_experiment(desk.registry, "churn", change, desk.author)
    assert list_experiments(desk.registry) == []
    made = create_experiment(desk.registry, "churn", ExperimentChange(), desk.author)

    with pytest.raises(UsageError, match="cannot be recorded"):
        edit_experiment(desk.registry, "churn", change, desk.author)

    assert list_experiments(desk.registry) == [made]


@pytest.mark.parametrize("name", ["", "a\nb", "a\0", "x" * 501])
def test_impossible_names_are_refused(desk, name):
    """In every act."""
    for act in (
        lambda: create_experiment(desk.registry, name, ExperimentChange(), desk.author),
        lambda: show_experiment(desk.registry, name),
    ):
        with pytest.raises(UsageError, match="not an experiment's name"):
            act()


@pytest.mark.parametrize("name", ["../x", "-x", "$(id)"])
def test_hostile_names_are_not_found(desk, name):
    """They name a folder of ours, which is not there."""
    with pytest.raises(NotFoundError):
        edit_experiment(desk.registry, name, ExperimentChange(description="x"), desk.author)


def test_another_primary_metric_replaces_the_first(desk):
    """There is one at most."""
    create_experiment(desk.registry, "churn", ExperimentChange(primary="auc"), desk.author)

    changed = edit_experiment(
        desk.registry, "churn", ExperimentChange(primary="loss", goals={"loss": "minimize"}), desk.author
    )

    assert {key: rule.primary for key, rule in changed.metrics.items()} == {"auc": False, "loss": True}


def test_tags_and_deletion(desk):
    """Set, removed, hidden, shown."""
    create_experiment(desk.registry, "churn", ExperimentChange(tags={"a": "1", "b": "2"}), desk.author)

    changed = edit_experiment(
        desk.registry, "churn", ExperimentChange(tags={"a": None, "c": "3"}, deleted=True), desk.author
    )

    assert (changed.tags, list_experiments(desk.registry), list_experiments(desk.registry, deleted=True)) == (
        {"b": "2", "c": "3"},
        [],
        [changed],
    )
    assert (
        edit_experiment(desk.registry, "churn", ExperimentChange(deleted=False), desk.author).deleted is None
    )


def test_comments_stay(desk):
    """An edit replaces values only."""
    create_experiment(desk.registry, "churn", ExperimentChange(), desk.author)
    path = places.experiment_path("churn")
    desk.commit(
        {path: desk.read(path, CANDIDATES).replace(b"description: ''", b"description: ''  # say more")},
        CANDIDATES,
    )

    edit_experiment(
        desk.registry, "churn", ExperimentChange(description="who leaves", primary="auc"), desk.author
    )

    assert b"description: who leaves  # say more" in desk.read(path, CANDIDATES)


def test_changing_nothing_is_no_commit(desk):
    """The tip stays."""
    create_experiment(desk.registry, "churn", ExperimentChange(), desk.author)
    before = desk.tip(CANDIDATES)

    edit_experiment(desk.registry, "churn", ExperimentChange(), desk.author)

    assert desk.tip(CANDIDATES) == before


def test_a_summary_counts_the_living(desk):
    """Number, latest and best, without the deleted."""
    create_experiment(desk.registry, "churn", ExperimentChange(primary="auc"), desk.author)
    best, worse, gone = (desk.log(artifacts=None, metrics={"auc": value}) for value in (0.9, 0.8, 0.99))
    delete_candidate(desk.registry, gone.id, desk.author)

    found = show_experiment(desk.registry, "churn")

    assert (found.counts.living, found.latest, found.best) == (2, worse, best)


def test_an_experiment_without_candidates(desk):
    """Nothing is latest or best."""
    create_experiment(desk.registry, "churn", ExperimentChange(), desk.author)

    found = show_experiment(desk.registry, "churn")

    assert (found.counts.living, found.latest, found.best) == (0, None, None)


def test_a_fresh_clone_makes_and_shows(desk):
    """The remote's branch is what is shown, and what is built on."""
    create_experiment(desk.registry, "churn", ExperimentChange(), desk.author)
    desk.share()
    clone = desk.clone()

    create_experiment(desk.open(clone), "fraud", ExperimentChange(), desk.author)

    assert [one.slug for one in list_experiments(desk.open(clone))] == ["churn", "fraud"]
