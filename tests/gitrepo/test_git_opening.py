"""Finding and making repositories."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from gitreg.errors import NotFoundError, UsageError
from gitreg.gitrepo import Repository


def test_any_folder_inside_opens_the_repository(folder, environ):
    """The work tree and the Git directory are found from below."""
    (folder / "a/b").mkdir(parents=True)

    with Repository.open(folder / "a/b", environ) as opened:
        assert (opened.work_tree, opened.git_dir, opened.common_dir) == (
            folder,
            folder / ".git",
            folder / ".git",
        )


def test_the_git_folder_itself_opens_the_repository(folder, environ):
    """A hook or a curious person starts there."""
    with Repository.open(folder / ".git", environ) as opened:
        assert (opened.work_tree, opened.git_dir) == (folder, folder / ".git")


def test_a_bare_repository_has_no_work_tree(bare, tmp_path):
    """`work_tree` is None there."""
    assert (bare.work_tree, bare.git_dir) == (None, tmp_path / "bare.git")


def test_a_linked_work_tree_shares_the_common_folder(folder, environ, git, tmp_path):
    """Git directory of its own, common directory of all."""
    git(folder, "worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))

    with Repository.open(tmp_path / "linked", environ) as opened:
        assert opened.common_dir == folder / ".git"
        assert opened.git_dir == folder / ".git/worktrees/linked"
        assert opened.work_tree == tmp_path / "linked"


def test_outside_a_repository_nothing_is_found(tmp_path, environ):
    """The error names the folder and the next step."""
    with pytest.raises(NotFoundError, match="is in no Git repository") as caught:
        Repository.open(tmp_path, environ)

    assert caught.value.hint == "git init"


def test_a_folder_that_is_missing_is_not_found(tmp_path, environ):
    """Git is not even asked."""
    with pytest.raises(NotFoundError, match="does not exist"):
        Repository.open(tmp_path / "none", environ)


def test_a_sha256_repository_is_refused_with_the_reason(tmp_path, environ):
    """DVC cannot work in one."""
    subprocess.run(
        ["git", "init", "-q", "--object-format=sha256", str(tmp_path / "r")], env=environ, check=True
    )

    with pytest.raises(UsageError, match="DVC cannot work in one"):
        Repository.open(tmp_path / "r", environ)


def test_dubious_ownership_is_explained_with_gits_own_next_step(folder, environ, tmp_path):
    """A repository of another user is not opened, and the error says what to type."""
    wrapper = (
        tmp_path / "bin/git"
    )  # real git, told by its own test variable that everything is somebody else's
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)

    with pytest.raises(UsageError, match="belongs to another user") as caught:
        Repository.open(folder, environ | {"PATH": f"{wrapper.parent}:{environ['PATH']}"})

    assert caught.value.hint == f"git config --global --add safe.directory {folder}"


def test_init_takes_no_templates(tmp_path, environ):
    """No sample hook and nothing else from the machine comes along."""
    template = tmp_path / "template"
    (template / "hooks").mkdir(parents=True)
    (template / "hooks/post-commit").write_text("#!/bin/sh\n")

    with Repository.init(
        tmp_path / "r", environ | {"GIT_TEMPLATE_DIR": str(template)}, branch="trunk"
    ) as made:
        assert made.head_branch() == "refs/heads/trunk"
        assert not (made.git_dir / "hooks").exists()


def test_init_ignores_another_object_format_of_the_environment(tmp_path, environ):
    """What is made is a SHA-1 repository."""
    with Repository.init(tmp_path / "r", environ | {"GIT_DEFAULT_HASH": "sha256"}) as made:
        assert made.refs("refs/") == []


@pytest.mark.parametrize("branch", ["-x", "a..b", "a b", ""])
def test_init_refuses_a_bad_branch(tmp_path, environ, branch):
    """The branch's name is checked before Git sees it."""
    with pytest.raises(UsageError):
        Repository.init(tmp_path / "r", environ, branch=branch)


def test_without_git_the_error_says_so(tmp_path, environ):
    """A machine without Git gets a sentence, not a traceback."""
    with pytest.raises(UsageError, match="git could not be started"):
        Repository.open(tmp_path, environ | {"PATH": str(tmp_path)})
