"""Telling running drafts from dead ones."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gitreg.disk import clock_of
from gitreg.drafts import Draft, DraftStart, liveness, process_mark
from gitreg.drafts.heartbeat import HEARTBEAT, touch


def test_a_process_that_runs_is_running():
    """And one that ended is dead."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        mark = process_mark(process.pid)

        assert liveness(mark) == "running"
        process.communicate(b"\n")
    assert liveness(mark) == "dead"


def test_another_process_with_the_same_id_is_not_it():
    """Ids are used again; the time of the start is not."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        mark = process_mark(process.pid)

        assert liveness(mark.model_copy(update={"started": (mark.started or 0) - 1})) == "dead"
        process.communicate(b"\n")


@pytest.mark.parametrize("change", [{"host": "another"}, {"space": "pid:[1]"}, {"boot": "another"}])
def test_what_this_kernel_does_not_run_is_elsewhere(draft, change):
    """Other hosts and containers; and two machines may be called alike, so another boot proves nothing."""
    assert liveness(draft.start.process.model_copy(update=change)) == "elsewhere"


def _elsewhere(folder: Path, start: DraftStart) -> Draft:
    return Draft.create(
        folder, start.model_copy(update={"process": start.process.model_copy(update={"host": "another"})})
    )


def _silent(draft: Draft, minutes: float, *names: str) -> None:
    now = clock_of(draft.folder.parent)
    assert now is not None
    for name in names:
        os.utime(draft.folder / name, (now - minutes * 60,) * 2)


def test_one_elsewhere_is_dead_when_it_was_silent_for_long(folder, start):
    """Neither a beat nor a line for over fifteen minutes."""
    draft = _elsewhere(folder, start)
    _silent(draft, 14, HEARTBEAT, "journal.ndjson")
    assert draft.liveness == "elsewhere"

    _silent(draft, 16, HEARTBEAT, "journal.ndjson")
    assert draft.liveness == "dead"


@pytest.mark.parametrize("lively", [HEARTBEAT, "journal.ndjson"])
def test_a_beat_or_a_line_is_a_sign_of_life(folder, start, lively):
    """A silent training beats; a draft without an owner's heartbeat may still be logged to."""
    draft = _elsewhere(folder, start)
    _silent(draft, 60, HEARTBEAT, "journal.ndjson")
    touch(draft.folder / lively)

    assert draft.liveness == "elsewhere"


def test_age_is_counted_by_the_clock_of_the_file_system(folder, start, monkeypatch):
    """A machine whose clock is an hour ahead takes nobody for dead."""
    draft = _elsewhere(folder, start)
    _silent(draft, 1, HEARTBEAT, "journal.ndjson")
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)

    assert draft.liveness == "elsewhere"
    assert draft.silence is not None
    assert 59 <= draft.silence.total_seconds() <= 70


def test_where_no_time_can_be_asked_nobody_is_dead(folder, start):
    """A folder that may not be written, say."""
    draft = _elsewhere(folder, start)
    _silent(draft, 60, HEARTBEAT, "journal.ndjson")
    (folder / ".clock").unlink()
    (folder / ".clock").mkdir()

    assert (draft.liveness, draft.silence) == ("elsewhere", None)


def test_a_draft_knows_whether_its_process_lives(draft):
    """Read back from its file."""
    assert Draft.open(draft.folder).liveness == "running"
