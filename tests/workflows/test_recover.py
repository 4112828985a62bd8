"""Finishing what a crash left."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gitreg.domain.curves import MetricPoint
from gitreg.drafts import Draft, DraftStart, Ended, ProcessMark, drafts, process_mark
from gitreg.errors import AmbiguousError, AnswerIsNoError, NotFoundError
from gitreg.store import Author
from gitreg.workflows.finish_draft import drafts_folder
from gitreg.workflows.init_registry import InitOptions, init_registry
from gitreg.workflows.recover import recover
from gitreg.workflows.registry import Registry, open_registry

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
    os.utime(draft.folder / "journal.ndjson", (MOMENT.timestamp() + 60,) * 2)
    return draft


def test_dead_drafts_are_finished_and_living_ones_are_not_touched(registry):
    """Everything logged is kept; the end is when something was logged last."""
    dead, living = _draft(registry, "1", _dead()), _draft(registry, "2", process_mark(os.getpid()))
    [candidate] = recover(registry, AUTHOR)

    assert (candidate.id, candidate.status, candidate.metrics) == (dead.id, "killed", {"auc": 0.5})
    assert (candidate.finished - MOMENT).total_seconds() == 60
    assert [draft.id for draft in drafts(drafts_folder(registry))] == [living.id]
    living.append([MetricPoint("auc", 0.6)])


def test_how_it_ended_is_believed_where_it_was_written_down(registry):
    """A training that ended well, and whose commit failed, was not killed."""
    draft = _draft(registry, "1", _dead())
    draft.append([Ended("finished", MOMENT)])

    assert recover(registry, AUTHOR)[0].status == "finished"


def test_one_that_still_runs_is_refused_by_name(registry):
    """It would lose what is logged from then on."""
    draft = _draft(registry, "1", process_mark(os.getpid()))

    with pytest.raises(AnswerIsNoError, match=f"still runs, in process {os.getpid()}"):
        recover(registry, AUTHOR, draft.id)


def test_one_that_ended_and_was_not_committed_is_finished_by_name(registry):
    """A notebook lives on after its training could not be committed."""
    draft = _draft(registry, "1", process_mark(os.getpid()))
    draft.append([Ended("failed", MOMENT)])

    assert [one.status for one in recover(registry, AUTHOR, draft.id)] == ["failed"]


def test_one_of_another_machine_must_be_named(registry):
    """Nobody here can know whether it runs."""
    draft = _draft(registry, "1", _dead().model_copy(update={"host": "another"}))

    assert recover(registry, AUTHOR) == []
    assert [one.id for one in recover(registry, AUTHOR, "abc1")] == [draft.id]


def test_a_prefix_names_exactly_one(registry):
    """As with candidates."""
    _draft(registry, "1", _dead())
    _draft(registry, "2", _dead())

    with pytest.raises(AmbiguousError, match="2 drafts"):
        recover(registry, AUTHOR, "abc")
    with pytest.raises(NotFoundError, match="no draft"):
        recover(registry, AUTHOR, "def")
