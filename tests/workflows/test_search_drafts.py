"""Running candidates are among the answers: as they are at the moment, until a commit holds them."""

from __future__ import annotations

import os
import shutil

import pytest

from gitreg.domain.candidate import ModelLink
from gitreg.domain.curves import MetricPoint
from gitreg.drafts import (
    Deletion,
    Draft,
    DraftStart,
    Ended,
    Linked,
    Named,
    Note,
    Param,
    Runs,
    Tag,
    drafts,
    process_mark,
)
from gitreg.drafts.following import Followed
from gitreg.index.current import ask
from gitreg.index.query.search import search
from gitreg.index.query.values import Query
from gitreg.index.rows import rows
from gitreg.index.task import Options
from gitreg.workflows.running.finish_draft import drafts_folder, finish_draft
from gitreg.workflows.running.reopen import reopen_draft
from gitreg.workflows.searching.drafts import running
from gitreg.workflows.searching.place import place_in
from gitreg.workflows.searching.show_draft import so_far


def _draft(desk, digit: str = "1", experiment: str = "Churn Models", **mark: object) -> Draft:
    start = DraftStart(
        id=f"abcd{digit}" + "0" * 27, experiment=experiment, created=desk.author.when,
        process=process_mark(os.getpid()).model_copy(update=mark),
    )  # fmt: skip
    return Draft.create(drafts_folder(desk.registry), start)


def _rows(desk, **asked):
    place = place_in(desk.registry)
    is_there = bool(drafts(drafts_folder(desk.registry)))
    options = Options(running=running(place, desk.author.when) if is_there else None)

    def question(index):
        numbers = search(index.connection, Query(order=("created",), **asked), desk.author.when).numbers
        stray = index.connection.execute(
            "SELECT count(*) FROM metrics WHERE n NOT IN (SELECT n FROM candidates)"
        )
        assert stray.fetchone() == (0,)
        return rows(index.connection, numbers)

    return ask(place.reading, place.state, place.tip, question, options)


def test_a_draft_is_the_record_that_it_would_become(desk):
    """Every field of the row is that of `gitreg show`."""
    draft = _draft(desk)
    draft.append([Param("lr", "0.1"), Tag("team", "growth"), Note("first"), Note("second")])
    draft.append([MetricPoint("auc", 0.5, 1), MetricPoint("auc", 0.9, 0), MetricPoint("loss", float("inf"))])

    [row] = _rows(desk)

    record = so_far(desk.registry, draft)
    assert row.draft
    assert (row.id, row.experiment, row.name) == (record.id, record.experiment, record.name)
    assert (row.status, row.finished, row.notes) == ("running", None, record.notes)
    assert (row.params, row.metrics, row.tags) == (record.params, record.metrics, record.tags)
    assert (row.created, row.author) == (record.created, str(record.author))


def test_a_growing_draft_is_read_on(desk, monkeypatch):
    """A listing costs what was logged since the last one, not what was logged since the training began."""
    draft = _draft(desk)
    draft.append([MetricPoint("loss", 1.0 / (step + 1), step) for step in range(5000)])
    _rows(desk)
    offsets = []
    read_on = Followed.read_on
    monkeypatch.setattr(
        Followed, "read_on", lambda self, journal: offsets.append(self.offset) or read_on(self, journal)
    )
    draft.append([MetricPoint("loss", 0.25, 5000)])

    [row] = _rows(desk)

    assert row.metrics == {"loss": 0.25}
    assert offsets[0] > 100_000
    assert [one.metrics for one in _rows(desk)] == [{"loss": 0.25}]
    assert len(offsets) == 1


def test_a_finished_draft_is_a_candidate_only(desk):
    """The committed record stands in the draft's place, with no time in which there are two, or none."""
    draft = _draft(desk)
    draft.append([MetricPoint("auc", 0.5)])
    assert [row.draft for row in _rows(desk)] == [True]

    finish_draft(desk.registry, draft, desk.author, status="finished")

    assert [(row.draft, row.status) for row in _rows(desk)] == [(False, "finished")]


def test_a_draft_whose_candidate_is_committed_is_not_shown_twice(desk, monkeypatch):
    """A process that died between the commit and the removal of the draft leaves both; the draft says more, or the same."""
    draft = _draft(desk)
    draft.append([MetricPoint("auc", 0.5)])
    _rows(desk)
    monkeypatch.setattr(Draft, "remove", lambda self: None)

    finish_draft(desk.registry, draft, desk.author, status="finished")

    assert [row.draft for row in _rows(desk)] == [True]
    assert [row.draft for row in _rows(desk)] == [True]
    shutil.rmtree(draft.folder)
    assert [row.draft for row in _rows(desk)] == [False]


@pytest.mark.parametrize("is_last", [True, False])
def test_a_draft_that_is_gone_leaves_nothing(desk, is_last):
    """Neither its row nor its experiment, whether other drafts are there or not."""
    if not is_last:
        _draft(desk, "2", "other")
    draft = _draft(desk)
    draft.append([Param("only.here", "1")])
    _rows(desk)

    draft.remove()

    assert [row.experiment for row in _rows(desk)] == ([] if is_last else ["other"])
    place = place_in(desk.registry)
    found = ask(
        place.reading,
        place.state,
        place.tip,
        lambda index: index.connection.execute(
            "SELECT name FROM keys UNION SELECT slug FROM experiments"
        ).fetchall(),
        Options(running=None if is_last else running(place, desk.author.when)),
    )
    assert found == ([] if is_last else [("other",)])


def test_a_draft_ends_as_it_was_told_or_as_its_process_did(desk):
    """What ended without a word was killed."""
    when = desk.author.when
    _draft(desk, "1").append([Ended("failed", when)])
    _draft(desk, "2", pid=2**22 - 1, started=1)

    assert [row.status for row in _rows(desk)] == ["failed", "killed"]
    assert _rows(desk)[0].finished == when


def test_a_damaged_draft_spoils_no_answer(desk):
    """Others are there; `gitreg status` tells of it."""
    _draft(desk, "1").append([MetricPoint("auc", 0.5)])
    damaged = _draft(desk, "2")
    (damaged.folder / "journal.ndjson").write_bytes(b'\n{"kind":"metric","key":7,"value":1}')

    assert [row.id[:5] for row in _rows(desk)] == ["abcd1"]


def test_a_reopened_candidate_is_shown_as_its_draft_and_once(desk):
    """With all of its record, and what was said since; when it ends it is a candidate again."""
    record = desk.log(params={"lr": "0.1"}, metrics={"auc": 0.5}, tags={"team": "a"}, user="ada")
    [before] = _rows(desk)
    draft = reopen_draft(desk.registry, record.id)
    said = [Named("second"), MetricPoint("auc", 0.9, 3), Linked(ModelLink(id="5" * 32, role="output"))]
    draft.append([Runs("scheduled"), Deletion(desk.author.when), *said])
    [row] = _rows(desk, deleted="any")
    finish_draft(desk.registry, draft, desk.author, status="failed")
    [after] = _rows(desk, deleted="any")
    assert _rows(desk) == []

    assert (before.draft, row.draft, after.draft) == (False, True, False)
    assert (row.name, row.status, row.deleted is None) == ("second", "scheduled", False)
    assert (row.params, row.metrics, row.tags) == ({"lr": "0.1"}, {"auc": 0.9}, {"team": "a"})
    assert (row.created, row.author, row.user) == (before.created, before.author, "ada")
    assert (after.status, after.name, after.metrics) == ("failed", "second", {"auc": 0.9})


def test_a_candidate_that_waits_is_scheduled_until_its_process_is_gone(desk):
    """Then it was killed."""
    for digit, mark in (("1", {}), ("2", {"started": 1})):
        _draft(desk, digit, **mark).append([Runs("scheduled")])

    assert [row.status for row in _rows(desk)] == ["scheduled", "killed"]
    assert [row.status for row in _rows(desk)] == ["scheduled", "killed"]
