"""Candidates that fit no record: they end as any other, and nothing of them is lost."""

from __future__ import annotations

import os

import pytest

from gitreg.domain.candidate import DataSource
from gitreg.domain.curves import MetricPoint
from gitreg.drafts import Draft, DraftStart, Entry, Note, Param, Tag, process_mark
from gitreg.errors import RecordError
from gitreg.workflows.contents import read_table
from gitreg.workflows.contents.read_table import record_files, whole_record
from gitreg.workflows.contents.record_room import LEFT_OUT, fitting
from gitreg.workflows.registry import Registry
from gitreg.workflows.running.amend import amend
from gitreg.workflows.running.finish_draft import drafts_folder, finish_draft
from gitreg.workflows.running.read_points import read_points
from gitreg.workflows.running.reopen import reopen_draft
from gitreg.workflows.searching.find import find_candidate


def _finished(desk, entries: list[Entry]):
    start = DraftStart(
        id="ab" * 16, experiment="churn", created=desk.author.when, process=process_mark(os.getpid())
    )
    draft = Draft.create(drafts_folder(desk.registry), start, entries=entries)
    return finish_draft(desk.registry, draft, desk.author, status="finished")


def _whole(registry: Registry, candidate):
    return whole_record(
        registry, candidate, lambda: record_files(registry.candidates, candidate.experiment, candidate.id)
    )


MANY = {
    "curves": [MetricPoint(f"m{at}", float(step), step) for at in range(1500) for step in range(2)],
    "metrics": [MetricPoint(f"m{at}", 1.0) for at in range(6000)],
    "params": [Param(f"p{at}", "x") for at in range(6000)],
    "texts": [Param(f"p{at}", "x" * 6000) for at in range(300)],
    "tags": [Tag(f"p{at}" * 40, "\N{GRINNING FACE}" * 5000) for at in range(100)],
    "notes": [Note("x" * 2_000_000)],
    "data": [DataSource(name=f"d{at}", uri="u", profile="x" * 60_000) for at in range(40)],
}


@pytest.mark.parametrize("kind", MANY)
def test_what_does_not_fit_is_beside_the_record(desk, kind):
    """All of it; the record says so, and is one that every reader takes."""
    candidate = _finished(desk, MANY[kind])
    whole = _whole(desk.registry, candidate)

    assert candidate.extra == {LEFT_OUT: ".gitreg/whole.json"}
    assert find_candidate(desk.registry, candidate.id) == candidate
    said = {one.key for one in MANY[kind] if isinstance(one, (MetricPoint, Param, Tag))}
    assert whole.metrics.keys() | whole.params.keys() | whole.tags.keys() == said
    assert len(whole.notes) + len(whole.data) == {"notes": 2_000_000, "data": 40}.get(kind, 0)
    assert all(len(value) == 6000 for value in whole.params.values()) or kind != "texts"
    if kind == "curves":
        assert len(read_points(desk.registry, candidate, "m7")) == 2
        assert len(read_points(desk.registry, candidate)) == 3000


def test_one_that_did_not_fit_can_be_added_to(desk):
    """What was left out counts as said, and stays whole."""
    candidate = _finished(desk, MANY["curves"])
    reopened = reopen_draft(desk.registry, candidate.id)
    assert len(read_points(desk.registry, reopened, "m7")) == 2
    amended = amend(desk.registry, candidate.id, [MetricPoint("m7", 9.0, 9), Param("p", "1")], desk.author)

    assert len(read_points(desk.registry, amended, "m7")) == 3
    assert (amended.params, amended.metrics["m7"]) == ({"p": "1"}, 9.0)
    assert len(_whole(desk.registry, amended).curves) == 1500


def test_what_fits_is_left_as_it_is(desk):
    """And a mark of what was left out before goes."""
    candidate = desk.log()

    assert fitting(candidate) == (candidate, None)
    assert fitting(candidate.model_copy(update={"extra": {LEFT_OUT: "x", "a": "b"}}))[0].extra == {"a": "b"}


def test_more_than_memory_should_hold_is_not_read(desk, monkeypatch):
    """Whoever may push a candidate may have written it."""
    candidate = _finished(desk, MANY["metrics"])
    monkeypatch.setattr(read_table, "LARGEST", 1000)

    with pytest.raises(RecordError, match="has more than 1000 bytes"):
        read_points(desk.registry, candidate, "m7")
