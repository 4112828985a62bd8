"""Points of candidates, from wherever they are."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from desk import START, calm

from gitreg.domain.candidate import Candidate
from gitreg.domain.curves import MetricPoint
from gitreg.drafts import Draft, DraftStart, process_mark
from gitreg.errors import NotFoundError, RecordError, VerificationError
from gitreg.workflows.contents import read_table
from gitreg.workflows.publishing.push import push
from gitreg.workflows.running.finish_draft import drafts_folder, finish_draft
from gitreg.workflows.running.read_points import read_points

ODD = 'a,"b" ü'
POINTS = [
    *(MetricPoint("loss", 1.0 / (step + 1), step, START + timedelta(seconds=step)) for step in range(5)),
    MetricPoint(ODD, 1.0, -3),
    MetricPoint(ODD, float("-inf"), 7),
    MetricPoint("once", 0.1 + 0.2, None, START),
    MetricPoint("bare", 1e-300),
]


@pytest.fixture
def draft(desk) -> Draft:
    start = DraftStart(
        id="ab" * 16, experiment="churn", created=desk.author.when, process=process_mark(os.getpid())
    )
    return Draft.create(drafts_folder(desk.registry), start, entries=POINTS)


@pytest.fixture
def candidate(desk, draft) -> Candidate:
    return finish_draft(desk.registry, draft, desk.author, status="finished")


def _tables(desk) -> list[Path]:
    """The table of points, wherever it is on this machine."""
    cache = desk.registry.cache
    found = [path for root in (cache.cache, cache.unpushed) if root.is_dir() for path in root.rglob("*")]
    return [path for path in found if path.is_file() and path.read_bytes().startswith(b"metric,")]


@pytest.mark.parametrize("metric", ["loss", ODD, "once", "bare", None])
def test_points_are_the_same_before_and_after_the_end(desk, draft, metric):
    """Of one metric, and of all, with steps, times and every bit of their values."""
    wanted = [point for point in POINTS if metric in {None, point.key}]
    running = read_points(desk.registry, draft, metric)
    ended = finish_draft(desk.registry, draft, desk.author, status="finished")
    found = read_points(desk.registry, ended, metric)

    assert running == wanted
    by_step = {(one.key, one.step or 0, one.time, one.value) for one in wanted}
    assert {(one.key, one.step or 0, one.time, one.value) for one in found} == by_step
    assert len(found) == len(wanted)


def test_a_metric_that_is_not_there_has_no_points(desk, candidate):
    """Nor has one whose name is the start of another's."""
    assert read_points(desk.registry, candidate, "los") == []


def test_the_very_same_point_is_one(desk, draft):
    """However often it was logged; another value, step or time is another point."""
    point = MetricPoint("twice", float("nan"), 1, START)
    draft.append([point, point, MetricPoint("twice", float("nan"), 2, START)])
    running = read_points(desk.registry, draft, "twice")
    ended = finish_draft(desk.registry, draft, desk.author, status="finished")

    assert len(running) == len(read_points(desk.registry, ended, "twice")) == 2


def test_a_table_that_is_in_the_storage_is_fetched_once(desk, candidate):
    """DVC's cache has it then, under the name that DVC gives it."""
    registry = desk.registry
    push(registry, desk.author, calm())
    shutil.rmtree(registry.cache.cache)
    before = read_points(registry, candidate, "loss")
    shutil.rmtree(desk.path.parent / f"{desk.path.name}-store")

    assert len(before) == 5
    assert read_points(registry, candidate, "loss") == before


def test_a_table_that_is_altered_is_not_believed(desk, candidate):
    """It is fetched from the storage; where that has none, there are no points instead of wrong ones."""
    registry = desk.registry
    push(registry, desk.author, calm())
    for path in _tables(desk):
        path.chmod(0o644)
        path.write_bytes(path.read_bytes().replace(b"0.5", b"0.9"))
    right = read_points(registry, candidate, "loss")
    for path in (desk.path.parent / f"{desk.path.name}-store").rglob("*"):
        if path.is_file() and path.read_bytes().startswith(b"metric,"):
            path.unlink()
    for path in _tables(desk):
        path.chmod(0o644)
        path.write_bytes(path.read_bytes().replace(b"0.5", b"0.9"))

    assert {point.value for point in right} == {1.0 / (step + 1) for step in range(5)}
    with pytest.raises(VerificationError, match="missing"):
        read_points(registry, candidate, "loss")


def test_a_draft_that_is_gone_has_none_to_read(desk, draft):
    """Its candidate is committed."""
    other = Draft.open(draft.folder)
    finish_draft(desk.registry, draft, desk.author, status="finished")

    with pytest.raises(NotFoundError):
        read_points(desk.registry, other)


def test_a_line_without_end_is_not_read_to_its_end(desk, candidate, monkeypatch):
    """Whoever may push a candidate may have written it."""
    monkeypatch.setattr(read_table, "LONGEST", 20)

    with pytest.raises(RecordError, match="a line that is too long"):
        read_points(desk.registry, candidate, "loss")
