"""Telling running drafts from dead ones."""

from __future__ import annotations

import subprocess
import sys

from gitreg.drafts import Draft, liveness, process_mark


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


def test_after_a_boot_nothing_runs_that_ran_before(draft):
    """The same host, another boot."""
    assert liveness(draft.start.process.model_copy(update={"boot": "another"})) == "dead"


def test_other_hosts_and_containers_are_elsewhere(draft):
    """Nobody here can know; the time of the last entry says something."""
    mark = draft.start.process

    assert liveness(mark.model_copy(update={"host": "another"})) == "elsewhere"
    assert liveness(mark.model_copy(update={"space": "pid:[1]"})) == "elsewhere"
    assert draft.last_heard.tzinfo is not None


def test_a_draft_knows_whether_its_process_lives(draft):
    """Read back from its file."""
    assert Draft.open(draft.folder).liveness == "running"
