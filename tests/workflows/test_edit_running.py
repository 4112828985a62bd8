"""Changing candidates that run: in their drafts, and nothing is committed before they end."""

from __future__ import annotations

import os

import pytest

from gitreg.domain.curves import MetricPoint
from gitreg.drafts import Draft, DraftStart, Note, Runs, Tag, drafts, process_mark
from gitreg.errors import AnswerIsNoError, NotFoundError, UsageError
from gitreg.workflows.candidates.edit_candidate import (
    delete_candidate,
    name_candidate,
    note_candidate,
    restore_candidate,
    tag_candidate,
)
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.running.checkpoint import checkpoint
from gitreg.workflows.running.finish_draft import drafts_folder, end_draft, finish_draft
from gitreg.workflows.running.put_draft import put_draft
from gitreg.workflows.running.reopen import reopen_draft
from gitreg.workflows.searching.find import find_candidate


def _fresh(desk) -> Draft:
    start = DraftStart(
        id="ab" * 16, experiment="churn", created=desk.author.when, process=process_mark(os.getpid())
    )
    return Draft.create(drafts_folder(desk.registry), start)


def _reopened(desk) -> Draft:
    draft = reopen_draft(desk.registry, desk.log().id)
    draft.append([Runs()])
    return draft


def _checkpointed(desk) -> Draft:
    draft = _fresh(desk)
    checkpoint(desk.registry, draft, desk.author)
    return draft


@pytest.mark.parametrize("made", [_fresh, _reopened, _checkpointed])
def test_what_is_changed_while_it_runs_is_in_the_record_in_the_end(desk, made):
    """And in what is shown meanwhile; no commit is made beside the draft."""
    draft = made(desk)
    draft.append([Tag("old", "1"), Note("first")])
    before, short = desk.tip(CANDIDATES), draft.id[:8]
    tag_candidate(desk.registry, short, {"old": None, "team": "growth"}, desk.author)
    note_candidate(desk.registry, short, "all of it", desk.author)
    name_candidate(desk.registry, short, "better", desk.author)
    shown = delete_candidate(desk.registry, short, desk.author)
    assert desk.tip(CANDIDATES) == before
    ended = finish_draft(desk.registry, draft, desk.author, status="finished")

    for found in (shown, ended):
        assert (found.tags, found.notes, found.name) == ({"team": "growth"}, "all of it", "better")
        assert found.deleted is not None


def test_deleting_and_restoring_twice_is_told_of_a_running_one(desk):
    """As of any other."""
    draft = _fresh(desk)
    with pytest.raises(AnswerIsNoError, match="is not deleted"):
        restore_candidate(desk.registry, draft.id, desk.author)
    delete_candidate(desk.registry, draft.id, desk.author)
    with pytest.raises(AnswerIsNoError, match="is deleted already"):
        delete_candidate(desk.registry, draft.id, desk.author)

    assert restore_candidate(desk.registry, draft.id, desk.author).deleted is None


def test_a_slip_of_the_hand_does_not_end_a_training(desk):
    """A tag that is not there, or cannot be: the draft goes on."""
    draft = _fresh(desk)

    with pytest.raises(NotFoundError, match="has no tag taem"):
        tag_candidate(desk.registry, draft.id, {"taem": None}, desk.author)
    with pytest.raises(UsageError, match="cannot be recorded"):
        tag_candidate(desk.registry, draft.id, {"a\nb": "x"}, desk.author)
    draft.append([MetricPoint("auc", 0.5)])
    assert [one.id for one in drafts(drafts_folder(desk.registry))] == [draft.id]


@pytest.mark.parametrize("is_committed", [True, False])
def test_a_change_after_an_end_that_was_cut_short_comes_after_it(desk, is_committed):
    """A crash came before its commit, or before its draft was removed: recovering later does not undo the change."""
    draft = _fresh(desk)
    draft.append([Tag("team", "a"), MetricPoint("auc", 0.5)])
    end_draft(draft, "finished", desk.author.when)
    if is_committed:
        put_draft(desk.registry, draft, desk.author, goes_on=False)
    changed = tag_candidate(desk.registry, draft.id, {"team": None}, desk.author)

    assert (changed.status, changed.tags, changed.metrics) == ("finished", {}, {"auc": 0.5})
    assert find_candidate(desk.registry, draft.id) == changed
    assert drafts(drafts_folder(desk.registry)) == []
