"""The records that a draft goes on from, and the processes that own it."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from gitreg.drafts import Artifact, Base, Draft, Runs, Tag, Untag, process_mark, served_mark
from gitreg.drafts.bases import BASES, bases_of
from gitreg.drafts.heartbeat import HEARTBEAT
from gitreg.errors import NotFoundError, UsageError

FIRST = Base(b"first", b"0" * 64 + b"  model/a\n", b"outs: []\n")


def test_bases_come_back_in_their_order(folder, start):
    """That of the reopened record first, then those of checkpoints; more than ten of them."""
    draft = Draft.create(folder, start.model_copy(update={"base": "0" * 40}), base=FIRST)
    later = [Base(f"{number}".encode()) for number in range(11)]
    for one in later:
        draft.add_base(one)

    assert draft.bases == [FIRST, *later]
    assert draft.goes_on_from


def test_a_new_draft_goes_on_from_nothing(draft):
    """Nor did half a base make it so."""
    (draft.folder / ".base-half").mkdir()

    assert draft.bases == []
    assert not draft.goes_on_from


def test_what_was_said_at_the_start_is_there_with_the_draft(folder, start):
    """Or there is no draft, where it cannot be recorded."""
    with pytest.raises(UsageError, match="cannot be recorded"):
        Draft.create(folder, start, entries=[Tag("", "x")])
    draft = Draft.create(folder, start, entries=[Tag("a", "1"), Tag("b", "2"), Untag("a")])

    assert draft.read().tags == {"b": "2"}


def test_files_of_the_record_may_not_become_folders(folder, start):
    """They are known to a draft that was reopened, also to one that is opened again."""
    Draft.create(folder, start.model_copy(update={"base": "0" * 40}), base=FIRST)

    with pytest.raises(UsageError, match="cannot be a file and the folder"):
        Draft.open(folder / start.id).append([Artifact("model", "artifacts/x/0")])
    with pytest.raises(UsageError, match="one file where case"):
        Draft.open(folder / start.id).append([Artifact("Model/A", "artifacts/x/0")])


def test_a_draft_lives_while_one_of_its_owners_does(folder, start):
    """A second script goes on with what the first began."""
    dead = process_mark(os.getpid()).model_copy(update={"started": 1})
    draft = Draft.create(folder, start.model_copy(update={"process": dead}))
    before = draft.liveness
    for _ in range(2):
        draft.join(process_mark(os.getpid()))

    assert (before, draft.liveness) == ("dead", "running")
    assert (draft.folder / "owners.ndjson").read_bytes().count(b"\n") == 1


def test_a_torn_line_of_owners_is_none(draft):
    """The one after it is."""
    (draft.folder / "owners.ndjson").write_bytes(b'\n{"pid":1,"ho')
    draft.join(process_mark(1))

    assert draft.liveness == "running"
    draft.remove()
    with pytest.raises(NotFoundError, match="has ended"):
        draft.join(process_mark(2))


@pytest.mark.parametrize(("hours", "expected"), [(1, "elsewhere"), (23, "elsewhere"), (25, "dead")])
def test_a_server_is_not_its_training(folder, start, hours, expected):
    """That the server's process ended says nothing; a day of silence does."""
    mark = served_mark(os.getpid()).model_copy(update={"started": 1})
    draft = Draft.create(folder, start.model_copy(update={"process": mark}))
    for name in ("journal.ndjson", HEARTBEAT):
        path = draft.folder / name
        moment = path.stat().st_mtime - timedelta(hours=hours).total_seconds()
        os.utime(path, (moment, moment))

    assert draft.liveness == expected


def test_what_goes_on_has_not_ended(draft):
    """Whatever was said before; and nobody who reads it takes it for ended."""
    draft.append([Tag("a", "b")])
    draft.seal()
    assert not draft.takes_more()
    draft.unseal()
    draft.append([Runs("scheduled")])

    assert draft.takes_more()
    assert (draft.ended, draft.read().status) == (None, "scheduled")


def test_a_draft_that_goes_while_it_is_read_is_not_found(tmp_path: Path) -> None:
    """Whoever ended it was faster; the caller looks for the candidate instead."""
    (tmp_path / BASES / "0").mkdir(parents=True)
    (tmp_path / BASES / "0" / "record.yaml").symlink_to(tmp_path / "gone")

    with pytest.raises(NotFoundError, match="is gone"):
        bases_of(tmp_path)
