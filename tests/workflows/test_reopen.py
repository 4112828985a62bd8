"""Candidates that ended, and go on: one record more, with everything that was there before."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from gitreg.artifacts import Source
from gitreg.documents import places
from gitreg.domain.candidate import DataSource, ModelLink
from gitreg.domain.curves import MetricPoint
from gitreg.drafts import (
    Draft,
    DraftStart,
    Ended,
    Linked,
    Named,
    Note,
    Param,
    Removal,
    Runs,
    Tag,
    Untag,
    drafts,
    process_mark,
)
from gitreg.errors import NotFoundError, UsageError
from gitreg.workflows.candidates.edit_candidate import tag_candidate
from gitreg.workflows.registry import CANDIDATES
from gitreg.workflows.running.amend import amend
from gitreg.workflows.running.finish_draft import drafts_folder, finish_draft
from gitreg.workflows.running.read_points import read_points
from gitreg.workflows.running.recover import recover
from gitreg.workflows.running.reopen import reopen_draft
from gitreg.workflows.searching.find import find_candidate
from gitreg.workflows.searching.show_draft import find_candidate_or_draft, so_far
from gitreg.workflows.versions.fetch_artifacts import find_artifacts

MODEL = "5" * 32
DATA = DataSource(
    name="train",
    uri="data/train.csv",
    kind="local",
    fingerprint="ab12",
    tags={"mlflow.data.context": "training"},
)


@pytest.fixture
def candidate(desk, tmp_path):
    """A candidate with something of everything."""
    start = DraftStart(
        id="ab" * 16, experiment="churn", created=desk.author.when, process=process_mark(os.getpid()),
        user="ada", name="first", data=(DATA,),
    )  # fmt: skip
    draft = Draft.create(drafts_folder(desk.registry), start)
    times = [desk.author.when + timedelta(seconds=step) for step in range(3)]
    draft.append([MetricPoint("loss", 1.0 / (step + 1), step, times[step]) for step in range(3)])
    draft.append([Param("lr", "0.1"), Tag("team", "a"), Tag("b", "b"), Note("one"), MetricPoint("auc", 0.5)])
    draft.append([Linked(ModelLink(id=MODEL, role="output", step=2)), MetricPoint("nan", float("nan"), 1)])
    (tmp_path / "model.bin").write_bytes(b"weights")
    draft.add_artifact(tmp_path / "model.bin", "model/model.bin")
    draft.add_text(b"text", "notes.txt")
    return finish_draft(desk.registry, draft, desk.author, status="failed")


def _commits(desk) -> int:
    return int(desk.git("rev-list", "--count", CANDIDATES))


def _paths(desk, candidate) -> list[str]:
    return [entry.path for entry in find_artifacts(desk.registry, candidate.id).entries]


def test_reopened_and_finished_is_the_same_record_and_no_commit(desk, candidate):
    """Nothing is lost, nothing is added; not even how it ended changes."""
    before = desk.tip(CANDIDATES)
    draft = reopen_draft(desk.registry, candidate.id)
    shown = so_far(desk.registry, draft)
    again = finish_draft(desk.registry, draft, desk.author, status="finished")

    assert shown == again == candidate == find_candidate(desk.registry, candidate.id)
    assert desk.tip(CANDIDATES) == before
    assert drafts(drafts_folder(desk.registry)) == []


def test_one_that_runs_again_is_one_record_in_the_end(desk, candidate, tmp_path):
    """With all that was logged before and since, by one commit."""
    before, registry = _commits(desk), desk.registry
    draft = reopen_draft(registry, candidate.id)
    draft.append([Runs(), MetricPoint("loss", 0.1, 3), Param("depth", "8"), Untag("b"), Named("second")])
    draft.append([MetricPoint("auc", 0.75, 7), Removal("notes.txt"), Note("two")])
    draft.add_text(b"more", "model/extra.txt")
    running = so_far(registry, draft)
    ended = finish_draft(registry, draft, desk.author, status="finished")

    assert (running.status, running.metrics["loss"], running.curves["loss"].points) == ("running", 0.1, 4)
    assert (ended.status, ended.name, ended.created, ended.author) == (
        "finished", "second", candidate.created, candidate.author,
    )  # fmt: skip
    assert (ended.params, ended.tags, ended.notes) == (
        {"lr": "0.1", "depth": "8"},
        {"team": "a"},
        "one\n\ntwo",
    )
    assert (ended.metrics["auc"], ended.points["auc"][0], ended.curves["auc"].points) == (0.75, 7, 2)
    assert (ended.user, ended.models, ended.data) == ("ada", candidate.models, [DATA])
    assert _paths(desk, ended) == [".gitreg/curves.csv", "model/extra.txt", "model/model.bin"]
    assert _commits(desk) == before + 1
    assert [one.value for one in read_points(registry, ended, "loss")] == [1.0, 0.5, 1 / 3, 0.1]
    assert [one.value for one in read_points(registry, ended, "auc")] == [0.5, 0.75]


def test_points_of_a_reopened_draft_are_all_of_them(desk, candidate):
    """Those of the record's table, and those since."""
    registry = desk.registry
    before = read_points(registry, candidate, "loss")
    draft = reopen_draft(registry, candidate.id)
    draft.append([Runs(), MetricPoint("loss", 0.1, 3), MetricPoint("loss", 0.1, 3)])

    assert read_points(registry, draft, "loss") == [*before, MetricPoint("loss", 0.1, 3)]
    assert {one.key for one in read_points(registry, draft)} == {"loss", "auc", "nan"}


def test_nothing_of_the_artifacts_is_read(desk, candidate):
    """Their bytes may be gone from this machine: the listing is enough."""
    registry = desk.registry
    before = find_artifacts(registry, candidate.id)
    for object_id in registry.cache.unpushed_objects():
        if not object_id.endswith(".dir"):
            for path in registry.cache.places(object_id):
                path.unlink()
    draft = reopen_draft(registry, candidate.id)
    draft.add_text(b"more", "more.txt")
    ended = finish_draft(registry, draft, desk.author, status="finished")

    assert set(before.entries) < set(find_artifacts(registry, ended.id).entries)
    assert ended.artifacts.size == candidate.artifacts.size + 4


def test_what_was_said_before_may_not_be_said_otherwise(desk, candidate):
    """A param has its value, and a file is no folder, in a draft that was reopened too."""
    draft = reopen_draft(desk.registry, candidate.id)

    with pytest.raises(UsageError, match=r"is '0\.1' already"):
        draft.append([Param("lr", "0.2")])
    with pytest.raises(UsageError, match="cannot be a file and the folder"):
        draft.add_text(b"x", "model")
    with pytest.raises(UsageError, match="one file where case does not count"):
        draft.add_text(b"x", "Notes.txt")
    draft.append([Param("lr", "0.1"), Removal("model")])
    draft.add_text(b"x", "model")


def test_what_others_changed_meanwhile_stays(desk, candidate):
    """A tag and notes of somebody who has no draft, in another clone say; metrics are the draft's."""
    registry = desk.registry
    draft = reopen_draft(registry, candidate.id)
    draft.append([Runs(), Tag("mine", "1"), MetricPoint("auc", 0.9, 1)])
    aside = draft.folder.rename(desk.path / "aside")
    tag_candidate(registry, candidate.id, {"theirs": "2", "team": None}, desk.author)
    aside.rename(draft.folder)
    ended = finish_draft(registry, draft, desk.author, status="finished")

    assert ended.tags == {"b": "b", "mine": "1", "theirs": "2"}
    assert (ended.metrics["auc"], ended.status) == (0.9, "finished")
    assert find_candidate(registry, candidate.id) == ended


def test_a_crash_between_commit_and_removal_leaves_one_record(desk, candidate, monkeypatch):
    """Done again, it changes nothing."""
    registry = desk.registry
    draft = reopen_draft(registry, candidate.id)
    draft.append([Tag("late", "yes"), MetricPoint("loss", 0.1, 3)])
    with monkeypatch.context() as patched:
        patched.setattr(Draft, "remove", lambda self: None)
        first = finish_draft(registry, draft, desk.author, status="finished")
    tip = desk.tip(CANDIDATES)
    again = finish_draft(registry, Draft.open(draft.folder), desk.author, status="killed")

    assert again == first
    assert desk.tip(CANDIDATES) == tip


def test_a_second_one_is_the_same_draft(desk, candidate):
    """Two processes that go on with one candidate write to one journal; it lives while one of them does."""
    dead = process_mark(os.getpid()).model_copy(update={"started": 1})
    first = reopen_draft(desk.registry, candidate.id, process=dead)
    assert first.liveness == "dead"
    second = reopen_draft(desk.registry, candidate.id, process=process_mark(os.getpid()))

    assert first.folder == second.folder
    assert first.liveness == "running"


def test_recover_ends_what_ran_again_as_killed_and_leaves_the_rest_as_it_was(desk, candidate):
    """What was reopened only to be added to never ran again."""
    dead = process_mark(os.getpid()).model_copy(update={"started": 1})
    draft = reopen_draft(desk.registry, candidate.id, process=dead)
    draft.append([Tag("late", "yes")])
    [added] = recover(desk.registry, desk.author).candidates
    draft = reopen_draft(desk.registry, candidate.id, process=dead)
    draft.append([Runs()])
    [ran] = recover(desk.registry, desk.author).candidates

    assert (added.status, added.finished, added.tags["late"]) == ("failed", candidate.finished, "yes")
    assert (ran.status, ran.tags) == ("killed", added.tags)


def test_a_deleted_one_stays_deleted(desk, candidate):
    """Whatever is added to it."""
    path = places.candidate_path("churn", candidate.id)
    desk.commit(
        {
            path: desk.read(path, CANDIDATES).replace(
                b"deleted: null", b"deleted: '2026-11-22T15:04:05.000000Z'"
            )
        },
        CANDIDATES,
    )
    draft = reopen_draft(desk.registry, candidate.id)
    draft.append([Tag("late", "yes")])

    assert finish_draft(desk.registry, draft, desk.author, status="finished").deleted is not None


def test_a_status_that_nobody_timed_comes_back(desk, candidate):
    """MLflow lets a run end without saying when."""
    draft = reopen_draft(desk.registry, candidate.id)
    draft.append([Ended("finished", None)])
    ended = finish_draft(desk.registry, draft, desk.author, status="killed")

    assert (ended.status, ended.finished) == ("finished", None)


@pytest.mark.parametrize(
    ("word", "error"), [("0" * 32, NotFoundError), ("../x", UsageError), ("ab", UsageError)]
)
def test_what_is_no_candidate_is_not_reopened(desk, candidate, word, error):
    """The word becomes a path."""
    with pytest.raises(error):
        reopen_draft(desk.registry, word)


def test_points_and_files_that_others_added_meanwhile_stay_too(desk, candidate, tmp_path):
    """Two went on with one candidate: the record has the points and the files of both, each once."""
    registry = desk.registry
    draft = reopen_draft(registry, candidate.id)
    draft.append([MetricPoint("loss", 0.1, 3), MetricPoint("auc", 0.9, 1), Removal("notes.txt")])
    draft.add_text(b"mine", "mine.txt")
    aside = draft.folder.rename(desk.path / "aside")
    (tmp_path / "theirs").write_bytes(b"theirs")
    entries = [MetricPoint("loss", 0.2, 4), MetricPoint("loss", 0.1, 3), MetricPoint("f1", 0.3)]
    entries += [MetricPoint("auc", 0.7, 0)]
    amend(registry, candidate.id, entries, desk.author, sources=[Source(tmp_path / "theirs", "theirs.txt")])
    aside.rename(draft.folder)
    ended = finish_draft(registry, draft, desk.author, status="finished")

    assert _paths(desk, ended) == [".gitreg/curves.csv", "mine.txt", "model/model.bin", "theirs.txt"]
    assert sorted(one.step for one in read_points(registry, ended, "loss")) == [0, 1, 2, 3, 4]
    assert (ended.metrics["loss"], ended.metrics["auc"], ended.metrics["f1"]) == (0.2, 0.9, 0.3)
    assert (ended.curves["loss"].points, ended.curves["auc"].points) == (5, 3)
    assert ended.extra == {}


def test_one_that_goes_on_is_shown_as_it_is_now(desk, candidate):
    """By the start of its id, as any other."""
    draft = reopen_draft(desk.registry, candidate.id)
    draft.append([Runs(), Tag("late", "yes")])
    shown = find_candidate_or_draft(desk.registry, candidate.id[:8])

    assert (shown.status, shown.tags["late"], shown.params) == ("running", "yes", candidate.params)


def test_a_param_that_was_cut_may_be_said_again(desk):
    """A script that goes on with its run says all of its params, passwords too."""
    candidate = desk.log(params={"password": "hunter2", "lr": "0.1"})
    amended = amend(desk.registry, candidate.id, [Param("password", "hunter2")], desk.author)

    assert amended == candidate
    assert amended.params == {"password": "***", "lr": "0.1"}
