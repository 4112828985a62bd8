"""One honest registry with two candidates, made once; each test gets a copy to spoil."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from acknowledged import read_all
from crowd import work
from ground import Ground, prepare
from subject import Subject


@pytest.fixture(scope="session")
def honest_ground(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ground, Subject]:
    """Two candidates that one writer logged and pushed, a clone that saw it: read it, never write to it."""
    ground = prepare(tmp_path_factory.mktemp("ground"))
    clone, file = ground.clone("writer"), ground.folder / "acknowledged"
    words = ["one_writer.py", str(clone), "--each", "2", "--experiment", "churn", "--name", "w"]
    crowd = work("one writer", [[*words, "--acknowledged", str(file)]], ground.environ)
    assert crowd.failures == []
    subject = Subject(
        remote=str(ground.remote),
        environ=ground.environ,
        acknowledged=read_all([file]),
        server=ground.remote,
        clones=[clone],
        storage=ground.storage,
        exact=True,
        fresh=ground.clone("fresh"),
    )
    return ground, subject


@pytest.fixture
def subject(honest_ground: tuple[Ground, Subject], tmp_path: Path) -> Subject:
    """A copy of the honest registry, for the checker to look at."""
    ground, honest = honest_ground
    place = tmp_path / "copy"
    shutil.copytree(ground.folder, place)
    copied = replace(
        honest,
        remote=str(place / "remote.git"),
        server=place / "remote.git",
        clones=[place / "writer"],
        storage=place / "storage",
        fresh=place / "fresh",
    )
    for clone in (copied.fresh, *copied.clones):
        copied.git("remote", "set-url", "origin", copied.remote, at=clone)
    return copied
