"""Work trees follow their branch; what the user has not committed stays exactly as it was."""

from __future__ import annotations

import os

import pytest

from gitreg.errors import ConflictError
from gitreg.gitrepo import EMPTY_TREE, ZERO, RefUpdate, Repository


def status(git, folder):
    return git(folder, "status", "--porcelain", "--untracked-files=all").splitlines()


@pytest.fixture(params=["main work tree", "linked work tree"])
def place(request, folder, git, tmp_path):
    """A work tree on a branch with three files, and that branch."""
    for name in ("a", "b", "c"):
        (folder / name).write_text(f"{name}\n")
    git(folder, "add", "a", "b", "c")
    git(folder, "commit", "-q", "-m", "Three files")
    if request.param == "main work tree":
        return folder, "refs/heads/main"
    git(folder, "worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    return tmp_path / "linked", "refs/heads/side"


def test_files_follow(place, repository, commit_on, git):
    """Changed, added and deleted files are as in the new commit, and git status is clean."""
    here, ref = place

    commit_on(repository, ref, {"a": b"new\n", "b": None, "d/e": b"x\n"})

    assert ((here / "a").read_text(), (here / "b").exists(), (here / "d/e").read_text()) == (
        "new\n",
        False,
        "x\n",
    )
    assert status(git, here) == []


def test_staged_unstaged_and_untracked_changes_stay(place, repository, commit_on, git):
    """Those of other files are neither lost, nor staged, nor unstaged; a stash stays too."""
    here, ref = place
    (here / "c").write_text("stashed\n")
    git(here, "stash", "-q")
    (here / "b").write_text("staged\n")
    git(here, "add", "b")
    (here / "b").write_text("staged and changed again\n")
    (here / "c").write_text("unstaged\n")
    (here / "notes").write_text("untracked\n")
    before = status(git, here)

    commit_on(repository, ref, {"a": b"new\n"})

    assert status(git, here) == before == ["MM b", " M c", "?? notes"]
    assert git(here, "show", ":b") == "staged\n"
    assert (here / "a").read_text() == "new\n"
    assert git(here, "stash", "show", "--name-only") == "c\n"


def unstaged(here, git):
    (here / "a").write_text("mine\n")


def staged(here, git):
    (here / "a").write_text("mine\n")
    git(here, "add", "a")


def untracked(here, git):
    (here / "new").write_text("mine\n")


def ignored(here, git):
    (here / ".gitignore").write_text("new\n")
    (here / "new").write_text("mine\n")


def deleted(here, git):
    git(here, "rm", "-q", "a")
    (here / "a").write_text("mine\n")


@pytest.mark.parametrize("change", [unstaged, staged, untracked, ignored, deleted])
def test_a_change_in_the_way_stops_everything(place, repository, commit_on, git, change):
    """The error names the path; branch, index and files are untouched."""
    here, ref = place
    change(here, git)
    before = (repository.resolve(ref), status(git, here), git(here, "ls-files", "-s"))
    path = "new" if (here / "new").exists() else "a"

    with pytest.raises(ConflictError, match=rf"in the way: {path}$"):
        commit_on(repository, ref, {"a": b"theirs\n", "new": b"theirs\n"})
    assert (repository.resolve(ref), status(git, here), git(here, "ls-files", "-s")) == before
    assert (here / path).read_text() == "mine\n"


def test_an_ignored_folder_is_not_replaced_by_a_file(place, repository, commit_on, git):
    """What is ignored is often the dearest: data, models, environments."""
    here, ref = place
    (here / ".gitignore").write_text("new/\n")
    (here / "new").mkdir()
    (here / "new/model").write_text("mine\n")

    with pytest.raises(ConflictError, match=r"in the way: new/model$"):
        commit_on(repository, ref, {"new": b"theirs\n"})
    assert (here / "new/model").read_text() == "mine\n"


def test_an_ignored_file_is_not_replaced_by_a_folder(place, repository, commit_on):
    """Nor the other way round, and a link is not walked through."""
    here, ref = place
    (here / ".gitignore").write_text("new\n")
    (here / "new").symlink_to("/tmp")

    with pytest.raises(ConflictError, match=r"in the way: new$"):
        commit_on(repository, ref, {"new/deep/x": b"theirs\n"})
    assert (here / "new").is_symlink()


def test_a_tracked_file_is_replaced_by_a_folder(place, repository, commit_on, git):
    """What is committed is not in the way."""
    here, ref = place

    commit_on(repository, ref, {"a": None, "a/x": b"new\n"})

    assert (here / "a/x").read_text() == "new\n"
    assert status(git, here) == []


def test_a_touched_file_is_not_in_the_way(place, repository, commit_on, git):
    """Only content counts, not the time in the index."""
    here, ref = place
    os.utime(here / "a", (1, 1))

    commit_on(repository, ref, {"a": b"new\n"})

    assert (here / "a").read_text() == "new\n"


def test_a_lost_race_leaves_the_files_alone(place, repository, git, who):
    """The ref moves first; when it does not, nothing does."""
    here, ref = place
    tip = repository.resolve(ref)
    wrong = repository.commit(tip).parents[0]
    new = repository.write_commit(EMPTY_TREE, [tip], "x", who, who)

    with pytest.raises(ConflictError):
        repository.update_refs([RefUpdate(ref, new, wrong)], "test")
    assert status(git, here) == []


def test_a_branch_under_a_work_tree_is_not_deleted(place, repository):
    """As git branch -d refuses it."""
    _, ref = place

    with pytest.raises(ConflictError, match="is checked out in"):
        repository.update_refs([RefUpdate(ref, ZERO, repository.resolve(ref))], "test")


def test_an_unborn_branch_is_followed(tmp_path, environ, git, commit_on):
    """The first commit of a new repository appears in its work tree; staged files stay staged."""
    with Repository.init(tmp_path / "r", environ) as new:
        (tmp_path / "r/mine").write_text("mine\n")
        git(tmp_path / "r", "add", "mine")

        commit_on(new, "refs/heads/main", {"gitreg.yaml": b"x\n"})

    assert (tmp_path / "r/gitreg.yaml").read_text() == "x\n"
    assert status(git, tmp_path / "r") == ["A  mine"]


def test_an_untracked_file_stops_the_first_commit_too(tmp_path, environ, commit_on):
    """An unborn branch has no old tree, and the user's files are as dear."""
    with Repository.init(tmp_path / "r", environ) as new:
        (tmp_path / "r/gitreg.yaml").write_text("mine\n")

        with pytest.raises(ConflictError, match=r"gitreg\.yaml"):
            commit_on(new, "refs/heads/main", {"gitreg.yaml": b"x\n"})
        assert new.resolve("refs/heads/main") is None


def test_another_branch_touches_no_files(repository, commit_on, folder, git):
    """A branch that is checked out nowhere moves alone."""
    commit_on(repository, "refs/heads/gitreg/candidates", {"train.py": b"other\n"})

    assert (folder / "train.py").read_text() == "print('training')\n"
    assert status(git, folder) == []


def test_all_checkouts_are_listed(repository, git, folder, tmp_path):
    """Main and linked work trees, not detached ones, not those whose folder is gone."""
    git(folder, "worktree", "add", "-q", "-b", "one", str(tmp_path / "one"))
    git(folder, "worktree", "add", "-q", "-b", "gone", str(tmp_path / "gone"))
    git(folder, "worktree", "add", "-q", "--detach", str(tmp_path / "loose"))
    (tmp_path / "gone").rename(tmp_path / "elsewhere")

    assert repository.checkouts() == {"refs/heads/main": folder, "refs/heads/one": tmp_path / "one"}


def test_the_main_work_tree_is_seen_from_a_linked_one(git, folder, tmp_path, environ):
    """The checkouts are those of the repository, wherever one stands."""
    git(folder, "worktree", "add", "-q", "-b", "one", str(tmp_path / "one"))

    with Repository.open(tmp_path / "one", environ) as linked:
        assert linked.checkouts() == {"refs/heads/main": folder, "refs/heads/one": tmp_path / "one"}
        assert linked.head_branch() == "refs/heads/one"


@pytest.mark.parametrize("name", ["project.git", "project/.git"])
def test_a_bare_repository_with_a_work_tree_has_only_that_one(tmp_path, commit_on, git, environ, name):
    """HEAD of a bare repository is no checkout, whatever its folder is called."""
    with Repository.init(tmp_path / name, environ, bare=True) as bare:
        commit_on(bare, "refs/heads/main", {"a": b"x"})
        git(bare.git_dir, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))

        with Repository.open(tmp_path / "side", environ) as linked:
            assert linked.checkouts() == bare.checkouts() == {"refs/heads/side": tmp_path / "side"}


def test_a_detached_head_is_on_no_branch(repository, git, folder):
    """And nothing follows."""
    git(folder, "checkout", "-q", "--detach")

    assert (repository.head_branch(), repository.checkouts()) == (None, {})


def test_an_unborn_branch_has_a_name(tmp_path, environ):
    """Before the first commit HEAD names it already."""
    with Repository.init(tmp_path / "r", environ, branch="trunk") as new:
        assert new.head_branch() == "refs/heads/trunk"
