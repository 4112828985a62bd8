"""Plain `git merge` of candidate branches: distinct candidates always, the same record with the driver that is offered."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from desk import Desk

from gitreg.documents import places
from gitreg.documents.conflicts import open_conflicts
from gitreg.documents.reader import read
from gitreg.domain.candidate import ArtifactSummary, Candidate
from gitreg.domain.experiment import Experiment
from gitreg.domain.logged_model import LoggedModel
from gitreg.workflows.candidates.edit_candidate import note_candidate, tag_candidate
from gitreg.workflows.logged_models.records import NewLoggedModel, create_logged_model, tag_logged_model
from gitreg.workflows.publishing.exchange import fetch
from gitreg.workflows.running.amend import amend
from gitreg.workflows.running.send_artifacts import send_artifacts

Merge = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def clone(desk: Desk) -> Path:
    """A second clone of a registry with one candidate; both have the candidate branch checked out."""
    desk.log(artifacts=None, tags={"team": "core", "old": "yes"})
    desk.share()
    clone = desk.clone()
    fetch(desk.open(clone), desk.author)
    desk.git("switch", "-q", "gitreg/candidates")
    return clone


@pytest.fixture
def merge(desk: Desk, clone: Path, tmp_path: Path) -> Merge:
    """Runs `git merge` of the clone's candidates; with `gitreg` on the path where it is asked for."""
    tools = tmp_path / "tools"
    tools.mkdir()
    program = tools / "gitreg"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m gitreg "$@"\n')
    program.chmod(0o755)

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        desk.git("fetch", "-q", str(clone), "gitreg/candidates")
        environ = desk.environ | {"PATH": f"{tools}:{desk.environ['PATH']}"}
        command = ["git", *words, "merge", "--no-edit", "FETCH_HEAD"]
        return subprocess.run(
            command, cwd=desk.path, env=environ, capture_output=True, text=True, check=False
        )

    return call


def only_candidate(desk: Desk) -> str:
    """The path of the first candidate's record."""
    return next(path for path in desk.registry.candidates.paths("experiments") if places.candidate_of(path))


def edit_on_both(desk: Desk, clone: Path) -> str:
    """One tag with two values, and notes on one side; returns the record's path."""
    path = only_candidate(desk)
    id_ = Path(path).stem
    tag_candidate(desk.registry, id_, {"team": "growth", "old": None}, desk.author)
    tag_candidate(desk.open(clone), id_, {"team": "risk"}, desk.author)
    note_candidate(desk.open(clone), id_, "good", desk.author)
    return path


def test_the_driver_is_configured_where_the_branch_is(desk: Desk) -> None:
    """By `init`, in the repository's own configuration; the branch itself names it."""
    assert desk.git("config", "--local", "merge.gitreg.driver") == "gitreg merge-driver %O %A %B %P"
    assert desk.git("config", "--local", "merge.gitreg.name")
    found = desk.read(".gitattributes", "gitreg/candidates").decode()
    assert "/experiments/**/*.yaml merge=gitreg" in found


def test_the_first_writer_of_a_clone_configures_it_too(desk: Desk) -> None:
    """A clone has the attributes by the branch; what they mean is its own configuration."""
    desk.share()
    clone = desk.clone()
    desk.log(artifacts=None, at=clone)

    assert desk.git("config", "--local", "merge.gitreg.driver", at=clone)


def test_a_locked_configuration_is_in_nobodys_way(desk: Desk) -> None:
    """Many first writers of one clone configure at once; the driver is a convenience, their candidates are not."""
    desk.share()
    clone = desk.clone()
    (clone / ".git/config.lock").touch()

    desk.log(artifacts=None, at=clone)

    assert "merge.gitreg" not in (clone / ".git/config").read_text()


def test_distinct_candidates_merge_without_the_driver(desk: Desk, clone: Path, merge: Merge) -> None:
    """Git needs no help where no record was changed twice."""
    desk.log(artifacts=None)
    desk.log(artifacts=None, at=clone)
    desk.git("config", "--local", "--remove-section", "merge.gitreg")

    done = merge()

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list(desk.path.glob("experiments/churn/candidates/*/*.yaml"))) == 3


def test_the_driver_merges_a_logged_model_that_both_tagged(desk: Desk, clone: Path, merge: Merge) -> None:
    """As a candidate, with the later time of the two."""
    new = NewLoggedModel("7f" * 16, Experiment.called("churn"), "model")
    create_logged_model(desk.registry, new, desk.author)
    desk.git("push", "-q", "origin", "gitreg/candidates")
    fetch(desk.open(clone), desk.author)
    one = tag_logged_model(desk.registry, new.id, {"one": "1"}, desk.author)
    two = tag_logged_model(
        desk.open(clone), new.id, {"two": "2"}, replace(desk.author, when=one.updated + timedelta(days=1))
    )

    done = merge()

    assert done.returncode == 0, done.stdout + done.stderr
    path = places.logged_model_path("churn", new.id)
    assert read((desk.path / path).read_bytes(), LoggedModel, path) == two.model_copy(
        update={"tags": {"one": "1", "two": "2"}}
    )


def test_files_that_both_sides_added_are_united_by_the_next_change(
    desk: Desk, clone: Path, merge: Merge
) -> None:
    """Git knows no listings, so it leaves one side's, as the record says; whoever adds more has those of both."""
    path = only_candidate(desk)
    for at, word in ((desk.path, "one"), (clone, "two")):
        amend(desk.open(at), Path(path).stem, [], desk.author, sources=desk.sources({word: word.encode()}))
        send_artifacts(desk.open(at))
    desk.git("reset", "-q", "--hard")

    done = merge()

    sides = open_conflicts(read((desk.path / path).read_bytes(), Candidate, path))["artifacts"]
    beside = [path.replace("yaml", "dvc"), path.replace("yaml", "sha256")]
    ours = record_at(desk, desk.path, path)
    desk.git("checkout", "--ours" if str(ours.manifest) in sides[0] else "--theirs", "--", *beside)
    desk.git("add", "--all")
    desk.git("commit", "-q", "--no-edit")
    amend(desk.registry, Path(path).stem, [], desk.author, sources=desk.sources({"three": b"three"}))
    assert done.returncode == 1
    assert [line[66:] for line in desk.read(beside[1], "gitreg/candidates").decode().splitlines()] == [
        "one",
        "three",
        "two",
    ]
    assert open_conflicts(read(desk.read(path, "gitreg/candidates"), Candidate, path)) == {}


def record_at(desk: Desk, at: Path, path: str) -> ArtifactSummary:
    """What a candidate holds by the record of a clone's branch."""
    found = desk.open(at).candidates.record(Candidate, path)
    assert found is not None
    assert found.artifacts is not None
    return found.artifacts


def test_the_driver_merges_a_record_that_both_changed(desk: Desk, clone: Path, merge: Merge) -> None:
    """As gitreg itself does: nothing is in the way, both values are there."""
    path = edit_on_both(desk, clone)

    done = merge()

    assert done.returncode == 0, done.stdout + done.stderr
    merged = read((desk.path / path).read_bytes(), Candidate, path)
    assert (merged.tags, merged.notes) == ({"team": "growth"}, "good")
    assert open_conflicts(merged) == {"tags.team": ("growth", "risk")}
    assert desk.git("status", "--porcelain") == ""


def test_without_the_driver_git_says_that_it_is_a_conflict(desk: Desk, clone: Path, merge: Merge) -> None:
    """An unknown driver is git's own merge of lines (gitattributes(5))."""
    path = edit_on_both(desk, clone)
    desk.git("config", "--local", "--remove-section", "merge.gitreg")

    done = merge()

    assert done.returncode == 1
    assert desk.git("status", "--porcelain") == f"UU {path}"
    assert "<<<<<<<" in (desk.path / path).read_text()


def test_the_driver_leaves_marks_where_a_side_is_no_record(desk: Desk, clone: Path, merge: Merge) -> None:
    """What cannot be read is not guessed; git reports the conflict as it always does."""
    path = only_candidate(desk)
    broken = desk.read(path, "gitreg/candidates").replace(b"team: core", b"team: [")
    desk.commit({path: broken}, "refs/heads/gitreg/candidates", at=clone)
    tag_candidate(desk.registry, Path(path).stem, {"team": "growth"}, desk.author)

    done = merge()

    assert done.returncode == 1
    assert f"CONFLICT (content): Merge conflict in {path}" in done.stdout
    text = (desk.path / path).read_text()
    assert "<<<<<<< ours\n  team: growth\n=======\n  team: [\n>>>>>>> theirs\n" in text


def test_the_driver_takes_the_accepted_configuration(desk: Desk, clone: Path, merge: Merge) -> None:
    """DVC's files on the candidate branch are for plain tools, and must not be in the way."""
    for at, url in ((desk.path, b"one"), (clone, b"two")):
        desk.commit(
            {places.DVC_CONFIG: b"[core]\n    remote = %s\n" % url}, "refs/heads/gitreg/candidates", at=at
        )
    desk.git("reset", "-q", "--hard")

    done = merge()

    assert done.returncode == 0, done.stdout + done.stderr
    assert (desk.path / places.DVC_CONFIG).read_bytes() == desk.read(places.DVC_CONFIG)


def test_gitreg_s_own_merges_run_no_driver(desk: Desk, clone: Path, tmp_path: Path) -> None:
    """Whatever the configuration says: here, a program that leaves a mark."""
    edit_on_both(desk, clone)
    for place in (desk.path, clone):
        desk.git("config", "merge.gitreg.driver", f"touch {tmp_path}/ran; false", at=place)

    desk.publish(clone)
    fetch(desk.registry, desk.author)
    desk.publish()

    assert not (tmp_path / "ran").exists()
    assert desk.git("status", "--porcelain") == ""
