"""Merges without a work tree, an index, attributes or drivers."""

from __future__ import annotations

import subprocess
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitreg.errors import ConflictError
from gitreg.gitrepo import EMPTY_TREE, ZERO, RefUpdate, Repository
from gitreg.gitrepo.bases import Bases


@pytest.fixture
def commit(bare, who):
    """Makes a commit of these files, and nothing else, on parents."""

    def make(files, *parents):
        return bare.write_commit(bare.edit_tree(None, files), parents, "x", who, who)

    return make


def test_changes_of_different_files_merge(bare, graph):
    """Without work tree, index or ref."""
    tree = bare.merge_trees([graph["one"], graph["side"]])

    assert tree == bare.commit(graph["merge"]).tree
    assert bare.refs("refs/") == []


def test_changes_of_the_same_file_conflict(bare, graph, who):
    """The error names it."""
    other = bare.write_commit(bare.edit_tree(None, {"a": b"3", "b": b"1"}), [graph["root"]], "x", who, who)

    with pytest.raises(ConflictError, match=r"both sides changed a$"):
        bare.merge_trees([graph["one"], other])


def test_alike_records_are_not_taken_for_renamed(bare, who):
    """One side deletes a record, the other changes one that is alike: no change wanders into another file."""
    text = b"".join(b"line %d\n" % n for n in range(50))
    root = bare.write_commit(bare.edit_tree(None, {"a": text}), [], "r", who, who)
    moved = bare.write_commit(bare.edit_tree(None, {"b": text}), [root], "m", who, who)
    changed = bare.write_commit(bare.edit_tree(None, {"a": text + b"more\n"}), [root], "c", who, who)

    with pytest.raises(ConflictError, match=r"changed a$"):
        bare.merge_trees([moved, changed])


@pytest.mark.parametrize("where", ["info/attributes", "work tree", "global"])
def test_no_merge_driver_runs(repository, git, folder, who, tmp_path, where):
    """Not one that the repository, its files or the user's attributes name: the merge is the same everywhere."""
    git(folder, "config", "merge.evil.driver", f"touch {tmp_path}/ran; exit 0")
    place = {"info/attributes": folder / ".git/info/attributes", "work tree": folder / ".gitattributes"}.get(
        where, tmp_path / "attributes"
    )
    place.parent.mkdir(exist_ok=True)
    place.write_text("* merge=evil\n")
    git(folder, "config", "core.attributesFile", str(tmp_path / "attributes"))
    root = repository.resolve("HEAD")
    sides = [
        repository.write_commit(repository.edit_tree(None, {"train.py": text}), [root], "x", who, who)
        for text in (b"1\n", b"2\n")
    ]

    with pytest.raises(ConflictError):
        repository.merge_trees(sides)
    assert not (tmp_path / "ran").exists()


def test_a_shallow_clone_merges(bare, graph, environ, git, tmp_path):
    """What is cut off is known to be cut off."""
    from_ref = RefUpdate("refs/heads/main", graph["last"], ZERO)
    bare.update_refs([from_ref], "test")
    git(tmp_path, "clone", "-q", "--depth=2", f"file://{bare.git_dir}", "shallow")

    with Repository.open(tmp_path / "shallow", environ) as shallow:
        assert shallow.merge_trees([graph["last"], graph["merge"]]) == bare.commit(graph["last"]).tree


@pytest.mark.parametrize(
    ("base", "ours", "theirs"),
    [
        ({"a": b"1", "z": b""}, {"z": b""}, {"a": b"2", "z": b""}),
        ({}, {"a": b"1"}, {"a": b"2"}),
        ({}, {"a": b"1"}, {"a/b": b"2"}),
        ({"a/b": b"1", "a/c": b"1"}, {}, {"a/b": b"2", "a/c": b"1"}),
        ({"a": b"\0" + b"1"}, {"a": b"\0" + b"2"}, {"a": b"\0" + b"3"}),
    ],
    ids=["deleted and changed", "added twice", "file and folder", "folder deleted and changed", "binary"],
)
def test_what_cannot_be_had_together_conflicts(bare, commit, base, ours, theirs):
    """In either direction."""
    root = commit(base)
    sides = commit(ours, root), commit(theirs, root)

    for one, other in (sides, sides[::-1]):
        with pytest.raises(ConflictError, match="both sides changed a"):
            bare.merge_trees([one, other])


def test_lines_of_one_file_merge(bare, commit):
    """Two people edit the same record in different places."""
    lines = [b"%d\n" % number for number in range(20)]
    root = commit({"a": b"".join(lines)})
    ours = commit({"a": b"".join([b"first\n", *lines[1:]])}, root)
    theirs = commit({"a": b"".join([*lines[:-1], b"last\n"])}, root)

    tree = bare.merge_trees([ours, theirs])

    assert tree == bare.edit_tree(None, {"a": b"".join([b"first\n", *lines[1:-1], b"last\n"])})


def test_unrelated_candidate_branches_merge(bare, commit):
    """Without a common ancestor, files of either side are additions."""
    tree = bare.merge_trees([commit({"a": b"1"}), commit({"b": b"2"})])

    assert tree == bare.edit_tree(None, {"a": b"1", "b": b"2"})


def test_everything_deleted_is_the_empty_tree(bare, commit):
    """Each side deletes what the other kept."""
    root = commit({"a": b"1", "b": b"2"})

    assert bare.merge_trees([commit({"a": b"1"}, root), commit({"b": b"2"}, root)]) == EMPTY_TREE


def test_branches_merged_crosswise_merge_again(bare, commit):
    """With two common ancestors, a change that one of them has is not taken back."""
    root = commit({"a": b"1", "b": b"1"})
    one, two = commit({"a": b"2", "b": b"1"}, root), commit({"a": b"1", "b": b"2"}, root)
    ours = commit({"a": b"2", "b": b"3"}, one, two)
    theirs = commit({"a": b"3", "b": b"2"}, two, one)

    assert bare.merge_trees([ours, theirs]) == bare.edit_tree(None, {"a": b"3", "b": b"3"})


def test_a_crosswise_conflict_that_was_settled_alike_is_none(bare, commit):
    """The common ancestors conflict; both sides settled it the same way."""
    root = commit({"a": b"1"})
    one, two = commit({"a": b"2"}, root), commit({"a": b"3"}, root)
    ours = commit({"a": b"4", "b": b"1"}, one, two)
    theirs = commit({"a": b"4", "c": b"1"}, two, one)

    assert bare.merge_trees([ours, theirs]) == bare.edit_tree(None, {"a": b"4", "b": b"1", "c": b"1"})


def test_a_crosswise_conflict_that_was_settled_differently_is_one(bare, commit):
    """Neither side wins by the choice of an ancestor."""
    root = commit({"a": b"1"})
    one, two = commit({"a": b"2"}, root), commit({"a": b"3"}, root)

    with pytest.raises(ConflictError):
        bare.merge_trees([commit({"a": b"2"}, one, two), commit({"a": b"3"}, two, one)])


PATHS = ["a", "b", "d/a", "d/e/a", "d/e/b"]
FILES = st.dictionaries(st.sampled_from(PATHS), st.integers(0, 2))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(base=FILES, ours=FILES, theirs=FILES)
def test_a_merge_gives_what_git_gives(bare, commit, environ, base, ours, theirs):
    """Where nothing looks renamed, tree and conflicts are those of `git merge-tree`."""
    root, *sides = [
        {path: f"{path} {number}\n".encode() for path, number in files.items()}
        for files in (base, ours, theirs)
    ]
    parent = commit(root)
    one, two = (commit(side, parent) for side in sides)
    words = ["git", "merge-tree", "--write-tree", "--name-only", one, two]
    git = subprocess.run(words, cwd=bare.git_dir, env=environ, capture_output=True, check=False)

    try:
        result = 0, bare.merge_trees([one, two])
    except ConflictError:
        result = 1, None

    assert result == (git.returncode, git.stdout.decode().strip() if git.returncode == 0 else None)


def test_many_commits_are_joined_in_one_call(bare, commit):
    """What each of them changed is there; commits that others hold change nothing."""
    root = commit({"a": b"1"})
    sides = [commit({"a": b"1", f"d/{at}": b"1"}, root) for at in range(5)]
    later = commit({"a": b"2", "d/0": b"2"}, sides[0])

    tree = bare.merge_trees([root, *sides, later, sides[0], root])

    assert tree == bare.edit_tree(None, {"a": b"2", "d/0": b"2"} | {f"d/{at}": b"1" for at in range(1, 5)})


def test_a_later_commit_is_compared_with_all_before_it(bare, commit):
    """One that builds on an earlier one's change takes back only what it says."""
    root = commit({"a": b"1", "b": b"1"})
    one, two = commit({"a": b"2", "b": b"1"}, root), commit({"a": b"1", "b": b"2"}, root)
    back = commit({"a": b"1", "b": b"3"}, commit({"a": b"2", "b": b"2"}, one, two))

    assert bare.merge_trees([root, one, two, back]) == bare.edit_tree(None, {"a": b"1", "b": b"3"})


def test_a_change_that_two_commits_made_differently_conflicts_among_many(bare, commit):
    """Whatever stands between them."""
    root = commit({"a": b"1"})
    one, two, three = (
        commit({"a": b"2"}, root),
        commit({"a": b"1", "b": b"1"}, root),
        commit({"a": b"3"}, root),
    )

    with pytest.raises(ConflictError, match=r"both sides changed a$"):
        bare.merge_trees([one, two, three])


def test_the_caller_merges_what_both_changed(bare, commit):
    """It is asked with the path and three contents, None where there is no file; what it gives is taken."""
    root = commit({"d/a": b"1", "b": b"1"})
    asked = []

    def merge_file(*words):
        asked.append(words)
        return b"merged"

    tree = bare.merge_trees(
        [commit({"d/a": b"2", "c": b"1"}, root), commit({"d/a": b"3", "b": b"2", "c": b"2"}, root)],
        merge_file,
    )

    assert tree == bare.edit_tree(None, {"d/a": b"merged", "b": b"merged", "c": b"merged"})
    assert sorted(asked) == [("b", b"1", None, b"2"), ("c", None, b"1", b"2"), ("d/a", b"1", b"2", b"3")]


def test_a_file_in_a_folders_place_conflicts(bare, commit):
    """Even where the folder was changed by a commit before."""
    root = commit({"d/a": b"1", "x": b"1"})
    changed, replaced = commit({"d/a": b"2", "x": b"1"}, root), commit({"d": b"1", "x": b"1"}, root)

    again = commit({"d/a": b"1", "d/b": b"1", "x": b"1"}, root)

    for order in permutations([root, changed, again, replaced]):
        with pytest.raises(ConflictError, match="changed d"):
            bare.merge_trees(order)


def test_a_folder_that_is_still_the_same_is_replaced(bare, commit):
    """It was opened for a change that gave nothing new."""
    root = commit({"d/a": b"1", "d/b": b"1"})
    one, two = commit({"d/a": b"1"}, root), commit({"d/a": b"1"}, root)
    replaced = commit({"d": b"1"}, one)

    assert bare.merge_trees([one, two, replaced]) == bare.edit_tree(None, {"d": b"1"})


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_base_of_each_is_gits_own(bare, commit, environ, data):
    """On any graph: what `git merge-base --all` says of a commit and the merge of those before it."""
    commits = [commit({"0": b""})]
    for at in range(1, 9):
        parents = data.draw(st.lists(st.sampled_from(commits), max_size=3, unique=True))
        commits.append(commit({str(at): b""}, *parents))
    chosen = data.draw(st.lists(st.sampled_from(commits), min_size=3, max_size=6, unique=True))

    bases, found = Bases(bare._git, bare._history, chosen), []
    for one in chosen[1:]:
        found.append(sorted(bases.common(one)))
        bases.take(one)

    expected = [sorted(merge_bases(bare, environ, chosen[at], chosen[:at])) for at in range(1, len(chosen))]
    assert found == expected


def merge_bases(bare, environ, commit, others):
    """What plain git says; nothing for unrelated histories."""
    words = ["git", "merge-base", "--all", commit, *others]
    done = subprocess.run(words, cwd=bare.git_dir, env=environ, capture_output=True, text=True, check=False)
    return done.stdout.split()


def test_a_malformed_commit_is_a_conflict_that_names_it(bare, commit, git):
    """Whoever joins many can leave it out."""
    root = commit({"a": b"1"})
    tree = git(
        bare.git_dir, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=b"100644 a\0short"
    )
    bad = git(bare.git_dir, "commit-tree", tree.strip(), "-p", root, "-m", "x").strip()

    with pytest.raises(ConflictError, match=f"{bad} cannot be merged"):
        bare.merge_trees([commit({"a": b"2"}, root), commit({"a": b"1", "b": b"1"}, root), bad])


def test_deep_folders_of_a_stranger_end_in_a_conflict(bare, commit):
    """Not in the recursion of this process."""
    deep = "/".join(["d"] * 400)
    root = commit({f"{deep}/a": b"1", f"{deep}/b": b"1"})
    one, two = commit({f"{deep}/a": b"2", f"{deep}/b": b"1"}, root), commit({f"{deep}/a": b"1"}, root)

    with pytest.raises(ConflictError, match="both sides changed d/d"):
        bare.merge_trees([one, two])


def test_what_conflicts_is_left_out(bare, commit, git):
    """And only that: what was joined before and after is there, and nothing of the commit that is not."""
    root = commit({"a": b"1"})
    tree = git(
        bare.git_dir, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=b"100644 a\0short"
    )
    bad = git(bare.git_dir, "commit-tree", tree.strip(), "-p", root, "-m", "x").strip()
    first, clash = commit({"a": b"2"}, root), commit({"a": b"3", "c": b"1"}, root)
    after = commit({"a": b"1", "b": b"1"}, root)
    upon = commit({"a": b"3", "c": b"2"}, clash)

    found = bare.merge_most([first, clash, bad, after, upon])

    assert found == (bare.edit_tree(None, {"a": b"2", "b": b"1"}), [first, after])
