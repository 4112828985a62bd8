"""The doctor tells what a clone lacks, and its commands bring just that."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from clinic import Clinic
from desk import Desk

CANDIDATES = "refs/heads/gitreg/candidates"


def _share(desk: Desk) -> None:
    desk.log()
    desk.share()
    clinic = Clinic(desk, desk.path)
    assert clinic.run("gitreg push").returncode == 0


@pytest.fixture
def shared(furnished: Callable[[Callable[[Desk], None]], Desk]) -> Desk:
    """A registry with a candidate, shared and wholly pushed."""
    return furnished(_share)


def _clone(shared: Desk, *words: str) -> Clinic:
    url = (shared.path.parent / "remote.git").as_uri()
    target = shared.path.parent / "clone"
    shared.git("clone", "-q", *words, url, str(target), at=shared.path.parent)
    return Clinic(shared, target)


def test_a_whole_registry_is_sound(shared: Desk) -> None:
    """A registry that was pushed has nothing to be mended, deep or not."""
    clinic = Clinic(shared, shared.path)

    assert clinic.findings() == []
    assert clinic.findings("--deep") == []


def test_a_fresh_clone_without_candidates_is_told(shared: Desk) -> None:
    """The local branch that `dvc gc` and plain git look at is missing; `gitreg fetch` makes it."""
    clinic = _clone(shared)

    clinic.mend("no-candidate-branch")

    assert "gitreg/candidates" in clinic.run("git branch").stdout


def test_a_shallow_clone_is_told_what_works(shared: Desk) -> None:
    """A note, for CI does it on purpose; the command brings the rest."""
    clinic = _clone(shared, "--depth", "1", "--no-single-branch")

    assert clinic.mend("shallow")["severity"] == "note"


def test_a_single_branch_clone_is_told(shared: Desk) -> None:
    """A note: gitreg fetches by itself what it needs, plain git does not."""
    clinic = _clone(shared, "--single-branch", "--branch", "main")

    assert clinic.mend("narrow")["severity"] == "note"
    assert clinic.run("git fetch && git rev-parse origin/gitreg/candidates").returncode == 0


def test_a_partial_clone_is_told(shared: Desk) -> None:
    """A note: nothing is wrong while the remote can be reached."""
    shared.git("config", "uploadpack.allowFilter", "true", at=shared.path.parent / "remote.git")
    clinic = _clone(shared, "--filter=blob:none")

    assert "partial" in clinic.codes()


def test_a_clone_of_another_branch_learns_where_the_registry_is(shared: Desk) -> None:
    """Only a code branch was cloned, and no branch here holds gitreg.yaml."""
    orphan = shared.git("commit-tree", shared.git("hash-object", "-wt", "tree", "--stdin"), "-m", "Code")
    shared.git("push", "-q", "origin", f"{orphan}:refs/heads/code")
    clinic = _clone(shared, "--single-branch", "--branch", "code")

    clinic.mend("no-registry")

    assert clinic.run("gitreg status").returncode == 0


def test_an_accepted_branch_that_is_gone_comes_back(shared: Desk) -> None:
    """A clone of a detached commit has settings, and no branch that they call accepted."""
    clinic = _clone(shared)
    clinic.run("git checkout -q --detach && git branch -D main && git update-ref -d refs/remotes/origin/main")

    clinic.mend("accepted-branch-missing")


def test_candidates_that_were_fetched_by_plain_git_are_joined(shared: Desk) -> None:
    """Behind is a note, and a fetch of gitreg's mends it."""
    clinic = _clone(shared)
    clinic.run("gitreg fetch")
    shared.log()
    Clinic(shared, shared.path).run("gitreg push")
    clinic.run("git fetch -q origin")

    assert clinic.mend("candidates-behind")["severity"] == "note"


def test_candidates_on_both_sides_are_joined(shared: Desk) -> None:
    """Diverged is a warning, and a push mends it."""
    clinic = _clone(shared)
    clinic.run("gitreg fetch && gitreg log churn -m auc=0.5 --no-code")
    shared.log()
    Clinic(shared, shared.path).run("gitreg push")
    clinic.run("git fetch -q origin")

    assert clinic.mend("candidates-diverged")["severity"] == "warning"


def test_candidates_that_only_this_machine_has_are_named(shared: Desk) -> None:
    """What would be lost with the machine is a note, and pushed."""
    shared.log()
    clinic = Clinic(shared, shared.path)

    found = clinic.mend("unpushed")

    assert found["severity"] == "note"
    assert "1 candidate and" in found["what"]


def test_a_branch_called_gitreg_is_renamed(shared: Desk) -> None:
    """Git cannot keep gitreg/... beside it, so nothing could be proposed or logged."""
    clinic = _clone(shared)
    clinic.run("git branch gitreg")

    clinic.mend("branch-name-taken")


def _without(clinic: Clinic, name: str) -> None:
    """The clone, every object loose, and the object of that name gone."""
    clinic.run(
        "mv .git/objects/pack/*.pack pack && git unpack-objects -q < pack; rm -f pack .git/objects/pack/*"
    )
    blob = clinic.run(f"git rev-parse '{name}'").stdout.strip()
    (clinic.place / ".git/objects" / blob[:2] / blob[2:]).unlink()


def test_an_object_that_is_gone_is_fetched_again(shared: Desk) -> None:
    """With --deep, what Git misses is found, and brought from the remote."""
    clinic = _clone(shared)
    clinic.run("gitreg fetch")
    _without(clinic, "origin/main:.gitreg/trust/roles.yaml")

    assert "damaged-objects" not in clinic.codes()
    clinic.mend("damaged-objects", "--deep")

    assert clinic.run("git fsck").returncode == 0


def test_a_registry_that_cannot_be_opened_for_damage_is_mended(shared: Desk) -> None:
    """Where gitreg.yaml itself is gone, no other command works, and doctor does."""
    clinic = _clone(shared)
    _without(clinic, "origin/main:gitreg.yaml")

    clinic.mend("damaged-objects")

    assert clinic.run("gitreg status").returncode == 0


def test_an_inbox_that_waits_is_folded(shared: Desk) -> None:
    """What others left in the inbox over an hour ago is a warning; a push folds it."""
    tip = shared.tip(CANDIDATES)
    shared.git("fetch", "-q", "origin")
    late = {"GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
    tree = shared.git("rev-parse", f"{tip}^{{tree}}")
    clinic = Clinic(shared, shared.path)
    made = clinic.run(f"git commit-tree -p {tip} -m Log {tree}", **late).stdout.strip()
    shared.git("push", "-q", "origin", f"{made}:refs/gitreg/inbox/{'0' * 32}")
    clinic.run("git fetch -q origin '+refs/gitreg/inbox/*:refs/gitreg/remotes/origin/inbox/*'")

    clinic.mend("inbox-waiting")

    assert shared.git("ls-remote", "origin", "refs/gitreg/inbox/*") == ""


def test_commits_from_the_future_are_a_warning(shared: Desk) -> None:
    """A clock is wrong somewhere; nothing is ordered by it, and nothing needs mending."""
    when = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    clinic = Clinic(shared, shared.path)
    clinic.run("git commit -q --allow-empty -m Later && git push -q origin main", GIT_COMMITTER_DATE=when)

    found = clinic.find("commits-from-the-future")

    assert found["severity"] == "warning"
    assert "from now" in found["what"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_repository_of_another_user_is_trusted_by_the_command(shared: Desk, tmp_path: Path) -> None:
    """CI runners and containers often see a checkout that somebody else made; from a folder inside, too."""
    clinic = _clone(shared)
    clinic.run("gitreg fetch")
    inside = clinic.place / "it's a folder"
    inside.mkdir()
    os.chown(clinic.place, 12345, 12345)
    os.chown(clinic.place / ".git", 12345, 12345)

    found = Clinic(shared, inside).mend("not-trusted")

    assert found["command"] == f"git config --global --add safe.directory {clinic.place}"


def test_a_folder_that_is_no_repository(shared: Desk, tmp_path: Path) -> None:
    """There is nothing to look at; the command makes a registry."""
    empty = tmp_path / "empty"
    empty.mkdir()

    Clinic(shared, empty).mend("no-repository")
