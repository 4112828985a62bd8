"""Stages and retirement: proposals that change one line of a model."""

from __future__ import annotations

import pytest
from desk import merge_proposals

from gitreg.documents import places
from gitreg.domain.version import VersionNumber
from gitreg.errors import AnswerIsNoError, NotFoundError, UsageError
from gitreg.workflows.proposing.proposals import open_proposals
from gitreg.workflows.releasing.release import due, release
from gitreg.workflows.versions.models import ModelChange, edit_model
from gitreg.workflows.versions.stages import assign, assignments, retire, rollback

V1, V2, V9 = VersionNumber(1, 0, 0), VersionNumber(1, 1, 0), VersionNumber(9, 0, 0)


def _release_two(desk):
    desk.released()
    desk.promote(desk.log(), stage="production")
    desk.accept()


@pytest.fixture
def two(furnished):
    """Versions 1.0.0 and 1.1.0 are released; 1.1.0 is in production."""
    return furnished(_release_two)


def test_an_assignment_is_a_proposal(two):
    """One file changes; it is accepted and signed like a version."""
    made = assign(two.registry, "churn", V1, "staging", two.author)

    assert made.name == "gitreg/assign/churn/staging"
    assert two.git("diff", "--name-only", "main", made.branch) == "models/churn/model.yaml"
    assert two.accept() == ["stage/churn/staging/1"]
    assert two.model().stages == {"production": V2, "staging": V1}


def test_a_stage_is_emptied(two):
    """The assignment says none; the chain goes on."""
    assign(two.registry, "churn", None, "production", two.author)

    assert two.accept() == ["stage/churn/production/2"]
    assert two.model().stages == {}
    assert [statement.version for _, statement in assignments(two.registry, "churn", "production")] == [
        V2,
        None,
    ]


@pytest.mark.parametrize(("version", "stage"), [(V2, "production"), (None, "staging")])
def test_what_stands_there_already_is_told(two, version, stage):
    """Nothing is proposed."""
    with pytest.raises(AnswerIsNoError):
        assign(two.registry, "churn", version, stage, two.author)

    assert open_proposals(two.registry) == []


def test_an_unreleased_version_is_not_assigned(two):
    """What nobody signed does not serve."""
    two.promote(two.log())
    merge_proposals(two.registry, two.author)

    with pytest.raises(AnswerIsNoError, match="is not released") as refusal:
        assign(two.registry, "churn", VersionNumber(1, 2, 0), "production", two.author)

    assert refusal.value.hint == "gitreg release churn@1.2.0"


def test_a_retired_version_is_not_assigned(two):
    """And the reason is told."""
    retire(two.registry, "churn", V1, "wrong labels in May", two.author)
    two.accept()

    with pytest.raises(AnswerIsNoError, match="is retired: wrong labels in May"):
        assign(two.registry, "churn", V1, "production", two.author)
    with pytest.raises(AnswerIsNoError, match="is retired"):
        rollback(two.registry, "churn", "production", V1, two.author)


@pytest.mark.parametrize("act", [
    lambda r, a: assign(r, "churn", V9, "production", a), lambda r, a: assign(r, "nothing", V1, "production", a),
    lambda r, a: retire(r, "churn", V9, "x", a), lambda r, a: rollback(r, "nothing", "production", None, a),
    lambda r, a: rollback(r, "churn", "staging", None, a), lambda r, a: rollback(r, "churn", "production", None, a),
    lambda r, a: rollback(r, "churn", "production", V9, a), lambda r, a: assign(r, "../x", V1, "production", a), lambda r, a: retire(r, "-x", V1, "x", a),
])  # fmt: skip
def test_what_is_not_there(two, act):
    """Exit 3 with a next step; one assignment has nothing to go back to."""
    with pytest.raises(NotFoundError) as refusal:
        act(two.registry, two.author)

    assert refusal.value.hint


@pytest.mark.parametrize("stage", ["canary", "none", "latest", "Production", "a/b", "-x", "", "a\nb", "*"])
def test_a_stage_that_is_none(two, stage):
    """Refused before anything is looked up, in every act."""
    with pytest.raises(UsageError):
        assign(two.registry, "churn", V1, stage, two.author)
    with pytest.raises(UsageError):
        rollback(two.registry, "churn", stage, None, two.author)


@pytest.mark.parametrize("model", ["", "a\nb", "a\0", "x" * 501])
def test_a_model_that_nothing_can_be_called(two, model):
    """Exit 2."""
    for act in (
        lambda: assign(two.registry, model, V1, "staging", two.author),
        lambda: retire(two.registry, model, V1, "x", two.author),
    ):
        with pytest.raises(UsageError, match="not a model's name"):
            act()


def test_a_serving_version_is_not_retired(two):
    """First something else must serve."""
    with pytest.raises(AnswerIsNoError, match="serves in production") as refusal:
        retire(two.registry, "churn", V2, "wrong labels", two.author)

    assert "gitreg rollback churn production" in refusal.value.hint


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_retirement_needs_a_reason(two, reason):
    """For those who ask later."""
    with pytest.raises(UsageError, match="needs a reason"):
        retire(two.registry, "churn", V1, reason, two.author)


@pytest.mark.parametrize("reason", ["a\x1b[31m", "a\0b", "\u202e"])
def test_a_reason_that_cannot_be_recorded(two, reason):
    """Exit 2, and no branch."""
    with pytest.raises(UsageError, match="cannot be recorded"):
        retire(two.registry, "churn", V1, reason, two.author)

    assert open_proposals(two.registry) == []


@pytest.mark.parametrize("reason", ["it's: wrong", "no", "two\nlines", "# not a comment", "$(id)"])
def test_a_reason_comes_back(two, reason):
    """Exactly as it was written."""
    retire(two.registry, "churn", V1, reason, two.author)
    two.accept()

    assert two.model().retired == {V1: reason}


def test_retired_twice_is_told(two):
    """With the first reason."""
    retire(two.registry, "churn", V1, "wrong labels", two.author)
    two.accept()

    with pytest.raises(AnswerIsNoError, match="retired already: wrong labels"):
        retire(two.registry, "churn", V1, "again", two.author)


def test_rollback_twice_comes_back(two):
    """It goes to the version that served before, whichever that is."""
    assign(two.registry, "churn", V1, "production", two.author)
    two.accept()
    rollback(two.registry, "churn", "production", None, two.author)
    two.accept()
    assert two.model().stages == {"production": V2}

    rollback(two.registry, "churn", "production", None, two.author)
    two.accept()

    assert two.model().stages == {"production": V1}


def test_comments_in_the_model_stay(two):
    """A proposal replaces one value."""
    path = places.model_path("churn")
    two.commit(
        {path: b"# ours\n" + two.read(path).replace(b"production: 1.1.0", b"production: 1.1.0  # since May")}
    )

    assign(two.registry, "churn", V1, "production", two.author)

    text = two.read(path, "refs/heads/gitreg/assign/churn/production").decode()
    assert "production: 1.0.0" in text
    assert "# since May" in text
    assert text.startswith("# ours\n")


def test_it_decides_on_fresh_news(two):
    """What another clone released is known; what it put into the stage is not proposed over."""
    two.share()
    clone = two.clone()
    assign(two.registry, "churn", V1, "production", two.author)
    two.accept()

    registry = two.open(clone)
    with pytest.raises(AnswerIsNoError, match="is in production already"):
        assign(registry, "churn", V1, "production", two.author)

    with pytest.raises(AnswerIsNoError):
        assign(two.open(clone), "churn", V1, "production", two.author, offline=True)


def test_two_stages_at_once_conflict_and_are_made_anew(desk):
    """Two proposals that write the same place: the second says what to do, and that works."""
    desk.released()
    for stage in ("production", "staging"):
        assign(desk.registry, "churn", V1, stage, desk.author)
    try:
        desk.accept()
    except Exception as error:  # noqa: BLE001 - whether it conflicts is the merge's matter
        assert "gitreg assign" in error.hint  # noqa: PT017
        assign(desk.registry, "churn", V1, "staging", desk.author)
    registry = desk.registry
    merge_proposals(registry, desk.author)
    release(registry, due(registry), desk.author)

    assert desk.model().stages == {"production": V1, "staging": V1}
    assert len(desk.git("tag", "-l", "stage/*").split()) == 2


def test_an_edit_beside_an_assignment(two):
    """Changes of different lines of one model are accepted together."""
    edit_model(two.registry, "churn", ModelChange(description="who leaves"), two.author)
    assign(two.registry, "churn", V1, "production", two.author)

    two.accept()

    assert (two.model().description, two.model().stages) == ("who leaves", {"production": V1})
