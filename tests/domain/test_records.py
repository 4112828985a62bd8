"""What records have in common, and the rules of each."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from gitreg.domain.candidate import Candidate, name_from
from gitreg.domain.experiment import Experiment, experiment_number
from gitreg.domain.record import Person
from gitreg.domain.reference import (
    CandidateReference,
    PickReference,
    ProposalReference,
    StageReference,
    VersionReference,
    parse_reference,
)
from gitreg.domain.registry import RegistrySettings
from gitreg.domain.times import time_text, utc
from gitreg.domain.trust import Permission, Role, Roles, SignerEntry
from gitreg.domain.version import VersionNumber

NOW = datetime(2026, 11, 22, 15, 4, 5, 123456, tzinfo=UTC)
ADA = Person(name="Ada Example", email="ada@example.com")


def candidate(**changes):
    return Candidate.model_validate(
        {"id": "7f" * 16, "experiment": "churn", "name": "a", "created": NOW, "author": ADA} | changes
    )


def test_records_with_nan_are_equal():
    """A diverged loss does not make a record differ from itself."""
    assert candidate(metrics={"loss": math.nan}) == candidate(metrics={"loss": math.nan})


def test_equal_records_have_one_hash():
    """Neither the order of keys nor NaN changes the hash."""
    one = candidate(params={"a": "1", "b": "2"}, metrics={"x": math.nan, "y": 1.0})
    two = candidate(params={"b": "2", "a": "1"}, metrics={"y": 1.0, "x": math.nan})

    assert (one, hash(one)) == (two, hash(two))


def test_zero_keeps_its_sign():
    """Records that are written differently are not equal."""
    assert candidate(metrics={"x": 0.0}) != candidate(metrics={"x": -0.0})


def test_a_record_is_no_other_kind():
    """Equality needs the same kind."""
    assert candidate() != Experiment.called("churn")
    assert candidate() != "churn"


def test_a_record_cannot_be_changed():
    """Values are frozen."""
    with pytest.raises(ValidationError):
        candidate().name = "b"


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(999, 12, 31, 1, 2, 3, 4, tzinfo=UTC),
        NOW,
        datetime(9999, 12, 31, tzinfo=UTC),
    ],
)
def test_times_have_four_digits_of_year_and_six_of_fraction(moment):
    """What is written reads back as the same moment."""
    assert len(time_text(moment)) == len("2026-11-22T15:04:05.123456Z")
    assert datetime.fromisoformat(time_text(moment)) == moment


def test_times_are_utc():
    """Another zone is the same moment; no zone is none."""
    assert time_text(NOW.astimezone(timezone(timedelta(hours=9)))) == "2026-11-22T15:04:05.123456Z"
    with pytest.raises(ValueError, match="a time needs a zone"):
        utc(NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="years 1 to 9999"):
        utc(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=9))))


@pytest.mark.parametrize(
    "extra",
    [
        {"a": 1},
        {"a": None},
        {"a": [True]},
        {"a": {"b": 1.5}},
        {"a": "\x1b"},
        {" a": "b"},
        {"a": {"": "b"}},
        {"a": ("b",)},
        {"a": [[[[[[[[[["b"]]]]]]]]]]},
    ],
)
def test_extra_holds_text_only(extra):
    """What would come back from the file as something else is refused at once."""
    with pytest.raises(ValidationError):
        candidate(extra=extra)


def test_extra_holds_mappings_and_lists():
    """Room for other programs."""
    assert candidate(extra={"tool": {"a": ["b", {"c": []}]}}).extra == {"tool": {"a": ["b", {"c": []}]}}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"points": {"auc": (1, None)}}, "points.auc has no metric"),
        ({"curves": {"auc": {"points": 2, "min": 0, "max": 1}}}, "curves.auc has no metric"),
        ({"metrics": {"a": 1}, "points": {"a": (2**63, None)}}, "less than or equal"),
        ({"artifacts": {"files": 1, "size": 1, "manifest": "md5:" + "0" * 32}}, "named by its sha256"),
        ({"artifacts": {"files": -1, "size": 1, "manifest": "sha256:" + "0" * 64}}, "greater than or equal"),
        ({"code": {"commit": "HEAD"}}, "pattern"),
        ({"params": {"a": "\x1b"}}, "U\\+001B"),
        ({"status": "done"}, "finished"),
        ({"created": NOW.replace(tzinfo=None)}, "a time needs a zone"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_candidates_that_cannot_be(changes, reason):
    """The record's own rules."""
    with pytest.raises(ValidationError, match=reason):
        candidate(**changes)


def test_a_candidate_gets_a_name():
    """From its first params; from its id where these make no name."""
    assert name_from({"lr": "0.1", "depth": "8"}, "7f" * 16) == "lr=0.1,depth=8"
    assert name_from({"a": "b\nc"}, "7f" * 16) == "7f7f7f7f"
    assert name_from({}, "7f" * 16) == "7f7f7f7f"


def test_an_experiment_is_a_function_of_its_name():
    """Two writers make the same bytes; the default experiment has MLflow's number."""
    assert Experiment.called("Churn Model") == Experiment.called("Churn Model")
    assert Experiment.called("default").number == "0"
    assert len(experiment_number("churn")) == 18


def test_the_primary_metric():
    """The one that is named, or the only one."""
    rules = {"auc": {"primary": True}, "loss": {"goal": "minimize"}}
    assert Experiment(slug="a", name="a", number="0", metrics=rules).primary_metric == "auc"
    assert Experiment(slug="a", name="a", number="0", metrics={"loss": {}}).primary_metric == "loss"
    assert Experiment(slug="a", name="a", number="0", metrics={"loss": {}, "b": {}}).primary_metric is None


@pytest.mark.parametrize(
    "branch",
    [
        "main..x",
        "a//b",
        "/a",
        "a/",
        "a.lock",
        "a/.b",
        "a/b.lock/c",
        "a.",
        "-x",
        "a b",
        "a~1",
        "HEAD",
        "gitreg/candidates",
        "Gitreg",
        "",
        "a\n",
    ],
)
def test_branches_that_git_or_gitreg_refuse(branch):
    """An accepted branch is never a range, an option, or one of gitreg's own."""
    with pytest.raises(ValidationError):
        RegistrySettings(id="0d8f1c5e-0000-4000-8000-000000000000", name="a", accepted_branch=branch)


@pytest.mark.parametrize("branch", ["main", "release/1.x", "team-a/main", "gitreg-models"])
def test_branches_that_may_be(branch):
    """What Git accepts."""
    assert (
        RegistrySettings(
            id="0d8f1c5e-0000-4000-8000-000000000000", name="a", accepted_branch=branch
        ).accepted_branch
        == branch
    )


def test_roles_name_people_they_know():
    """Nobody signs who is not among people; a threshold counts people, not lines."""
    people = {"ada": SignerEntry(principal="ada@example.com")}
    role = Role(release=Permission(by=["ada"]), assign={"production": Permission(by=["bob"])})
    with pytest.raises(ValidationError, match=r"roles\.churn names bob"):
        Roles(people=people, roles={"churn": role})
    with pytest.raises(ValidationError, match="the threshold is higher"):
        Permission(by=["ada", "ada"], threshold=2)


def test_a_model_without_a_role_falls_under_default():
    """Without a default nobody may sign."""
    people = {"ada": SignerEntry(principal="ada@example.com")}
    role = Role(release=Permission(by=["ada"]), assign=Permission(by=["ada"]))

    assert Roles(people=people, roles={"default": role}).role_of("churn") == role
    assert Roles(people=people, roles={"other": role}).role_of("churn") is None


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("7f3a", CandidateReference("7f3a")),
        ("churn/" + "7f" * 16, CandidateReference("7f" * 16, "churn")),
        ("churn/best", PickReference("churn", "best")),
        ("churn/latest", PickReference("churn", "latest")),
        ("churn@1.2.0", VersionReference("churn", VersionNumber(1, 2, 0))),
        ("churn@latest", VersionReference("churn", "latest")),
        ("churn@production", StageReference("churn", "production")),
        ("churn!1.2.0", ProposalReference("churn", VersionNumber(1, 2, 0))),
    ],
)
def test_references(text, reference):
    """How people name things."""
    assert parse_reference(text) == reference


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7f3",
        "churn",
        "churn/7f",
        "churn@",
        "churn@1.2",
        "churn!",
        "@production",
        "churn@Production",
        "7F3A",
        "\x1b@latest",
    ],
)
def test_what_names_nothing_is_refused(text):
    """The forms are listed, or the part that is wrong is named."""
    with pytest.raises(ValueError):  # noqa: PT011 - many sentences, one truth
        parse_reference(text)
