"""Changing and hiding candidates: each a commit, versions never, comments kept."""

from __future__ import annotations

import pytest

from gitreg.documents import places
from gitreg.errors import AnswerIsNoError, NotFoundError, RecordError, UsageError
from gitreg.workflows.candidates.edit_candidate import (
    delete_candidate,
    note_candidate,
    restore_candidate,
    tag_candidate,
)
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.searching.find import find_candidate


@pytest.fixture
def candidate(desk):
    return desk.log(artifacts=None, tags={"team": "growth"})


def test_tags_are_set_and_removed(desk, candidate):
    """Both in one commit; what is returned is what is recorded."""
    before = int(desk.git("rev-list", "--count", CANDIDATES))

    changed = tag_candidate(desk.registry, candidate.id, {"team": None, "stage": "try"}, desk.author)

    assert changed.tags == {"stage": "try"}
    assert find_candidate(desk.registry, candidate.id) == changed
    assert int(desk.git("rev-list", "--count", CANDIDATES)) == before + 1
    assert desk.git("log", "-1", "--format=%s", CANDIDATES) == f"Tag {candidate}"


def test_a_tag_that_is_not_there_cannot_be_removed(desk, candidate):
    """A slip of the hand is told."""
    with pytest.raises(NotFoundError, match="has no tag taem"):
        tag_candidate(desk.registry, candidate.id, {"taem": None}, desk.author)


@pytest.mark.parametrize("key", ["-x", "a: b", "<<", "a.b", "null", "#", "'", '"', "a b", "größe"])
def test_hostile_keys_come_back(desk, candidate, key):
    """Whatever one can type on one line is a key."""
    tag_candidate(desk.registry, candidate.id, {key: key}, desk.author)

    assert find_candidate(desk.registry, candidate.id).tags[key] == key


@pytest.mark.parametrize("tags", [{"": "x"}, {"a\nb": "x"}, {"k": "\x1b"}, {"k" * 251: "x"}, {"k": "a\0b"}])
def test_what_cannot_be_recorded_is_refused(desk, candidate, tags):
    """Exit 2, and no commit."""
    before = desk.tip(CANDIDATES)

    with pytest.raises(UsageError, match="cannot be recorded"):
        tag_candidate(desk.registry, candidate.id, tags, desk.author)

    assert desk.tip(CANDIDATES) == before


def test_more_than_a_record_holds_is_refused(desk, candidate):
    """The branch never gets what nobody can read."""
    with pytest.raises((UsageError, RecordError)):
        note_candidate(desk.registry, candidate.id, "x" * 2_000_000, desk.author)

    assert find_candidate(desk.registry, candidate.id) == candidate


def test_notes_are_replaced(desk, candidate):
    """Lines stay lines."""
    note_candidate(desk.registry, candidate.id, "one\n- two\n", desk.author)

    assert find_candidate(desk.registry, candidate.id).notes == "one\n- two\n"


def test_deleting_hides_and_restoring_shows(desk, candidate):
    """The record stays in the branch all the while."""
    deleted = delete_candidate(desk.registry, candidate.id, desk.author)
    assert deleted.deleted is not None

    assert restore_candidate(desk.registry, candidate.id, desk.author) == candidate
    assert desk.git("log", "-2", "--format=%s", CANDIDATES).splitlines() == [
        f"Restore {candidate}",
        f"Delete {candidate}",
    ]


def test_twice_is_told(desk, candidate):
    """Deleting what is deleted, restoring what is not."""
    with pytest.raises(AnswerIsNoError, match="is not deleted"):
        restore_candidate(desk.registry, candidate.id, desk.author)
    delete_candidate(desk.registry, candidate.id, desk.author)

    with pytest.raises(AnswerIsNoError, match="is deleted already"):
        delete_candidate(desk.registry, candidate.id, desk.author)


@pytest.mark.parametrize("reference", ["churn@1.0.0", "churn@latest", "churn@production", "churn!1.0.0"])
@pytest.mark.parametrize("act", [
    lambda *words: tag_candidate(words[0], words[1], {"a": "b"}, words[2]), lambda *words: note_candidate(words[0], words[1], "x", words[2]),
    delete_candidate, restore_candidate,
])  # fmt: skip
def test_versions_never_change(desk, reference, act):
    """A model version is final, and so is a proposal's candidate."""
    with pytest.raises(UsageError, match="is a model version, and those never change"):
        act(desk.registry, reference, desk.author)


def test_a_released_candidates_version_stays(desk):
    """Changing the candidate afterwards does not touch what was released."""
    candidate = desk.released()
    path = "models/churn/versions/1.0.0/candidate.yaml"
    before = desk.read(path)

    tag_candidate(desk.registry, candidate.id, {"late": "yes"}, desk.author)

    assert desk.read(path) == before
    assert desk.tip() == desk.git("rev-parse", "model/churn/v1.0.0^{commit}")


def test_peoples_comments_stay(desk, candidate):
    """Only the characters of the changed value are replaced."""
    path = places.candidate_path("churn", candidate.id)
    text = (
        desk.read(path, CANDIDATES)
        .replace(b"tags:\n", b"tags:  # who\n")
        .replace(b"notes: ''", b"notes: ''  # todo")
    )
    desk.commit({path: b"# ours\n" + text}, CANDIDATES)

    tag_candidate(desk.registry, candidate.id, {"z": "1"}, desk.author)

    changed = desk.read(path, CANDIDATES).decode()
    assert changed.startswith("# ours\n")
    assert "# who" in changed
    assert "# todo" in changed


def test_the_user_is_not_disturbed(desk, candidate):
    """Status, index and branch stay."""
    (desk.path / "train.py").write_text("print('changed')\n")
    before = desk.state()

    tag_candidate(desk.registry, candidate.id, {"a": "b"}, desk.author)

    assert desk.state() == before


def test_a_fresh_clone_changes_what_is_there(desk, candidate):
    """Without a local branch yet, the change is made on the remote's."""
    desk.share()
    clone = desk.clone()

    tag_candidate(desk.open(clone), candidate.id, {"a": "b"}, desk.author)

    assert desk.git("rev-parse", f"{CANDIDATES}^", at=clone) == desk.tip(CANDIDATES)
