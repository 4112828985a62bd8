"""Questions about many commits."""

from __future__ import annotations

import pytest

from gitreg.errors import UsageError
from gitreg.gitrepo import EMPTY_TREE


def test_first_parents_come_newest_first(bare, graph):
    """The side branch is not among them."""
    assert list(bare.first_parents(graph["last"])) == [
        graph[name] for name in ("last", "merge", "one", "root")
    ]


def test_only_first_parents_are_first_parent_ancestors(bare, graph):
    """Being merged is not enough."""
    found = [name for name, id_ in graph.items() if bare.is_first_parent_ancestor(id_, graph["merge"])]

    assert found == ["root", "one", "merge"]


def test_ancestors_include_the_side(bare, graph):
    """And the commit itself, and nothing later."""
    assert [name for name, id_ in graph.items() if bare.is_ancestor(id_, graph["merge"])] == [
        "root",
        "one",
        "side",
        "merge",
    ]


def test_a_merge_base_is_found_or_none(bare, graph, who):
    """Unrelated histories have none."""
    stranger = bare.write_commit(EMPTY_TREE, [], "x", who, who)

    assert bare.merge_base(graph["one"], graph["side"]) == graph["root"]
    assert bare.merge_base(graph["one"], stranger) is None


@pytest.mark.parametrize(
    ("path", "first_parent", "names"),
    [("b", True, ["merge", "root"]), ("b", False, ["merge", "side", "root"]), ("a", False, ["one", "root"]),
     ("c", True, ["last"]), ("none", True, [])],
)  # fmt: skip
def test_the_commits_that_changed_a_path(bare, graph, path, first_parent, names):
    """Newest first; a merge counts when it differs from its first parent."""
    assert bare.history(graph["last"], path, first_parent=first_parent) == [graph[name] for name in names]


def test_changed_paths_have_a_status(bare, graph):
    """Added, changed and deleted files between two commits, or trees, also below a prefix."""
    assert bare.changed_paths(graph["root"], graph["last"]) == [("M", "a"), ("M", "b"), ("A", "c/d")]
    assert bare.changed_paths(graph["last"], graph["root"], "c") == [("D", "c/d")]
    assert bare.changed_paths(EMPTY_TREE, graph["root"]) == [("A", "a"), ("A", "b")]


def test_a_renamed_file_is_two_changes(bare, who):
    """Similar records are not the same record."""
    one = bare.write_commit(bare.edit_tree(None, {"a": b"same\n" * 9}), [], "1", who, who)
    two = bare.write_commit(bare.edit_tree(None, {"b": b"same\n" * 9}), [one], "2", who, who)

    assert bare.changed_paths(one, two) == [("D", "a"), ("A", "b")]


def test_unusual_paths_are_reported_as_they_are(bare, who):
    """No quoting, whatever is in the name."""
    tree = bare.edit_tree(None, {'-a\n"ü': b"1"})

    assert bare.changed_paths(EMPTY_TREE, tree) == [("A", '-a\n"ü')]


@pytest.mark.parametrize("prefix", ["../x", "/x", ":(glob)**\0"])
def test_a_prefix_is_a_path(bare, graph, prefix):
    """Nothing else is passed on."""
    with pytest.raises(UsageError):
        bare.changed_paths(graph["root"], graph["last"], prefix)


def test_pathspec_magic_is_only_a_name(bare, graph):
    """A path is literal."""
    assert bare.changed_paths(graph["root"], graph["last"], ":(glob)*") == []
