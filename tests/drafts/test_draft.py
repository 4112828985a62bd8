"""Drafts as a whole: started, filled, read, removed."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import time
from pathlib import Path

import pytest

from gitreg.domain.candidate import Code, DataSource, Environment
from gitreg.domain.curves import MetricPoint
from gitreg.drafts import Draft, DraftStart, Ended, Note, Param, Tag, copies, drafts
from gitreg.errors import AlreadyThereError, DraftGoneError, NotFoundError, RecordError, UsageError

OTHER = "0" * 32


def test_what_was_known_at_the_start_comes_back(folder, start):
    """A crash right after the start loses nothing of it."""
    full = start.model_copy(
        update={
            "name": "first",
            "code": Code(commit="a" * 40, dirty=True, command=["python", "train.py"]),
            "data": (DataSource(name="train", uri="data/train.csv"),),
            "environment": Environment(python="3.12.1", platform="linux-x86_64"),
        }
    )
    Draft.create(folder, full)

    assert Draft.open(folder / full.id).start == full


def test_nobody_else_may_read_a_draft(folder, start, tmp_path):
    """Folders are 0700 and files 0600, whatever the umask."""
    (tmp_path / "model.pkl").write_bytes(b"model")
    before = os.umask(0)
    try:
        draft = Draft.create(folder, start, {".gitreg/code.patch": b"diff"})
        draft.add_artifact(tmp_path / "model.pkl", "model.pkl")
    finally:
        os.umask(before)

    modes = {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]}
    assert modes == {True: 0o700, False: 0o600}


def test_a_second_draft_of_one_id_is_refused(folder, draft, start):
    """An id names one candidate; the first draft is untouched."""
    draft.append([Param("lr", "0.1")])

    with pytest.raises(AlreadyThereError, match=draft.id):
        Draft.create(folder, start)
    assert draft.read().params == {"lr": "0.1"}
    assert [path.name for path in folder.iterdir()] == [draft.id]


def test_a_folder_that_is_no_draft_is_not_opened(tmp_path):
    """A stale GITREG_DRAFT is told, not written to."""
    with pytest.raises(NotFoundError, match="not the folder of a draft"):
        Draft.open(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": "gitreg/draft/v2"}', b"\xff\xfe"])
def test_a_start_that_is_damaged_or_newer_is_refused_with_its_place(draft, content):
    """A draft is never read in part."""
    (draft.folder / "candidate.json").write_bytes(content)

    with pytest.raises(RecordError, match=r"candidate\.json:1:1"):
        Draft.open(draft.folder)


def test_everything_that_was_logged_is_read_back(draft):
    """Last tags count, notes add up, points keep their order."""
    draft.append([Param("lr", "0.1"), Tag("team", "a"), MetricPoint("loss", 0.5, 1)])
    draft.append([Tag("team", "b"), MetricPoint("loss", 0.25, 2), Note("first"), Note("second")])
    draft.append([Ended("failed", draft.start.created)])

    content = draft.read()
    assert content.params == {"lr": "0.1"}
    assert content.tags == {"team": "b"}
    assert content.points == [MetricPoint("loss", 0.5, 1), MetricPoint("loss", 0.25, 2)]
    assert content.notes == "first\n\nsecond"
    assert content.ended == Ended("failed", draft.start.created)


def test_a_param_that_has_another_value_is_refused_whole(draft):
    """As in MLflow; the rest of the batch is not appended either."""
    draft.append([Param("lr", "0.1")])
    draft.append([Param("lr", "0.1")])

    with pytest.raises(UsageError, match=r"the param lr is '0\.1' already"):
        draft.append([Tag("team", "a"), Param("depth", "8"), Param("lr", "0.2")])
    draft.append([Param("depth", "9")])
    assert draft.read().params == {"lr": "0.1", "depth": "9"}
    assert draft.read().tags == {}


def test_a_hostile_key_is_refused_and_leaves_nothing(draft):
    """Nothing is acknowledged that could not be recorded."""
    with pytest.raises(UsageError, match=r"U\+000A"):
        draft.append([Tag("good", "x"), Tag("a\nb", "x")])

    assert draft.read().tags == {}


def test_a_newer_kind_is_named_and_kept(draft):
    """What a newer gitreg said is not dropped in silence."""
    with (draft.folder / "journal.ndjson").open("ab") as file:
        file.write(b'\n{"kind":"hologram"}')

    assert draft.read().unknown == {"hologram"}


def test_a_line_that_no_gitreg_wrote_is_refused_with_its_place(draft):
    """It says which line of which file."""
    draft.append([Tag("team", "a")])
    with (draft.folder / "journal.ndjson").open("ab") as file:
        file.write(b'\n{"kind":"metric","key":"loss","value":"high"}')

    with pytest.raises(RecordError, match=r"journal\.ndjson:3:1"):
        draft.read()


def test_an_artifact_is_what_it_was_when_it_was_logged(draft, tmp_path):
    """A checkpoint that is written again in place does not change what was logged."""
    path = tmp_path / "model.pkl"
    path.write_bytes(b"epoch 1")
    draft.add_artifact(path, "checkpoints/1.pkl")
    path.write_bytes(b"epoch 2")
    draft.add_artifact(path, "checkpoints/2.pkl")
    path.unlink()

    artifacts = draft.read().artifacts
    assert {name: one.path.read_bytes() for name, one in artifacts.items()} == {
        "checkpoints/1.pkl": b"epoch 1",
        "checkpoints/2.pkl": b"epoch 2",
    }


def test_a_folder_is_kept_file_by_file(draft, tmp_path):
    """Each file has a name of its own, and a later folder adds to an earlier one."""
    for name in ("model/a.bin", "model/deep/b.bin"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    draft.add_artifact(tmp_path / "model", "m")
    draft.add_artifact(tmp_path / "model/deep", "")
    draft.add_text(b"text", "m/notes.txt")

    assert {name: one.path.read_text() for name, one in draft.read().artifacts.items()} == {
        "m/a.bin": "model/a.bin",
        "m/deep/b.bin": "model/deep/b.bin",
        "b.bin": "model/deep/b.bin",
        "m/notes.txt": "text",
    }


def test_the_same_name_again_is_the_later_file(draft):
    """`best.pkl` may be logged whenever it got better."""
    draft.add_text(b"first", "best.pkl")
    draft.add_text(b"second", "best.pkl")

    assert draft.read().artifacts["best.pkl"].path.read_bytes() == b"second"


@pytest.mark.parametrize(
    "name", ["../x", "/x", "a/../../x", "", ".gitreg/code.patch", "a\\b", "a\nb", "x/.git/y"]
)
def test_a_name_that_no_artifact_may_have_is_refused(draft, name):
    """Artifact names become paths on other people's machines."""
    with pytest.raises(UsageError, match=r"\w"):
        draft.add_text(b"x", name)

    assert draft.read().artifacts == {}


@pytest.mark.parametrize(
    ("first", "second"), [("Model.pkl", "model.pkl"), ("a", "a/b"), ("a/b", "a"), ("a/b/c", "A/b")]
)
def test_names_that_exclude_each_other_are_refused_at_once(draft, first, second):
    """At the end of the training it would be too late."""
    draft.add_text(b"1", first)

    with pytest.raises(UsageError, match=r"one file|a file and the folder"):
        Draft.open(draft.folder).add_text(b"2", second)
    assert list(draft.read().artifacts) == [first]


def test_links_and_special_files_are_refused(draft, tmp_path):
    """A link in a logged folder could be anything of the user's."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model/link").symlink_to("/etc")
    (tmp_path / "file-link").symlink_to(tmp_path / "model")
    os.mkfifo(tmp_path / "pipe")

    for name in ("model", "file-link"):
        with pytest.raises(UsageError, match="is a symbolic link"):
            draft.add_artifact(tmp_path / name, "m")
    with pytest.raises(UsageError, match="not a regular file"):
        draft.add_artifact(tmp_path / "pipe", "m")
    with pytest.raises(NotFoundError, match="is not there"):
        draft.add_artifact(tmp_path / "nothing", "m")


def test_a_removed_draft_leaves_nothing(folder, draft):
    """Neither its folder nor the one it was moved to."""
    draft.add_text(b"x", "x")
    draft.remove()
    draft.remove()

    assert list(folder.iterdir()) == []


def test_what_an_earlier_removal_left_is_in_nobodys_way(folder, start):
    """A candidate that was reopened ends while another process still removes its first draft."""
    first = Draft.create(folder, start)
    left = folder / f".gone-{start.id}-{first.folder.stat().st_ino}"
    first.folder.rename(left)
    claim = os.open(left, os.O_RDONLY)
    fcntl.flock(claim, fcntl.LOCK_EX)
    Draft.create(folder, start).remove()
    os.close(claim)

    assert list(folder.iterdir()) == [left]


def test_a_draft_that_was_made_just_now_says_what_is_written(folder, start):
    """It is not read again, so both must be the same."""
    made = Draft.create(folder, start.model_copy(update={"name": "a name"}))

    assert made.start == Draft.open(made.folder).start


def test_drafts_are_listed_by_id_and_nothing_else_is(folder, draft, start):
    """What a crash left half-made is no draft; a damaged one is."""
    Draft.create(folder, start.model_copy(update={"id": OTHER}))
    (folder / OTHER / "candidate.json").write_bytes(b"{")
    (folder / ".new-abc").mkdir()

    assert [one.id for one in drafts(folder)] == [OTHER, draft.id]
    assert drafts(folder / "nowhere") == []


def test_a_start_with_a_hostile_name_is_refused(start):
    """The rules of records hold from the start."""
    with pytest.raises(ValueError, match="experiment"):
        DraftStart(**(start.model_dump() | {"experiment": "a\nb"}))


def test_the_folder_of_a_draft_may_have_any_name_above_it(tmp_path, start):
    """A user's folders are not ours to judge."""
    folder = Path(tmp_path, "we ird'$(x)", "drafts")

    assert Draft.create(folder, start).read().params == {}


def test_a_child_that_was_forked_meanwhile_keeps_nobody_out(draft):
    """A training's workers live on, with the lock that its other thread had as they began."""
    with draft.alone():
        child = os.fork()
        if not child:
            time.sleep(5)
            os._exit(0)
    began = time.monotonic()
    with draft.alone() as is_there:
        waited = time.monotonic() - began
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    assert is_there
    assert waited < 2


@pytest.mark.parametrize("again", [False, True])
def test_who_copies_into_a_draft_that_is_finished_meanwhile_is_told_so(
    folder, draft, start, tmp_path, monkeypatch, again
):
    """Also where somebody reopened the candidate since: what was copied so far went with the draft that is gone."""
    (tmp_path / "model.pkl").write_bytes(b"model")
    made = copies.tempfile.mkdtemp

    def late(*words, **named):
        monkeypatch.undo()
        found = made(*words, **named)
        draft.remove()
        if again:
            Draft.create(folder, start)
        return found

    monkeypatch.setattr(copies.tempfile, "mkdtemp", late)

    with pytest.raises(DraftGoneError, match=draft.id):
        draft.add_artifact(tmp_path / "model.pkl", "model.pkl")
    with pytest.raises(NotFoundError, match=r"other\.pkl is not there"):
        Draft.create(folder, start.model_copy(update={"id": OTHER})).add_artifact(tmp_path / "other.pkl", "x")
