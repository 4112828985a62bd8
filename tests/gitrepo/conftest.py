"""A real repository, opened; plain git beside it, to look at what was done; a fixed person and time."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gitreg.gitrepo import ZERO, Identity, ObjectId, RefUpdate, Repository

PlainGit = Callable[..., str]


@pytest.fixture
def git(environ: dict[str, str]) -> PlainGit:
    """Plain git: runs words in a folder and returns what it said."""

    def run(folder: Path, *words: str, stdin: bytes = b"", **extra: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=folder, env=environ | extra, input=stdin, check=True, capture_output=True
        )
        return done.stdout.decode()

    return run


@pytest.fixture
def who() -> Identity:
    return Identity("Ada Example", "ada@example.com", datetime(2026, 11, 22, 15, 4, 5, tzinfo=UTC))


@pytest.fixture
def folder(make_repository: Callable[[Path], Path], tmp_path: Path) -> Path:
    """A repository with one commit, train.py, on main."""
    return make_repository(tmp_path / "work")


@pytest.fixture
def repository(folder: Path, environ: dict[str, str]) -> Iterator[Repository]:
    with Repository.open(folder, environ) as opened:
        yield opened


@pytest.fixture
def commit_on(who: Identity) -> Callable[..., ObjectId]:
    """Commits changes on a branch by objects only, as gitreg does; returns the new commit."""

    def commit(
        repository: Repository, ref: str, changes: Mapping[str, bytes | None], message: str = "Change"
    ) -> ObjectId:
        old = repository.resolve(ref)
        base = repository.commit(old).tree if old else None
        new = repository.write_commit(
            repository.edit_tree(base, changes), [old] if old else [], message, who, who
        )
        repository.update_refs([RefUpdate(ref, new, old or ZERO)], "test")
        return new

    return commit


@pytest.fixture
def bare(environ: dict[str, str], tmp_path: Path) -> Iterator[Repository]:
    with Repository.init(tmp_path / "bare.git", environ, bare=True) as made:
        yield made


@pytest.fixture
def graph(bare, who):
    """Root - one - merge (first parent one, second side) - last; side changes b on its own."""

    def commit(name, parents, changes):
        base = bare.commit(parents[0]).tree if parents else None
        return bare.write_commit(bare.edit_tree(base, changes), parents, name, who, who)

    root = commit("root", [], {"a": b"1", "b": b"1"})
    one = commit("one", [root], {"a": b"2"})
    side = commit("side", [root], {"b": b"2"})
    merge = commit("merge", [one, side], {"b": b"2"})
    last = commit("last", [merge], {"c/d": b"1"})
    return {"root": root, "one": one, "side": side, "merge": merge, "last": last}
