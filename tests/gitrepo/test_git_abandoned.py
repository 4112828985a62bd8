"""Locks of killed processes: removed when nobody can hold them, and never before."""

from __future__ import annotations

import os
import subprocess
import time

import pytest

from gitreg.errors import ConflictError
from gitreg.gitrepo import EMPTY_TREE, ZERO, RefUpdate, abandoned

LOCKS = ["refs/heads/x.lock", "packed-refs.lock", "config.lock", "refs/remotes/origin/y.lock"]


@pytest.fixture(autouse=True)
def _a_short_moment(monkeypatch):
    """What is waited for is the same for a lock that stands a tenth of it."""
    monkeypatch.setattr(abandoned, "MOMENT", 0.2)


@pytest.fixture
def commits(bare, who):
    return [bare.write_commit(EMPTY_TREE, [], "one", who, who)]


@pytest.fixture
def working_git(bare):
    """A process of Git, somebody else's child, that works in the repository while the test runs."""
    pipe = subprocess.PIPE
    words = ["sh", "-c", "git hash-object --stdin >/dev/null; :"]
    with subprocess.Popen(words, cwd=bare.common_dir, stdin=pipe) as shell:
        limit = time.monotonic() + 10
        while not bare.health.workers() and time.monotonic() < limit:
            time.sleep(0.01)
        yield
        shell.communicate(b"")


def plant(bare, name, age=10.0):
    """A lock that is so many seconds old."""
    lock = bare.common_dir / name
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    os.utime(lock, (time.time() - age,) * 2)
    return lock


@pytest.mark.parametrize("name", LOCKS)
def test_an_abandoned_lock_goes(bare, name):
    """Nobody works here, and it is old."""
    lock = plant(bare, name)

    assert bare.remove_abandoned_locks()

    assert not lock.exists()


def test_the_users_index_lock_stays(bare):
    """A merge may hold it for an hour."""
    lock = plant(bare, "index.lock", age=7200)

    assert not bare.remove_abandoned_locks()

    assert lock.exists()


def test_a_lock_beside_a_working_git_stays(bare, working_git):
    """It may be its own."""
    lock = plant(bare, "refs/heads/x.lock")

    assert not bare.remove_abandoned_locks()

    assert lock.exists()


def test_a_ref_moves_past_the_lock_of_a_dead_process(bare, commits):
    """The same command run again succeeds."""
    plant(bare, "refs/heads/x.lock", age=0)

    bare.update_refs([RefUpdate("refs/heads/x", commits[0], ZERO)], "test")

    assert bare.resolve("refs/heads/x") == commits[0]


def test_a_setting_is_written_past_the_lock_of_a_dead_process(bare):
    """For `git config` as for refs."""
    plant(bare, "config.lock", age=0)

    bare.set_config("gitreg.test", "x")

    assert bare.config("gitreg.test") == "x"


def test_a_lock_that_may_be_held_is_named(bare, commits, working_git):
    """The error says which file is in the way."""
    lock = plant(bare, "refs/heads/x.lock")

    with pytest.raises(ConflictError, match="locked") as caught:
        bare.update_refs([RefUpdate("refs/heads/x", commits[0], ZERO)], "test")

    assert str(lock) in caught.value.hint
