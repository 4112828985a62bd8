"""Records of candidates that still run."""

from __future__ import annotations

import os

import pytest

from gitreg.domain.curves import MetricPoint
from gitreg.drafts import Draft, DraftStart, Param, Runs, Tag, drafts, process_mark
from gitreg.errors import NotFoundError
from gitreg.workflows.candidates.edit_candidate import tag_candidate
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.running.amend import amend
from gitreg.workflows.running.checkpoint import checkpoint
from gitreg.workflows.running.finish_draft import drafts_folder, finish_draft
from gitreg.workflows.running.reopen import reopen_draft
from gitreg.workflows.searching.find import find_candidate
from gitreg.workflows.versions.fetch_artifacts import find_artifacts


@pytest.fixture
def draft(desk):
    start = DraftStart(
        id="ab" * 16, experiment="churn", created=desk.author.when, process=process_mark(os.getpid())
    )
    draft = Draft.create(drafts_folder(desk.registry), start)
    draft.append(
        [Param("lr", "0.1"), Tag("team", "a"), *(MetricPoint("loss", 1.0 - at, at) for at in range(3))]
    )
    draft.add_text(b"weights", "model.bin")
    return draft


def test_a_checkpoint_is_a_record_that_runs(desk, draft):
    """With artifacts and curves; the draft takes more."""
    made = checkpoint(desk.registry, draft, desk.author)
    draft.append([Param("depth", "8")])

    assert (made.status, made.finished, made.params) == ("running", None, {"lr": "0.1"})
    assert find_candidate(desk.registry, draft.id) == made
    assert len(find_artifacts(desk.registry, draft.id).entries) == 2
    assert [one.id for one in drafts(drafts_folder(desk.registry))] == [draft.id]


def test_the_end_replaces_its_checkpoints(desk, draft):
    """One record in the end, with all of it; a commit each."""
    before = int(desk.git("rev-list", "--count", CANDIDATES))
    checkpoint(desk.registry, draft, desk.author)
    draft.append([MetricPoint("loss", -5.0, 3), Tag("team", "b")])
    checkpoint(desk.registry, draft, desk.author)
    draft.append([MetricPoint("auc", 0.5)])
    ended = finish_draft(desk.registry, draft, desk.author, status="finished")

    assert (ended.status, ended.tags, ended.metrics) == (
        "finished",
        {"team": "b"},
        {"loss": -5.0, "auc": 0.5},
    )
    assert find_candidate(desk.registry, draft.id) == ended
    assert int(desk.git("rev-list", "--count", CANDIDATES)) == before + 3


def test_a_checkpoint_of_nothing_new_makes_no_commit(desk, draft):
    """It is there."""
    made = checkpoint(desk.registry, draft, desk.author)
    tip = desk.tip(CANDIDATES)

    assert checkpoint(desk.registry, draft, desk.author) == made
    assert desk.tip(CANDIDATES) == tip


def test_what_others_changed_in_a_checkpoint_stays(desk, draft):
    """Somebody in another clone, who has no draft."""
    checkpoint(desk.registry, draft, desk.author)
    aside = draft.folder.rename(desk.path / "aside")
    tag_candidate(desk.registry, draft.id, {"seen": "yes", "team": None}, desk.author)
    aside.rename(draft.folder)
    draft.append([Param("depth", "8")])
    ended = finish_draft(desk.registry, draft, desk.author, status="finished")

    assert (ended.status, ended.tags) == ("finished", {"seen": "yes"})
    assert ended.params == {"lr": "0.1", "depth": "8"}


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_crash_in_the_midst_of_a_checkpoint_loses_nothing(desk, draft, monkeypatch, is_committed):
    """Whether its commit was made or not."""
    registry = desk.registry
    checkpoint(registry, draft, desk.author)
    draft.append([Tag("team", "b")])
    tip = desk.tip(CANDIDATES)
    checkpoint(registry, draft, desk.author)
    if not is_committed:
        desk.git("update-ref", CANDIDATES, tip)
    draft.append([Tag("late", "yes")])
    ended = finish_draft(desk.open(), draft, desk.author, status="finished")

    assert (ended.tags, ended.status) == ({"team": "b", "late": "yes"}, "finished")


def test_a_reopened_one_has_checkpoints_too(desk, draft):
    """And ends as one record."""
    finish_draft(desk.registry, draft, desk.author, status="finished")
    again = reopen_draft(desk.registry, draft.id)
    again.append([Runs(), MetricPoint("loss", -7.0, 9)])
    made = checkpoint(desk.registry, again, desk.author)
    again.append([Tag("late", "yes")])
    ended = finish_draft(desk.registry, again, desk.author, status="failed")

    assert (made.status, made.metrics["loss"], made.curves["loss"].points) == ("running", -7.0, 4)
    assert (ended.status, ended.tags, ended.curves) == ("failed", {"team": "a", "late": "yes"}, made.curves)


def test_what_is_said_of_a_checkpointed_one_goes_to_its_draft(desk, draft):
    """It runs."""
    checkpoint(desk.registry, draft, desk.author)

    assert amend(desk.registry, draft.id, [Tag("x", "y")], desk.author) is None
    assert draft.read().tags["x"] == "y"


def test_a_checkpoint_of_what_has_ended_is_its_record(desk, draft):
    """And of what was never there, nothing."""
    ended = finish_draft(desk.registry, draft, desk.author, status="finished")

    assert checkpoint(desk.registry, draft, desk.author) == ended
    other = Draft.create(drafts_folder(desk.registry), draft.start.model_copy(update={"id": "cd" * 16}))
    _ = other.start
    other.remove()
    with pytest.raises(NotFoundError, match="is gone"):
        checkpoint(desk.registry, other, desk.author)
