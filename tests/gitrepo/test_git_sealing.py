"""What is written while somebody runs `git gc --prune=now` beside it stays, or the ref does not move."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gitreg.errors import ConflictError
from gitreg.gitrepo import ZERO, Identity, ObjectId, RefUpdate, Repository
from gitreg.gitrepo.sealing import PrunedError

REF = "refs/heads/gitreg/candidates"
SLEEPER = "import sys, time; print('up', flush=True); time.sleep(60)"


@pytest.fixture
def pruning(repository: Repository) -> Iterator[None]:
    """A process that looks as `git gc --prune=now` does to everybody beside it, and stays."""
    words = [sys.executable, "-c", SLEEPER, "--prune=now"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        (repository.common_dir / "gc.pid").write_text(f"{process.pid} {os.uname().nodename}")
        yield
        process.kill()


def _packs(repository: Repository) -> list[str]:
    return sorted(path.suffix for path in (repository.common_dir / "objects/pack").glob("pack-*"))


def test_what_is_written_beside_a_prune_is_in_a_pack(
    repository: Repository,
    commit_on: Callable[..., ObjectId],
    pruning: None,
    folder: Path,
    git: Callable[..., str],
) -> None:
    """A prune that saw the refs before they moved takes the loose objects, and the commit is whole nevertheless."""
    new = commit_on(repository, REF, {"a/b": b"1"})
    git(folder, "prune-packed")
    for path in (folder / ".git/objects").glob("??/*"):
        if path.parent.name + path.name in git(folder, "rev-list", "--objects", new, "--not", "main"):
            path.unlink()

    assert git(folder, "show", f"{new}:a/b") == "1"
    git(folder, "fsck", "--strict", "--connectivity-only")


def test_its_mark_goes_when_the_ref_has_moved(
    repository: Repository, commit_on: Callable[..., ObjectId], pruning: None
) -> None:
    """The pack is an ordinary one afterwards, which the next repack takes in."""
    commit_on(repository, REF, {"a/b": b"1"})

    assert ".pack" in _packs(repository)
    assert ".keep" not in _packs(repository)
    assert not list((repository.common_dir / "objects").glob("gitreg-*"))


def test_without_a_prune_there_is_no_pack(repository: Repository, commit_on: Callable[..., ObjectId]) -> None:
    """Ordinary days cost no process."""
    commit_on(repository, REF, {"a/b": b"1"})

    assert _packs(repository) == []


def test_what_git_does_by_itself_is_no_danger(
    repository: Repository, commit_on: Callable[..., ObjectId]
) -> None:
    """`git gc --auto` leaves what is younger than two weeks, so nothing is done about it."""
    words = [sys.executable, "-c", SLEEPER, "gc", "--auto"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        (repository.common_dir / "gc.pid").write_text(f"{process.pid} {os.uname().nodename}")

        commit_on(repository, REF, {"a/b": b"1"})

        process.kill()
    assert _packs(repository) == []


@pytest.mark.parametrize("key", ["gc.pruneExpire"])
def test_unless_the_user_let_it_take_what_is_young(
    repository: Repository, commit_on: Callable[..., ObjectId], key: str
) -> None:
    """`gc.pruneExpire` makes every collector dangerous."""
    repository.set_config(key, "now")
    (repository.common_dir / "gc.pid").write_text(f"{os.getpid()} {os.uname().nodename}")

    commit_on(repository, REF, {"a/b": b"1"})

    assert ".pack" in _packs(repository)


def test_a_ref_never_moves_to_what_is_gone(
    repository: Repository, who: Identity, folder: Path, git: Callable[..., str]
) -> None:
    """What was pruned before the ref moved is noticed; written again, it is whole."""
    head = repository.resolve("refs/heads/main")
    assert head is not None

    def write() -> ObjectId:
        tree = repository.edit_tree(repository.commit(head).tree, {"a/b": b"1"})
        return repository.write_commit(tree, [head], "m", who, who)

    lost = write()
    git(folder, "prune", "--expire=now")
    with pytest.raises(PrunedError):
        repository.update_refs([RefUpdate(REF, lost, ZERO)], "test")
    left = repository.resolve(REF)
    repository.update_refs([RefUpdate(REF, write(), ZERO)], "test")

    assert left is None
    assert git(folder, "show", f"{REF}:a/b") == "1"


def test_a_ref_that_moved_too_early_moves_back(
    repository: Repository, commit_on: Callable[..., ObjectId], monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    """Where a prune took the objects while the ref moved, it goes back to where all was well."""
    first = commit_on(repository, REF, {"a": b"1"})
    moving = repository._refs.update

    def move_and_lose(updates: list[RefUpdate], message: str) -> None:
        moving(updates, message)
        monkeypatch.setattr(repository._refs, "update", moving)
        new = updates[0].new
        (folder / ".git/objects" / new[:2] / new[2:]).unlink()

    monkeypatch.setattr(repository._refs, "update", move_and_lose)
    with pytest.raises(ConflictError):
        commit_on(repository, REF, {"a": b"2"})

    assert repository.resolve(REF) == first


def test_a_writer_beside_a_prune_loses_nothing(
    repository: Repository, who: Identity, folder: Path, environ: dict[str, str], git: Callable[..., str]
) -> None:
    """Real `git gc --prune=now`, over and over beside a writer that tries again: every commit is whole."""
    done = threading.Event()

    def collect() -> None:
        while not done.is_set():
            subprocess.run(
                ["git", "gc", "-q", "--prune=now"], cwd=folder, env=environ, capture_output=True, check=False
            )

    def write(number: int) -> None:
        old = repository.resolve(REF)
        base = repository.commit(old).tree if old else None
        tree = repository.edit_tree(base, {f"{number % 16:x}/{number}": os.urandom(300)})
        new = repository.write_commit(tree, [old] if old else [], "m", who, who)
        repository.update_refs([RefUpdate(REF, new, old or ZERO)], "test")

    collector = threading.Thread(target=collect)
    collector.start()
    try:
        for number in range(60):
            for _ in range(30):
                with suppress(ConflictError):
                    write(number)
                    break
    finally:
        done.set()
        collector.join()

    git(folder, "fsck", "--strict")
    assert len(git(folder, "ls-tree", "-r", "--name-only", REF).split()) == 60
