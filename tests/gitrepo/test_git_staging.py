"""Files staged for people who commit by themselves."""

from __future__ import annotations

import pytest

from gitreg.errors import ConflictError, UsageError


def test_staged_files_are_written_and_in_the_index(repository, folder, git):
    """In folders that are made; nothing is committed."""
    tip = repository.resolve("HEAD")

    repository.stage({"gitreg.yaml": b"x\n", "a/b": b"y\n"})

    assert git(folder, "status", "--porcelain") == "A  a/b\nA  gitreg.yaml\n"
    assert repository.resolve("HEAD") == tip


def test_what_is_there_already_and_the_same_is_no_conflict(repository, folder, git):
    """Staging twice is staging once."""
    repository.stage({"a/b": b"y\n"})
    repository.stage({"a/b": b"y\n"})

    assert git(folder, "status", "--porcelain") == "A  a/b\n"


def test_a_users_file_is_not_written_over(repository, folder, git):
    """One file in the way, and none is written."""
    (folder / "z").write_text("mine\n")

    with pytest.raises(ConflictError, match="z is there already"):
        repository.stage({"a": b"x\n", "z": b"x\n"})
    assert git(folder, "status", "--porcelain") == "?? z\n"


@pytest.mark.parametrize("path", ["link", "link/x", "train.py/x"])
def test_a_link_or_file_on_the_way_is_not_written_through(repository, folder, tmp_path, path):
    """Nothing is ever written outside the work tree."""
    (tmp_path / "outside").mkdir()
    (folder / "link").symlink_to(tmp_path / "outside")

    with pytest.raises(ConflictError):
        repository.stage({path: b"x\n"})
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize("path", ["../x", ".git/config", "/x"])
def test_a_path_out_of_the_work_tree_is_refused(repository, path):
    """As in every tree."""
    with pytest.raises(UsageError):
        repository.stage({path: b"x"})


def test_a_bare_repository_stages_nothing(bare):
    """There is no index."""
    with pytest.raises(UsageError):
        bare.stage({"a": b"x"})


def test_a_symbolic_ref_tells_its_target(repository, git, folder):
    """Another ref has none."""
    git(folder, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/main")

    assert repository.symbolic_target("refs/remotes/origin/HEAD") == "refs/heads/main"
    assert repository.symbolic_target("refs/heads/main") is None
