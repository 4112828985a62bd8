"""Finding: prefixes, best and latest, versions, stages and proposals."""

from __future__ import annotations

import math

import pytest

from gitreg.documents import places
from gitreg.domain.version import VersionNumber
from gitreg.errors import AmbiguousError, NotFoundError, RecordError, UsageError
from gitreg.workflows.candidates.edit_candidate import delete_candidate
from gitreg.workflows.candidates.experiments import ExperimentChange, create_experiment
from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.searching.find import (
    find_candidate,
    find_model,
    find_version,
    is_released,
    models_in,
    versions_of,
)
from gitreg.workflows.versions.models import list_models
from gitreg.workflows.versions.stages import retire

V1 = VersionNumber(1, 0, 0)


def test_a_prefix_finds_one(desk):
    """Four digits or more, in any experiment, or in the one that is named."""
    one = desk.log("churn", artifacts=None, id="7f3a" + "0" * 28)
    desk.log("fraud", artifacts=None, id="7f3b" + "0" * 28)

    for reference in ("7f3a", one.id, f"churn/{one.id}", str(one)):
        assert find_candidate(desk.registry, reference) == one


def test_an_ambiguous_prefix_lists_the_candidates(desk):
    """Exit 3, with more digits of each."""
    for digit in "ab":
        desk.log(artifacts=None, id="7f3a" + digit * 28)

    with pytest.raises(AmbiguousError, match="7f3aaaaaaaaa, 7f3abbbbbbbb") as refusal:
        find_candidate(desk.registry, "7f3a")

    assert refusal.value.exit_code == 3


def test_another_experiments_candidate_is_not_found(desk):
    """Where an experiment is named, it counts."""
    one = desk.log("churn", artifacts=None)
    desk.log("fraud", artifacts=None)

    with pytest.raises(NotFoundError, match="no candidate's id of fraud"):
        find_candidate(desk.registry, f"fraud/{one.id[:8]}")


@pytest.mark.parametrize(
    "reference",
    [
        "0000",
        "nothing/best",
        "nothing/latest",
        "nothing@1.0.0",
        "nothing@production",
        "nothing@latest",
        "nothing!1.0.0",
    ],
)
def test_what_is_not_there(desk, reference):
    """Exit 3, with a next step."""
    with pytest.raises(NotFoundError) as refusal:
        find_candidate(desk.registry, reference)

    assert refusal.value.hint


@pytest.mark.parametrize("reference", ["", "-rf", "xyz", "a@b@", "churn@1.0", "../x"])
def test_what_names_nothing(desk, reference):
    """Exit 2."""
    with pytest.raises(UsageError):
        find_candidate(desk.registry, reference)


def test_the_best_by_the_primary_metric(desk):
    """In the metric's direction; NaN, unfinished, deleted and unmeasured ones are none."""
    create_experiment(
        desk.registry, "churn", ExperimentChange(primary="loss", goals={"loss": "minimize"}), desk.author
    )
    for value, status in (
        (0.5, "finished"),
        (0.2, "finished"),
        (0.1, "failed"),
        (math.nan, "finished"),
        (0.01, "finished"),
    ):
        last = desk.log(artifacts=None, metrics={"loss": value}, status=status)
    desk.log(artifacts=None, metrics={"auc": 1.0})
    delete_candidate(desk.registry, last.id, desk.author)

    assert find_candidate(desk.registry, "churn/best").metrics == {"loss": 0.2}


def test_without_a_primary_metric_nothing_is_best(desk):
    """And the hint says how to name one."""
    desk.log(artifacts=None)

    with pytest.raises(UsageError, match="no primary metric") as refusal:
        find_candidate(desk.registry, "churn/best")

    assert "--primary" in refusal.value.hint


def test_the_latest_is_created_last(desk):
    """Deleted ones aside."""
    first, second, third = (desk.log(artifacts=None) for _ in range(3))
    delete_candidate(desk.registry, third.id, desk.author)

    assert find_candidate(desk.registry, "churn/latest") == second
    assert first != second


def test_versions_by_number_stage_and_latest(desk):
    """`latest` is the highest released one that is not retired."""
    first = desk.released()
    desk.promote(desk.log(), stage="production")
    desk.accept()
    registry = desk.registry

    assert find_version(registry, "churn@latest").version == VersionNumber(1, 1, 0)
    assert find_version(registry, "churn@production").version == VersionNumber(1, 1, 0)
    assert find_candidate(registry, "churn@1.0.0").id == first.id
    assert versions_of(registry.accepted, "churn") == [V1, VersionNumber(1, 1, 0)]


def test_latest_is_neither_retired_nor_unreleased(desk):
    """What may not be used is not given."""
    desk.released()
    retire(desk.registry, "churn", V1, "wrong labels", desk.author)
    desk.accept()

    with pytest.raises(NotFoundError, match="no released version"):
        find_version(desk.registry, "churn@latest")
    assert is_released(desk.registry, "churn", V1)


def test_a_proposal_is_found_in_the_reviewers_clone(desk):
    """As fetched, without a local branch."""
    desk.share()
    clone = desk.clone()
    candidate = desk.log()
    desk.promote(candidate)
    registry = desk.open(clone)
    fetch(registry, desk.author)

    assert find_version(registry, "churn!1.0.0").version == V1
    assert find_candidate(registry, "churn!1.0.0").id == candidate.id


def test_a_candidate_is_no_version(desk):
    """Exit 2 where a version is asked for."""
    with pytest.raises(UsageError, match="names a candidate"):
        find_version(desk.registry, "7f3a")


def test_strange_files_among_candidates_are_passed_over(desk):
    """`gitreg validate` tells of them; nobody else stumbles."""
    one = desk.log(artifacts=None)
    desk.commit(
        {
            "experiments/churn/candidates/notes.yaml": b"x",
            f"experiments/churn/candidates/{one.id[:2]}/{one.id[:8]}.yaml": b"x",
        },
        CANDIDATES,
    )

    assert find_candidate(desk.registry, one.id[:6]) == one
    assert find_candidate(desk.registry, "churn/latest") == one


def test_a_candidate_under_anothers_name_is_refused(desk):
    """A file whose content claims another id is no answer to either."""
    one = desk.log(artifacts=None)
    path = places.candidate_path("churn", "f" * 32)
    desk.commit({path: desk.read(places.candidate_path("churn", one.id), CANDIDATES)}, CANDIDATES)

    with pytest.raises(RecordError) as refusal:
        find_candidate(desk.registry, "ffff")

    assert refusal.value.place == path


@pytest.mark.parametrize("slug", ["../x", "a/b", "", "Churn", "-x", "a\nb"])
def test_hostile_models_are_not_found(desk, slug):
    """No path is made of them."""
    with pytest.raises(NotFoundError):
        find_model(desk.registry.accepted, slug)


def test_folders_that_are_no_models(desk):
    """Code may live in models/ too."""
    desk.commit({"models/__init__.py": b"", "models/Net/x.py": b"", "models/churn/net.py": b""})

    assert models_in(desk.registry.accepted) == ["churn"]
    assert list_models(desk.registry) == []


def test_a_fresh_clone_finds_what_the_remote_has(desk):
    """Before anything was fetched or logged there."""
    one = desk.log(artifacts=None)
    desk.share()

    assert find_candidate(desk.open(desk.clone()), one.id[:6]) == one


def test_a_clone_without_candidates_says_how_to_get_them(desk):
    """The branch was not cloned."""
    one = desk.log(artifacts=None)
    desk.share()

    with pytest.raises(NotFoundError) as refusal:
        find_candidate(desk.open(desk.clone("clone", "--single-branch")), one.id[:6])

    assert refusal.value.hint.startswith("gitreg fetch")
