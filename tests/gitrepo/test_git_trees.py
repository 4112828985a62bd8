"""Trees read, walked and edited."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gitreg.errors import AlreadyThereError, RecordError, UsageError
from gitreg.gitrepo import EMPTY_TREE, Repository


def paths_of(repository, tree):
    return {path: repository.find(entry.id).content for path, entry in repository.walk(tree)}


def test_files_are_added_changed_and_deleted_at_once(repository):
    """One edit does all three, at any depth."""
    base = repository.edit_tree(None, {"a/b/c": b"1", "a/d": b"2", "e": b"3"})

    tree = repository.edit_tree(base, {"a/b/c": None, "a/d": b"new", "x/y/z": b"4"})

    assert paths_of(repository, tree) == {"a/d": b"new", "e": b"3", "x/y/z": b"4"}


def test_a_folder_without_files_vanishes(repository):
    """Git knows no empty folders."""
    base = repository.edit_tree(None, {"a/b/c": b"1", "e": b"3"})

    assert list(repository.tree(repository.edit_tree(base, {"a/b/c": None}))) == ["e"]


def test_without_any_file_the_tree_is_the_empty_one(repository, git, folder):
    """The empty tree is a real object, so that plain git can read and push a commit of it."""
    tree = repository.edit_tree(repository.edit_tree(None, {"a/b": b"1"}), {"a/b": None})

    assert tree == EMPTY_TREE
    assert (repository.common_dir / "objects/4b").is_dir()


def test_deleting_what_is_not_there_changes_nothing(repository):
    """Neither a missing file nor one below a file."""
    base = repository.edit_tree(None, {"a": b"1"})

    assert repository.edit_tree(base, {"b": None, "c/d": None, "a/b": None}) == base


@pytest.mark.parametrize("changes", [{"a/b": b"x"}, {"d": b"x"}, {"d": None}])
def test_a_file_and_a_folder_do_not_replace_each_other(repository, changes):
    """Neither is lost by accident."""
    base = repository.edit_tree(None, {"a": b"1", "d/e": b"2"})

    with pytest.raises(AlreadyThereError):
        repository.edit_tree(base, changes)


def test_a_file_becomes_a_folder_when_both_are_said(repository):
    """Deleting the one and writing the other in the same edit is on purpose."""
    base = repository.edit_tree(None, {"a": b"1", "d/e": b"2"})

    tree = repository.edit_tree(base, {"a": None, "a/b": b"x", "d/e": None, "d": b"y"})

    assert paths_of(repository, tree) == {"a/b": b"x", "d": b"y"}


def test_an_executable_stays_one(repository, git, folder):
    """The mode of a file that is changed is kept; the other entries are not looked at."""
    (folder / "run").write_text("x")
    git(folder, "update-index", "--add", "--chmod=+x", "run")
    base = git(folder, "write-tree").strip()

    assert repository.entry(repository.edit_tree(base, {"run": b"y"}), "run").mode == 0o100755


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", ".git/config", "a/.GIT/x", "", "a\0b", "\udc80"])
def test_a_bad_path_writes_nothing(repository, path):
    """It is refused before any object is made."""
    with pytest.raises(UsageError):
        repository.edit_tree(None, {path: b"x"})


NAMES = st.sampled_from(["a", "a.b", "a-b", "a0", "b", "ä", "-x", "a b", "A", "z\n"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.dictionaries(PATHS, st.binary(max_size=3), min_size=1, max_size=8), data=st.data())
def test_an_edit_gives_the_tree_that_git_gives(bare, environ, first, data):
    """For any set of paths, the id is that of `git update-index` and `git write-tree`."""
    assume(not any(other.startswith(path + "/") for path in first for other in first))
    gone = data.draw(st.sets(st.sampled_from(sorted(first)), max_size=len(first) - 1))
    changed = data.draw(st.dictionaries(st.sampled_from(sorted(set(first) - gone)), st.binary(max_size=3)))

    base = bare.edit_tree(None, first)
    tree = bare.edit_tree(base, dict.fromkeys(gone) | changed)

    after = {path: content for path, content in (first | changed).items() if path not in gone}
    assert (base, tree) == (by_plain_git(bare, environ, first), by_plain_git(bare, environ, after))


def by_plain_git(repository, environ, files):
    index = repository.git_dir / "scratch-index"
    index.unlink(missing_ok=True)
    lines = b"".join(
        b"100644 %s\t%s\0" % (repository.write_blob(content).encode(), path.encode())
        for path, content in files.items()
    )

    def run(*words, stdin=b""):
        extra = environ | {"GIT_INDEX_FILE": str(index)}
        return subprocess.run(
            ["git", *words], cwd=repository.git_dir, env=extra, input=stdin, check=True, capture_output=True
        ).stdout

    run("update-index", "-z", "--add", "--index-info", stdin=lines)
    return run("write-tree").decode().strip()


def test_an_edit_touches_only_the_trees_on_its_path(repository):
    """The cost follows the change: other trees are not even read."""
    missing = "1" * 40
    raw = b"40000 far\0" + bytes.fromhex(missing)
    base = repository._objects.write("tree", raw)

    tree = repository.edit_tree(base, {"near/x": b"1"})

    assert repository.tree(tree)["far"].id == missing


def test_an_entry_is_found_by_path(repository):
    """A file, a folder, and what is not there, even below a file."""
    tree = repository.edit_tree(None, {"a/b/c": b"1"})

    assert repository.entry(tree, "a/b/c").is_file
    assert repository.entry(tree, "a/b").is_folder
    assert repository.entry(tree, "a/x/c") is None
    assert repository.entry(tree, "a/b/c/d") is None


def test_a_file_of_a_commit_is_read(repository):
    """By commit and path; a missing file is None."""
    tip = repository.resolve("refs/heads/main")

    assert repository.blob_at(tip, "train.py") == b"print('training')\n"
    assert repository.blob_at(tip, "none.py") is None


def test_a_file_over_the_limit_is_refused(repository):
    """One mebibyte, or what the caller says."""
    with pytest.raises(RecordError, match="18 bytes"):
        repository.blob_at(repository.resolve("HEAD"), "train.py", limit=17)


@pytest.mark.parametrize(("mode", "what"), [("120000", "symbolic link"), ("160000", "submodule")])
def test_a_link_or_submodule_is_not_read_as_a_file(repository, git, folder, commit_on, mode, what):
    """Records are regular files."""
    id_ = repository.write_blob(b"/etc/passwd") if mode == "120000" else repository.resolve("HEAD")
    git(folder, "update-index", "--add", "--cacheinfo", f"{mode},{id_},trap")
    git(folder, "commit", "-q", "-m", "Trap")

    with pytest.raises(RecordError, match=what):
        repository.blob_at(repository.resolve("HEAD"), "trap")


@pytest.mark.parametrize("name", [b"..", b".", b".git", b".GIT", b"a/b", b"", b"\xff", b"git~1"])
def test_a_hostile_name_in_a_tree_is_refused(repository, name):
    """Somebody else's tree cannot make us name a path outside."""
    blob = bytes.fromhex(repository.write_blob(b"x"))
    tree = repository._objects.write("tree", b"100644 " + name + b"\0" + blob)

    with pytest.raises(RecordError):
        repository.tree(tree)


@pytest.mark.parametrize(
    "raw",
    [b"garbage", b"100644 a\0short", b"100648 a\0" + b"x" * 20, b" a\0" + b"x" * 20,
     b"100644 a\0" + b"x" * 20 + b"100644 a\0" + b"y" * 20],
)  # fmt: skip
def test_a_malformed_tree_is_refused(repository, raw):
    """Broken bytes, broken modes, and a name that is there twice."""
    tree = repository._objects.write("tree", raw)

    with pytest.raises(RecordError, match="malformed"):
        repository.tree(tree)


def test_a_strangers_name_does_not_hinder_an_edit_beside_it(repository, git, folder):
    """In a user's own tree there may be names that are not UTF-8: they are kept as they are."""
    blob = repository.write_blob(b"x")
    base = repository._objects.write("tree", b"100644 \xff\0" + bytes.fromhex(blob))

    tree = repository.edit_tree(base, {"a": b"1"})

    assert '"\\377"' in git(folder, "ls-tree", tree)


def test_everything_written_is_strictly_sound(bare, who, git):
    """`git fsck --strict` finds nothing, whatever the names."""
    files = {
        "a": b"1",
        "a.b": b"2",
        "a-b/c": b"3",
        "a0/-x": b"4",
        "ü/\n": b"5",
        "a b/--": b"",
        ".gitreg/x": b"6",
    }
    commit = bare.write_commit(bare.edit_tree(None, files), [], "x", who, who)
    git(bare.git_dir, "update-ref", "refs/heads/main", commit)

    assert git(bare.git_dir, "fsck", "--strict", "--no-progress") == ""


def test_the_empty_repository_walks_nothing(bare: Repository):
    """The empty tree is known even where nobody wrote it."""
    assert list(bare.walk(EMPTY_TREE)) == []


def test_a_tree_that_was_just_written_is_read_in_git_s_order(bare):
    """What is remembered of a tree is what Git would read of it, order and all."""
    tree = bare.edit_tree(None, {"a/x": b"1", "a.b": b"2", "a-b": b"3"})
    again = bare.edit_tree(tree, {"Z": b"4", "a0": b"5"})

    listed = bare.edit_tree(again, {"a0": None, "Z": None})
    assert list(bare.tree(again)) == ["Z", "a-b", "a.b", "a", "a0"]
    assert listed == tree
