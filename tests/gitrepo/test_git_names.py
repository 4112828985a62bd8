"""What may be said to Git."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.errors import UsageError
from gitreg.gitrepo.names import (
    check_id,
    check_path,
    check_ref,
    check_revision,
    is_dot_git,
    is_ref,
    printable,
)

BAD_REFS = [
    "main", "HEAD", "-x", "--all", "refs", "refs/", "/refs/heads/x", "refs/heads/", "refs//heads", "refs/heads/a..b",
    "refs/heads/.a", "refs/heads/a.lock", "refs/heads/a.lock/b", "refs/heads/a.", "refs/heads/a b", "refs/heads/a~1",
    "refs/heads/a^", "refs/heads/a:b", "refs/heads/a?", "refs/heads/a*", "refs/heads/a[", "refs/heads/a\\b",
    "refs/heads/a@{1}", "refs/heads/a\n", "refs/heads/a\nb", "refs/heads/a\0", "refs/heads/\x7f", "refs/heads/-x",
    "refs/heads/\ud800", "refs/heads/../../config", "refs/heads/a\n..",
]  # fmt: skip


@pytest.mark.parametrize("text", BAD_REFS)
def test_a_bad_ref_is_refused(text):
    """No name that Git forbids, and nothing that is not a full name, comes through."""
    with pytest.raises(UsageError):
        check_ref(text)


@pytest.mark.parametrize(
    "text", ["refs/heads/main", "refs/tags/model/churn/v1.2.0", "refs/heads/ü", "refs/heads/@"]
)
def test_a_good_ref_is_returned(text):
    """Full names come through as they are."""
    assert check_ref(text) == text


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="a./@{}*-~^: \\\n\tü[?\x7f", min_size=1, max_size=8))
def test_our_grammar_of_refs_is_gits(tail):
    """For any name, ours and git-check-ref-format(1) agree; a leading dash of a branch is refused beyond that."""
    ref = "refs/heads/" + tail
    accepted = subprocess.run(["git", "check-ref-format", ref], check=False).returncode == 0

    assert is_ref(ref) == (accepted and not tail.startswith("-"))


@pytest.mark.parametrize(
    "text", ["main", "a" * 39, "A" * 40, "a" * 40 + "^", "a" * 40 + "~1", "-p", "a" * 40 + "\n", ":/fix", "@", "HEAD^",
             "a" * 40 + "^{/x}", "refs/heads/main^{tree}", "HEAD:train.py"]
)  # fmt: skip
def test_a_revision_in_gits_own_language_is_refused(text):
    """Ranges, short ids, searches and short names are not passed on."""
    with pytest.raises(UsageError):
        check_revision(text)


@pytest.mark.parametrize(
    "text", ["HEAD", "refs/heads/main", "a" * 40, "a" * 40 + "^{commit}", "a" * 40 + "^{tree}"]
)
def test_a_revision_in_full_is_returned(text):
    """Full refs, ids and peeled ids come through."""
    assert check_revision(text) == text


@pytest.mark.parametrize("text", ["", "a" * 41, "-" + "a" * 39, "a" * 40 + "\n", "g" * 40])
def test_a_bad_id_is_refused(text):
    """An id is 40 lower-case hex digits and nothing else."""
    with pytest.raises(UsageError):
        check_id(text)


@pytest.mark.parametrize(
    "path",
    ["", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a\0b", ".git", ".GIT/config", "a/.git/x", ".git ", ".git.",
     "git~1", "GIT~1/x", ".g\u200cit", ".git::$INDEX_ALLOCATION", ".git\\x", "\udcff"],
)  # fmt: skip
def test_a_path_out_of_the_tree_is_refused(path):
    """No path leads out of the tree, or to what some file system takes for .git."""
    with pytest.raises(UsageError):
        check_path(path)


@pytest.mark.parametrize(
    "path", ["a", "-a", "a b/c\nd", ".gitignore", ".gitreg/trust", "..a", "ü/é", "git~10"]
)
def test_a_path_in_the_tree_is_split(path):
    """Unusual names are names."""
    assert "/".join(check_path(path)) == path


def test_only_dot_git_is_dot_git():
    """Names beside .git stay allowed."""
    assert [name for name in (".git", ".gitx", ".gitreg", "git", ".Git") if is_dot_git(name)] == [
        ".git",
        ".Git",
    ]


def test_a_message_has_no_control_characters():
    """What a stranger wrote cannot steer a terminal."""
    assert printable(b"\x1b[31mred\n\xff") == " [31mred \N{REPLACEMENT CHARACTER}"
