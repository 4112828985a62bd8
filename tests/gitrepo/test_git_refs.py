"""Refs: read, listed, moved by compare-and-swap."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from gitreg.errors import AlreadyThereError, ConflictError, GitregError, UsageError
from gitreg.gitrepo import EMPTY_TREE, ZERO, Ref, RefUpdate, Repository


@pytest.fixture
def commits(bare, who):
    return [bare.write_commit(EMPTY_TREE, [], f"{number}", who, who) for number in range(3)]


def test_a_ref_is_made_moved_and_deleted(bare, commits):
    """Each step from the value of the step before."""
    steps = [(commits[0], ZERO), (commits[1], commits[0]), (ZERO, commits[1])]

    seen = []
    for new, old in steps:
        bare.update_refs([RefUpdate("refs/heads/x", new, old)], "test")
        seen.append(bare.resolve("refs/heads/x"))

    assert seen == [commits[0], commits[1], None]


@pytest.mark.parametrize("expected", [ZERO, "other"])
def test_a_ref_that_moved_is_a_conflict(bare, commits, expected):
    """The old value is wrong, be it another commit or absence."""
    bare.update_refs([RefUpdate("refs/heads/x", commits[0], ZERO)], "test")
    old = ZERO if expected == ZERO else commits[1]

    with pytest.raises(ConflictError, match="refs/heads/x"):
        bare.update_refs([RefUpdate("refs/heads/x", commits[2], old)], "test")
    assert bare.resolve("refs/heads/x") == commits[0]


def test_a_ref_that_is_gone_is_a_conflict(bare, commits):
    """Moving what somebody deleted does not bring it back."""
    with pytest.raises(ConflictError, match="does not exist any more"):
        bare.update_refs([RefUpdate("refs/heads/x", commits[2], commits[1])], "test")


def test_a_transaction_is_whole_or_nothing(bare, commits):
    """One wrong old value, and no ref moves."""
    updates = [RefUpdate("refs/heads/a", commits[0], ZERO), RefUpdate("refs/heads/b", commits[0], commits[1])]

    with pytest.raises(ConflictError, match="refs/heads/b"):
        bare.update_refs(updates, "test")
    assert bare.refs("refs/") == []


def test_after_a_conflict_the_next_update_works(bare, commits):
    """A failed transaction ends the process; the next one gets a new one."""
    bare.update_refs([RefUpdate("refs/heads/x", commits[0], ZERO)], "test")
    with pytest.raises(ConflictError):
        bare.update_refs([RefUpdate("refs/heads/x", commits[1], ZERO)], "test")

    bare.update_refs([RefUpdate("refs/heads/x", commits[1], commits[0])], "test")

    assert bare.resolve("refs/heads/x") == commits[1]


def test_a_killed_writer_is_started_again(bare, commits):
    """Somebody killed the process between two updates."""
    bare.update_refs([RefUpdate("refs/heads/x", commits[0], ZERO)], "test")
    bare._refs._writers["test"]._conversation._process.kill()

    bare.update_refs([RefUpdate("refs/heads/x", commits[1], commits[0])], "test")

    assert bare.resolve("refs/heads/x") == commits[1]


@pytest.mark.parametrize(
    ("there", "wanted"), [("gitreg", "gitreg/candidates"), ("gitreg/candidates", "gitreg")]
)
def test_a_shorter_or_longer_ref_is_in_the_way(bare, commits, there, wanted):
    """A branch `gitreg` and a branch `gitreg/candidates` cannot both exist; the error names the one there is."""
    bare.update_refs([RefUpdate(f"refs/heads/{there}", commits[0], ZERO)], "test")

    with pytest.raises(AlreadyThereError, match=f"beside refs/heads/{there}"):
        bare.update_refs([RefUpdate(f"refs/heads/{wanted}", commits[0], ZERO)], "test")


def test_a_branch_is_not_moved_to_what_is_no_commit(bare, commits):
    """Git's own refusal is passed on."""
    with pytest.raises(GitregError, match="did not move refs/heads/x"):
        bare.update_refs([RefUpdate("refs/heads/x", bare.write_blob(b"x"), ZERO)], "test")


@pytest.mark.parametrize("ref", ["main", "-d", "refs/heads/x\nrefs/heads/y", "refs/heads/x\0", "refs/../x"])
def test_a_bad_name_moves_nothing(bare, commits, ref):
    """It is refused before Git sees it."""
    with pytest.raises(UsageError):
        bare.update_refs([RefUpdate(ref, commits[0], ZERO)], "test")


def test_a_reflog_message_is_one_line(bare):
    """Line ends and NUL are refused."""
    with pytest.raises(UsageError):
        bare.update_refs([RefUpdate("refs/heads/x", ZERO, ZERO)], "a\nb")


def test_the_reflog_says_what_was_done(repository, git, folder, who):
    """Each message comes into the reflog, also when it changes from call to call."""
    one = repository.write_commit(EMPTY_TREE, [], "x", who, who)
    repository.update_refs([RefUpdate("refs/heads/x", one, ZERO)], "gitreg log")
    two = repository.write_commit(EMPTY_TREE, [one], "y", who, who)
    repository.update_refs([RefUpdate("refs/heads/x", two, one)], "gitreg promote")

    assert git(folder, "reflog", "show", "--format=%gs", "refs/heads/x").split("\n")[:2] == [
        "gitreg promote",
        "gitreg log",
    ]


def test_packed_refs_are_read_and_moved(bare, commits, git):
    """`git pack-refs` changes nothing for us."""
    bare.update_refs([RefUpdate("refs/heads/x", commits[0], ZERO)], "test")
    git(bare.git_dir, "pack-refs", "--all", "--prune")

    assert bare.resolve("refs/heads/x") == commits[0]
    bare.update_refs([RefUpdate("refs/heads/x", commits[1], commits[0])], "test")
    assert bare.resolve("refs/heads/x") == commits[1]


def test_a_symbolic_ref_is_resolved(bare, commits, git):
    """As refs/remotes/origin/HEAD is."""
    bare.update_refs([RefUpdate("refs/remotes/origin/main", commits[0], ZERO)], "test")
    git(bare.git_dir, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")

    assert bare.resolve("refs/remotes/origin/HEAD") == commits[0]


@pytest.mark.parametrize("name", ["HEAD", "refs/heads/none", "refs/tags/none"])
def test_a_ref_that_is_not_there_is_none(bare, name):
    """An unborn HEAD too."""
    assert bare.resolve(name) is None


def test_head_is_resolved_attached_and_detached(repository, git, folder):
    """To the commit that is checked out."""
    attached = repository.resolve("HEAD")
    git(folder, "checkout", "-q", "--detach")

    assert attached == repository.resolve("HEAD") == git(folder, "rev-parse", "HEAD").strip()


def test_refs_are_listed_with_what_tags_point_at(repository, git, folder):
    """An annotated tag's target is the commit; others have none."""
    tip = repository.resolve("HEAD")
    git(folder, "tag", "-a", "-m", "x", "v1")
    tag = repository.resolve("refs/tags/v1")

    assert repository.refs("refs/tags/") == [Ref("refs/tags/v1", tag, "tag", tip)]
    assert repository.refs("refs/heads/main") == [Ref("refs/heads/main", tip, "commit", None)]


WRITER = """
import os, sys
from pathlib import Path
from gitreg.errors import ConflictError
from gitreg.gitrepo import RefUpdate, Repository
place, new, old = sys.argv[1:]
with Repository.open(Path(place), os.environ) as repository:
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        repository.update_refs([RefUpdate("refs/heads/x", new, old)], "race")
        print("won")
    except ConflictError:
        print("lost")
"""


def test_of_two_processes_exactly_one_wins(bare, commits, environ):
    """Both move the same ref from the same value at the same moment."""
    bare.update_refs([RefUpdate("refs/heads/x", commits[0], ZERO)], "test")
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(bare.git_dir), new, commits[0]],
            env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for new in commits[1:]
    ]  # fmt: skip
    for racer in racers:
        racer.stdout.readline()
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()

    results = [racer.communicate()[0].strip() for racer in racers]

    assert sorted(results) == ["lost", "won"]
    assert bare.resolve("refs/heads/x") == commits[1 + results.index("won")]


def test_threads_share_one_repository(bare, who, environ):
    """Each thread moves its own ref and reads objects; no answer goes to the wrong one."""
    failures = []

    def work(number):
        old = ZERO
        for step in range(15):
            new = bare.write_commit(EMPTY_TREE, [], f"{number} {step}", who, who)
            bare.update_refs([RefUpdate(f"refs/heads/{number}", new, old)], "test")
            if bare.commit(new).message != f"{number} {step}\n":
                failures.append((number, step))
            old = new

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert [bare.commit(ref.id).message for ref in bare.refs("refs/heads/")] == [
        f"{n} 14\n" for n in range(4)
    ]


def test_a_second_repository_object_sees_the_move_at_once(bare, commits, environ):
    """Nothing about refs is remembered."""
    with Repository.open(bare.git_dir, environ) as other:
        bare.update_refs([RefUpdate("refs/heads/x", commits[0], ZERO)], "test")
        assert other.resolve("refs/heads/x") == commits[0]
        bare.update_refs([RefUpdate("refs/heads/x", commits[1], commits[0])], "test")
        assert other.find("refs/heads/x").id == commits[1]


def test_few_writers_are_kept(bare, commits):
    """A message of its own for each move does not heap up processes."""
    for number in range(6):
        bare.update_refs([RefUpdate(f"refs/heads/x{number}", commits[0], ZERO)], f"test {number}")

    assert len(bare._refs._writers) == 3


def test_a_packed_ref_is_read_without_a_process(bare, commits):
    """What `git pack-refs` wrote, and what it wrote next; a loose ref counts before a packed one."""
    bare.update_refs([RefUpdate("refs/heads/x", commits[0], ZERO)], "test")
    bare._git.run("pack-refs", "--all")
    assert not (bare.common_dir / "refs/heads/x").exists()
    assert bare.resolve("refs/heads/x") == commits[0]

    bare.update_refs([RefUpdate("refs/heads/x", commits[1], commits[0])], "test")
    assert bare.resolve("refs/heads/x") == commits[1]
    bare._git.run("pack-refs", "--all")
    assert bare.resolve("refs/heads/x") == commits[1]

    bare.update_refs([RefUpdate("refs/heads/x", ZERO, commits[1])], "test")
    assert bare.resolve("refs/heads/x") is None
