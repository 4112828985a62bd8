"""Experiments with what is in them."""

from __future__ import annotations

import math

from gitreg.documents.places import experiment_path
from gitreg.workflows.candidates.edit_candidate import delete_candidate
from gitreg.workflows.candidates.experiments import ExperimentChange, create_experiment
from gitreg.workflows.candidates.show_experiment import show_experiment, summarize_experiments
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.searching.find import find_candidate


def test_counts_by_status_deleted_and_drafts(desk):
    """Each candidate is counted once."""
    for status in ("finished", "finished", "failed"):
        last = desk.log(artifacts=None, status=status)
    delete_candidate(desk.registry, last.id, desk.author)
    desk.log("fraud", artifacts=None)

    found = show_experiment(desk.registry, "churn").counts

    assert (found.by_status, found.living, found.deleted, found.drafts) == ({"finished": 2}, 2, 1, 0)


def test_a_list_has_the_counts_of_each(desk):
    """An experiment without candidates has none."""
    create_experiment(desk.registry, "empty", ExperimentChange(), desk.author)
    desk.log(artifacts=None)

    found = summarize_experiments(desk.registry)

    assert [(one.slug, counts.living) for one, counts in found.experiments] == [("churn", 1), ("empty", 0)]
    assert found.faults == ()


def test_a_broken_record_ends_no_list(desk):
    """It is left out, and told."""
    desk.log(artifacts=None)
    desk.log("fraud", artifacts=None)
    desk.log("lost", artifacts=None)
    desk.commit({experiment_path("fraud"): b"nonsense\n", experiment_path("lost"): None}, CANDIDATES)

    found = summarize_experiments(desk.registry)

    assert [one.slug for one, _ in found.experiments] == ["churn"]
    assert [fault.partition(":")[0].partition(" ")[0] for fault in found.faults] == [
        experiment_path("fraud"),
        experiment_path("lost"),
    ]


def test_the_best_of_equal_ones_is_the_newest(desk):
    """Infinity is a value, NaN is none; the record is the committed one."""
    create_experiment(desk.registry, "churn", ExperimentChange(primary="auc"), desk.author)
    made = [desk.log(artifacts=None, metrics={"auc": value}) for value in (0.5, 0.5, math.nan)]
    assert find_candidate(desk.registry, "churn/best") == made[1]

    top = desk.log(artifacts=None, metrics={"auc": math.inf})
    assert find_candidate(desk.registry, "churn/best") == top


def test_of_one_moment_the_greater_id_is_best_and_latest(desk):
    """So that everybody's clone says the same."""
    create_experiment(desk.registry, "churn", ExperimentChange(primary="auc"), desk.author)
    moment = desk.author.when
    ids = ["5" * 32, "e" * 32, "a" * 32]
    for one in ids:
        desk.log(artifacts=None, id=one, created=moment, finished=moment)

    assert (
        find_candidate(desk.registry, "churn/best").id
        == find_candidate(desk.registry, "churn/latest").id
        == "e" * 32
    )


def test_best_is_answered_although_another_record_is_broken(desk):
    """One bad file does not end every promotion."""
    create_experiment(desk.registry, "churn", ExperimentChange(primary="auc"), desk.author)
    good = desk.log(artifacts=None)
    desk.commit({f"experiments/churn/candidates/ff/{'f' * 32}.yaml": b"?"}, CANDIDATES)

    assert find_candidate(desk.registry, "churn/best") == good
