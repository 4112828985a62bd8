"""The doctor finds what killed processes left in the Git directory, and its commands remove just that."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from clinic import Clinic
from desk import Desk

OLD = time.time() - 7200
LOCKS = [
    "index.lock",
    "HEAD.lock",
    "packed-refs.lock",
    "shallow.lock",
    "config.lock",
    "refs/heads/main.lock",
    "refs/heads/gitreg/candidates.lock",
    "objects/info/commit-graphs/commit-graph-chain.lock",
    "objects/maintenance.lock",
    "worktrees/other/index.lock",
]


@pytest.fixture
def clinic(desk: Desk) -> Clinic:
    """A healthy registry."""
    return Clinic(desk, desk.path)


def _plant(file: Path, when: float = OLD) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    os.utime(file, (when, when))
    return file


def test_every_stale_lock_is_found(clinic: Clinic) -> None:
    """Locks of branches, of the index, of linked work trees: each with the command that removes it, and it does."""
    files = [_plant(clinic.place / ".git" / name) for name in LOCKS]

    found = [one for one in clinic.findings() if one["code"] == "stale-lock"]
    for one in found:
        clinic.run(one["command"])

    assert len(found) == len(LOCKS)
    assert not any(file.exists() for file in files)
    assert "stale-lock" not in clinic.codes()


def test_a_lock_with_a_hostile_name_is_removed_and_nothing_else(clinic: Clinic) -> None:
    """A branch's name may hold what a shell acts on; the printed command is safe to paste."""
    name = ".git/refs/heads/-rf $(touch pwned); 'x' \"y\" \n&\x1b[31m.lock"
    file = _plant(clinic.place / name)

    clinic.mend("stale-lock")

    assert not file.exists()
    assert not (clinic.place / "pwned").exists()


def test_the_next_log_works_once_the_lock_is_gone(clinic: Clinic) -> None:
    """What doctor names is what stopped the log."""
    _plant(clinic.place / ".git/refs/heads/gitreg/candidates.lock")
    blocked = clinic.run("git branch -f gitreg/candidates gitreg/candidates~")

    clinic.mend("stale-lock")

    assert blocked.returncode != 0
    assert clinic.run("gitreg log churn -m auc=0.9 --no-code").returncode == 0


def test_a_lock_beside_a_living_git_is_left_alone(clinic: Clinic) -> None:
    """While a process of Git works here, its locks are its own, however old."""
    clinic.apart = True
    _plant(clinic.place / ".git/index.lock")
    with subprocess.Popen(
        ["git", "hash-object", "--stdin"], cwd=clinic.place, stdin=subprocess.PIPE
    ) as process:
        beside = clinic.codes()
        process.kill()

    assert "stale-lock" not in beside
    assert "stale-lock" in clinic.codes()


def test_a_git_that_only_waits_for_questions_holds_no_lock(clinic: Clinic) -> None:
    """A training that runs keeps two processes of Git; they do not hide an old lock."""
    clinic.apart = True
    _plant(clinic.place / ".git/index.lock")
    with subprocess.Popen(["git", "cat-file", "--batch"], cwd=clinic.place, stdin=subprocess.PIPE) as process:
        beside = clinic.codes()
        process.kill()

    assert "stale-lock" in beside


def test_a_young_lock_is_a_warning(clinic: Clinic) -> None:
    """Another machine may hold it this very second, so it is not an error yet."""
    _plant(clinic.place / ".git/index.lock", time.time())

    assert clinic.mend("young-lock")["severity"] == "warning"


def test_the_mark_of_a_dead_collector_is_found(clinic: Clinic) -> None:
    """`gc.pid` of a process that is gone, and only that."""
    (clinic.place / ".git/gc.pid").write_text(f"999999999 {os.uname().nodename}")

    clinic.mend("stale-gc-pid")

    (clinic.place / ".git/gc.pid").write_text(f"{os.getpid()} {os.uname().nodename}")
    assert "stale-gc-pid" not in clinic.codes()


def test_half_written_files_are_found_after_a_day(clinic: Clinic) -> None:
    """What Git and gitreg left half-written is removed; objects and young files stay."""
    git_dir, yesterday = clinic.place / ".git", time.time() - 90000
    old = [_plant(git_dir / name, yesterday) for name in ("objects/tmp_obj_x", "objects/ab/tmp_obj_y")]
    old.append(_plant(git_dir / "objects/pack/tmp_pack_z", yesterday))
    young = _plant(git_dir / "objects/tmp_obj_young", time.time())

    clinic.mend("leftover")

    assert not any(file.exists() for file in old)
    assert young.exists()
    assert clinic.run("git fsck --strict").returncode == 0


CHILD = "import gitreg, time; gitreg.start('churn').log_metric('loss', 0.5); print('up', flush=True); time.sleep(60)"


def test_a_killed_training_is_found_and_recovered(clinic: Clinic) -> None:
    """A draft without a process is an error until it is a candidate."""
    words = [sys.executable, "-c", CHILD]
    with subprocess.Popen(
        words, cwd=clinic.place, env=clinic.environ, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        running = clinic.codes()
        process.send_signal(signal.SIGKILL)

    clinic.mend("dead-draft")

    assert "dead-draft" not in running
    assert "killed" in clinic.run("gitreg list --columns status").stdout


def test_a_damaged_draft_is_put_aside(clinic: Clinic) -> None:
    """What cannot be read disturbs nobody any more, and is not deleted."""
    draft = clinic.place / ".git/gitreg/drafts" / ("a" * 32)
    draft.mkdir(parents=True)
    (draft / "candidate.json").write_text("{")

    clinic.mend("damaged-draft")

    assert (clinic.place / ".git/gitreg/damaged" / ("a" * 32) / "candidate.json").read_text() == "{"
