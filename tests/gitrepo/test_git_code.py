"""The state of the code around a candidate."""

from __future__ import annotations

import os

import pytest

from gitreg.gitrepo import Repository


@pytest.fixture
def published(repository, bare, git, folder):
    """Our main is on origin."""
    git(folder, "remote", "add", "origin", str(bare.git_dir))
    git(folder, "push", "-q", "-u", "origin", "main")
    return repository.resolve("HEAD")


def applied(git, repository, state, tmp_path):
    """Makes the code again from base and patch, as somebody else would; returns path -> bytes."""
    again = tmp_path / "again"
    git(tmp_path, "clone", "-q", "--no-checkout", str(repository.common_dir), "again")
    git(again, "checkout", "-q", "--detach", state.base)
    if state.patch:
        git(again, "apply", "--binary", "-", stdin=state.patch)
    return {
        str(path.relative_to(again)): path.read_bytes()
        for path in again.rglob("*")
        if path.is_file() and ".git/" not in str(path)
    }


def test_clean_published_code_is_its_commit(published, repository, bare):
    """No patch, not dirty."""
    state = repository.code_state()

    assert (state.head, state.base, state.branch) == (published, published, "main")
    assert (state.dirty, state.patch, state.remote_url) == (False, b"", str(bare.git_dir))


def test_the_patch_makes_the_same_files(published, repository, git, folder, tmp_path):
    """Unpushed, staged, unstaged, deleted, binary and untracked changes: somebody else can make them all again."""
    (folder / "unpushed.py").write_text("1\n")
    (folder / "deleted.py").write_text("1\n")
    git(folder, "add", "unpushed.py", "deleted.py")
    git(folder, "commit", "-q", "-m", "Unpushed")
    (folder / "binary").write_bytes(b"\0\1\2" * 10)
    (folder / "staged.py").write_text("2\n")
    git(folder, "add", "binary", "staged.py")
    (folder / "staged.py").write_text("changed again\n")
    (folder / "train.py").write_text("changed\n")
    (folder / "deleted.py").unlink()
    (folder / "-new ü.py").write_text("untracked\n")

    state = repository.code_state()

    assert (state.head, state.base, state.dirty) == (repository.resolve("HEAD"), published, True)
    assert applied(git, repository, state, tmp_path) == {
        "train.py": b"changed\n",
        "unpushed.py": b"1\n",
        "binary": b"\0\1\2" * 10,
        "staged.py": b"changed again\n",
        "-new ü.py": b"untracked\n",
    }


def test_nothing_of_the_users_changes(published, repository, git, folder):
    """Not the index, byte for byte, and not what is staged."""
    (folder / "train.py").write_text("changed\n")
    (folder / "new").write_text("untracked\n")
    before = (folder / ".git/index").read_bytes()

    repository.code_state()

    assert (folder / ".git/index").read_bytes() == before
    assert git(folder, "status", "--porcelain") == " M train.py\n?? new\n"


def test_untracked_files_that_are_no_small_text_are_left_out(published, repository, folder):
    """Binary, large, and links: named, not read."""
    (folder / "binary").write_bytes(b"a\0b")
    (folder / "large").write_bytes(b"x" * 1024 * 1024)
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "ignored").write_text("x")
    (folder / ".git/info").mkdir(exist_ok=True)
    (folder / ".git/info/exclude").write_text("ignored\n")

    state = repository.code_state()

    assert (state.dirty, state.left_out) == (False, ("binary", "large", "link"))


def test_a_touched_file_is_no_change(published, repository, folder):
    """Only content counts."""
    os.utime(folder / "train.py", (1, 1))

    assert not repository.code_state().dirty


def test_without_a_remote_the_base_is_head(repository, folder):
    """There is nothing newer that others could fetch."""
    state = repository.code_state()

    assert (state.base, state.remote_url) == (state.head, None)


def test_credentials_of_the_remote_are_cut(published, repository, git, folder):
    """Nothing secret is recorded."""
    git(folder, "remote", "set-url", "origin", "https://ada:secret@example.com/a.git")

    assert repository.code_state().remote_url == "https://example.com/a.git"


def test_a_detached_head_has_no_branch(published, repository, git, folder):
    """As in CI jobs."""
    git(folder, "checkout", "-q", "--detach")

    assert repository.code_state().branch is None


def test_before_the_first_commit_there_is_no_state(tmp_path, environ):
    """None."""
    with Repository.init(tmp_path / "r", environ) as new:
        assert new.code_state() is None


def test_no_program_of_the_configuration_makes_the_patch(published, repository, git, folder, tmp_path):
    """External diff, textconv and pager do not run, and colours and prefixes do not come in."""
    (folder / ".git/info").mkdir(exist_ok=True)
    (folder / ".git/info/attributes").write_text("*.py diff=evil\n")
    for key in ("diff.external", "diff.evil.command", "diff.evil.textconv", "core.pager"):
        git(folder, "config", key, f"touch {tmp_path}/ran;:")
    for key, value in {"color.ui": "always", "diff.noprefix": "true", "diff.mnemonicPrefix": "true"}.items():
        git(folder, "config", key, value)
    (folder / "train.py").write_text("changed\n")

    state = repository.code_state()

    assert not (tmp_path / "ran").exists()
    assert applied(git, repository, state, tmp_path)["train.py"] == b"changed\n"


def test_a_subfolder_sees_the_whole_tree(published, folder, environ):
    """Where one stands does not matter."""
    (folder / "sub").mkdir()
    (folder / "new").write_text("x\n")

    with Repository.open(folder / "sub", environ) as repository:
        assert b"+++ b/new" in repository.code_state().patch
