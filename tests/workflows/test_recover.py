"""Finishing what a crash left."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from searches import searched

from gitreg.domain.curves import MetricPoint
from gitreg.drafts import Draft, DraftStart, Ended, ProcessMark, Runs, drafts, process_mark
from gitreg.drafts.heartbeat import HEARTBEAT, touch
from gitreg.errors import AmbiguousError, AnswerIsNoError, NotFoundError
from gitreg.store import Author
from gitreg.workflows.init.init_registry import InitOptions, init_registry
from gitreg.workflows.registry import Registry, open_registry
from gitreg.workflows.running.finish_draft import drafts_folder, finish_draft
from gitreg.workflows.running.recover import Recovered, recover

MOMENT = datetime(2026, 11, 22, 15, 4, 5, tzinfo=UTC)
AUTHOR = Author("Ada Example", "ada@example.com", MOMENT)
REGISTRY_ID = "0d8f1c5e-0000-4000-8000-000000000000"


@pytest.fixture
def registry(environ: dict[str, str], tmp_path: Path) -> Iterator[Registry]:
    init_registry(
        tmp_path / "r", InitOptions(signing_key="new"), environ, now=MOMENT, registry_id=REGISTRY_ID
    )
    opened = open_registry(tmp_path / "r", environ)
    yield opened
    opened.close()


def _dead() -> ProcessMark:
    with subprocess.Popen(["true"]) as process:
        return process_mark(process.pid).model_copy(update={"started": 1})


def _draft(registry: Registry, digit: str, mark: ProcessMark) -> Draft:
    start = DraftStart(id=f"abc{digit}" + "0" * 28, experiment="churn", created=MOMENT, process=mark)
    draft = Draft.create(drafts_folder(registry), start)
    draft.append([MetricPoint("auc", 0.5)])
    for name in ("journal.ndjson", HEARTBEAT):
        os.utime(draft.folder / name, (MOMENT.timestamp() + 60,) * 2)
    return draft


def test_dead_drafts_are_finished_and_living_ones_are_not_touched(registry):
    """Everything logged is kept; the end is when something was logged last."""
    dead, living = _draft(registry, "1", _dead()), _draft(registry, "2", process_mark(os.getpid()))
    [candidate] = recover(registry, AUTHOR).candidates

    assert (candidate.id, candidate.status, candidate.metrics) == (dead.id, "killed", {"auc": 0.5})
    assert (candidate.finished - MOMENT).total_seconds() == 60
    assert [draft.id for draft in drafts(drafts_folder(registry))] == [living.id]
    living.append([MetricPoint("auc", 0.6)])


def test_how_it_ended_is_believed_where_it_was_written_down(registry):
    """A training that ended well, and whose commit failed, was not killed."""
    draft = _draft(registry, "1", _dead())
    draft.append([Ended("finished", MOMENT)])

    assert recover(registry, AUTHOR).candidates[0].status == "finished"


def test_one_that_still_runs_is_refused_by_name(registry):
    """It would lose what is logged from then on."""
    draft = _draft(registry, "1", process_mark(os.getpid()))

    with pytest.raises(AnswerIsNoError, match=f"still runs, in process {os.getpid()}"):
        recover(registry, AUTHOR, draft.id)


def test_one_that_ended_and_was_not_committed_is_finished_by_name(registry):
    """A notebook lives on after its training could not be committed."""
    draft = _draft(registry, "1", process_mark(os.getpid()))
    draft.append([Ended("failed", MOMENT)])

    assert [one.status for one in recover(registry, AUTHOR, draft.id).candidates] == ["failed"]


def test_one_that_ended_and_was_not_committed_is_finished_with_the_dead(registry):
    """Its process may live on for days: a server that amended it when the storage was away."""
    ended, living = (_draft(registry, digit, process_mark(os.getpid())) for digit in "12")
    ended.append([Ended("failed", MOMENT)])

    assert [one.id for one in recover(registry, AUTHOR).candidates] == [ended.id]
    living.append([MetricPoint("auc", 0.6)])


def test_one_of_another_machine_must_be_named_while_it_may_live(registry):
    """Nobody here can know whether it runs, until nothing was heard of it for long."""
    draft = _draft(registry, "1", _dead().model_copy(update={"host": "another"}))
    touch(draft.folder / HEARTBEAT)

    assert recover(registry, AUTHOR) == Recovered(())
    assert [one.id for one in recover(registry, AUTHOR, "abc1").candidates] == [draft.id]


def test_one_of_another_machine_that_is_silent_for_long_is_finished(registry):
    """Its last beat was hours ago."""
    draft = _draft(registry, "1", _dead().model_copy(update={"host": "another"}))

    assert [one.id for one in recover(registry, AUTHOR).candidates] == [draft.id]


def test_a_damaged_draft_keeps_nobody_from_the_others(registry):
    """It is told of, and kept."""
    damaged, dead = _draft(registry, "1", _dead()), _draft(registry, "2", _dead())
    (damaged.folder / "candidate.json").write_bytes(b"{")
    found = recover(registry, AUTHOR)

    assert [one.id for one in found.candidates] == [dead.id]
    assert [str(damaged.folder) in str(fault) for fault in found.faults] == [True]
    assert damaged.folder.is_dir()


def test_a_crash_between_commit_and_removal_leaves_one_candidate(registry, monkeypatch):
    """The second time it is found recorded."""
    draft = _draft(registry, "1", _dead())
    with monkeypatch.context() as patched:
        patched.setattr(Draft, "remove", lambda self: None)
        recover(registry, AUTHOR)
    tip = registry.candidates.commit
    assert draft.folder.is_dir()

    assert [one.id for one in recover(registry, AUTHOR).candidates] == [draft.id]
    assert registry.candidates.commit == tip
    assert not draft.folder.exists()


def test_a_crash_while_sealing_loses_nothing(registry):
    """Whether the end was written down or not, and half-written lines and leftovers with it."""
    draft = _draft(registry, "1", _dead())
    draft.append([Ended("failed", MOMENT)])
    draft.seal()
    with (draft.folder / "journal.ndjson").open("ab") as file:
        file.write(b'\n{"kind":"stat')
    (draft.folder / ".curves-left").mkdir()
    (draft.folder.parent / ".new-half").mkdir()
    (draft.folder.parent / ".gone-half").mkdir()
    [candidate] = recover(registry, AUTHOR).candidates

    assert (candidate.status, candidate.metrics) == ("failed", {"auc": 0.5})
    assert [path.name for path in draft.folder.parent.iterdir()] == [".clock"] or not list(
        draft.folder.parent.iterdir()
    )


def test_a_crash_between_a_seal_and_its_undoing_keeps_nobody_from_finishing(registry):
    """It ran again as it was sealed, and whoever would have taken the seal away died."""
    draft = _draft(registry, "1", _dead())
    draft.append([Ended("finished", MOMENT), Runs()])
    draft.seal()

    assert finish_draft(registry, draft, AUTHOR, status="failed").status == "failed"


def test_recovering_in_many_processes_at_once_makes_one_candidate_each(registry, tmp_path):
    """And every one of them ends well."""
    made = [_draft(registry, str(digit), _dead()).id for digit in range(4)]
    words = [sys.executable, "-m", "gitreg", "-C", str(tmp_path / "r"), "recover"]
    running = [
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    said = [process.communicate() for process in running]

    assert [process.returncode for process in running] == [0] * 4, said
    assert sorted(one.id for one in searched(registry, drafts=False)) == made
    assert drafts(drafts_folder(registry)) == []


def test_a_prefix_names_exactly_one(registry):
    """As with candidates."""
    _draft(registry, "1", _dead())
    _draft(registry, "2", _dead())

    with pytest.raises(AmbiguousError, match="2 drafts"):
        recover(registry, AUTHOR, "abc")
    with pytest.raises(NotFoundError, match="no draft"):
        recover(registry, AUTHOR, "def")
