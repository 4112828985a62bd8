"""Saying more of a candidate that ended: a commit a call, and no state kept."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from gitreg.artifacts import Source
from gitreg.domain.curves import MetricPoint
from gitreg.drafts import Draft, DraftStart, Ended, Param, Removal, Runs, Tag, drafts, process_mark
from gitreg.errors import NotFoundError, UsageError
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.running.amend import amend
from gitreg.workflows.running.finish_draft import drafts_folder, end_draft
from gitreg.workflows.running.read_points import read_points
from gitreg.workflows.running.reopen import reopen_draft
from gitreg.workflows.searching.find import find_candidate
from gitreg.workflows.versions.fetch_artifacts import find_artifacts

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from gitreg.domain.curves import MetricPoint
from gitreg.store import Author
from gitreg.drafts import Param
from gitreg.workflows.running.amend import amend
from gitreg.workflows.registry import open_registry
import os
registry, candidate, number = open_registry(Path(sys.argv[1]), dict(os.environ)), sys.argv[2], sys.argv[3]
author = Author("Ada Example", "ada@example.com", datetime(2026, 11, 22, 13, tzinfo=UTC))
for turn in range(3):
    amend(registry, candidate, [Param(f"p{number}.{turn}", "1"), MetricPoint("loss", float(turn), int(number))], author)
"""


@pytest.fixture
def candidate(desk):
    return desk.log(params={"lr": "0.1"}, metrics={"auc": 0.5}, status="failed")


def test_one_call_is_one_commit(desk, candidate, tmp_path):
    """With entries and files in it; how it ended stays."""
    before = int(desk.git("rev-list", "--count", CANDIDATES))
    (tmp_path / "late.txt").write_bytes(b"late")
    entries = [MetricPoint("auc", 0.6, 1), Param("depth", "8"), Removal("model.bin")]
    sources = [Source(tmp_path / "late.txt", "late.txt")]
    amended = amend(desk.registry, candidate.id, entries, desk.author, sources=sources)

    assert (amended.status, amended.finished) == (candidate.status, candidate.finished)
    assert (amended.params, amended.metrics) == ({"lr": "0.1", "depth": "8"}, {"auc": 0.6})
    files = [entry.path for entry in find_artifacts(desk.registry, candidate.id).entries]
    assert files == [".gitreg/curves.csv", "late.txt"]
    assert find_candidate(desk.registry, candidate.id) == amended
    assert int(desk.git("rev-list", "--count", CANDIDATES)) == before + 1
    assert desk.git("log", "-1", "--format=%s", CANDIDATES) == f"Amend {candidate}"
    assert drafts(drafts_folder(desk.registry)) == []


def test_saying_what_is_known_makes_no_commit(desk, candidate):
    """Nothing changed."""
    before = desk.tip(CANDIDATES)

    assert amend(desk.registry, candidate.id, [Param("lr", "0.1")], desk.author) == candidate
    assert desk.tip(CANDIDATES) == before


def test_it_ends_otherwise_when_that_is_said(desk, candidate):
    """A parent that says how its child ended."""
    later = candidate.finished + timedelta(hours=1)
    amended = amend(desk.registry, candidate.id, [Ended("finished", later)], desk.author)

    assert (amended.status, amended.finished) == ("finished", later)


def test_what_is_refused_leaves_nothing(desk, candidate):
    """No commit, no draft, no half of it."""
    before = desk.tip(CANDIDATES)

    with pytest.raises(UsageError, match="already"):
        amend(desk.registry, candidate.id, [Tag("x", "y"), Param("lr", "0.2")], desk.author)
    with pytest.raises(NotFoundError, match="not there"):
        amend(desk.registry, candidate.id, [], desk.author, sources=[Source(desk.path / "no", "no")])
    assert desk.tip(CANDIDATES) == before
    assert drafts(drafts_folder(desk.registry)) == []


def test_a_running_one_is_not_committed(desk, candidate):
    """Its draft has what was said."""
    draft = reopen_draft(desk.registry, candidate.id)
    draft.append([Runs()])
    before = desk.tip(CANDIDATES)

    assert amend(desk.registry, candidate.id, [Tag("x", "y")], desk.author) is None
    assert draft.read().tags == {"x": "y"}
    assert desk.tip(CANDIDATES) == before


def test_one_that_was_sealed_and_not_committed_is_finished_first(desk):
    """A process died between the two; what is said comes after what was logged."""
    start = DraftStart(
        id="cd" * 16, experiment="churn", created=desk.author.when, process=process_mark(os.getpid())
    )
    draft = Draft.create(drafts_folder(desk.registry), start)
    draft.append([MetricPoint("auc", 0.5)])
    end_draft(draft, "finished", desk.author.when)
    amended = amend(desk.registry, draft.id, [Tag("x", "y")], desk.author)

    assert (amended.status, amended.metrics, amended.tags) == ("finished", {"auc": 0.5}, {"x": "y"})


def test_processes_that_amend_one_candidate_at_once_lose_nothing(desk, candidate):
    """Whoever comes while another one commits is in that commit, or in one of its own."""
    words = [sys.executable, "-c", WRITER, desk.path, candidate.id]
    running = [
        subprocess.Popen([*words, str(number)], env=desk.environ, stderr=subprocess.PIPE, text=True)
        for number in range(4)
    ]
    said = [process.communicate()[1] for process in running]
    found = find_candidate(desk.registry, candidate.id)

    assert [process.returncode for process in running] == [0] * 4, said
    assert len(found.params) == 1 + 4 * 3
    assert len(read_points(desk.registry, found, "loss")) == 4 * 3
    assert (found.status, found.metrics["auc"]) == ("failed", 0.5)
    assert drafts(drafts_folder(desk.registry)) == []


def test_a_candidate_that_is_not_there_is_not_amended(desk, candidate):
    """Nor made."""
    with pytest.raises(NotFoundError, match="no candidate"):
        amend(desk.registry, "0" * 32, [Tag("x", "y")], desk.author)


def test_one_that_runs_again_at_this_moment_goes_on(desk, candidate, monkeypatch):
    """Somebody else lets it run between what is said and its commit: it is not ended under their hands."""
    seal = Draft.seal

    def resumed(draft):
        draft.append([Runs()])
        seal(draft)

    with monkeypatch.context() as patched:
        patched.setattr(Draft, "seal", resumed)
        assert amend(desk.registry, candidate.id, [Tag("x", "y")], desk.author) is None
    [draft] = drafts(drafts_folder(desk.registry))
    draft.append([MetricPoint("auc", 0.9, 1)])

    assert (draft.ended, draft.read().tags) == (None, {"x": "y"})
