"""A repository that is only read, and long answers read while they are made."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from gitreg.errors import GitregError, RecordError, UsageError
from gitreg.gitrepo import EMPTY_TREE, ObjectId, Reading
from gitreg.gitrepo.process import Git
from gitreg.gitrepo.streaming import stream

BRANCH = "refs/heads/tried"


@pytest.fixture
def reading(folder, environ):
    with Reading.open(folder, environ) as opened:
        yield opened


def test_every_file_differs_from_nothing(repository, reading, commit_on):
    """Without an old commit every file below the folder is told, and none beside it."""
    tip = commit_on(repository, BRANCH, {"a/1": b"one", "a/b/2": b"two", "c": b"three"})

    assert dict(reading.changed_blobs(None, tip, "a/")) == {
        "a/1": repository.write_blob(b"one"),
        "a/b/2": repository.write_blob(b"two"),
    }


def test_differences_name_the_new_content_or_none(repository, reading, commit_on):
    """Added, changed and removed files; what stayed is not told."""
    old = commit_on(repository, BRANCH, {"a/stays": b"s", "a/changes": b"1", "a/goes": b"g"})
    new = commit_on(repository, BRANCH, {"a/changes": b"2", "a/goes": None, "a/comes": b"c"})

    assert dict(reading.changed_blobs(old, new, "a/")) == {
        "a/changes": repository.write_blob(b"2"),
        "a/goes": None,
        "a/comes": repository.write_blob(b"c"),
    }


def test_a_link_is_no_file(reading, folder, git):
    """What a link points at must not be taken for a record."""
    (folder / "a").mkdir()
    (folder / "a/link").symlink_to("/etc/passwd")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "link")

    tip = ObjectId(git(folder, "rev-parse", "HEAD").strip())

    assert list(reading.changed_blobs(None, tip, "a")) == [("a/link", None)]


def test_a_commit_that_is_not_there_is_an_error(reading, repository):
    """It is no empty difference."""
    tip = repository.resolve("refs/heads/main")

    with pytest.raises(GitregError):
        list(reading.changed_blobs(ObjectId("1" * 40), tip, "a"))

    assert not reading.is_commit(ObjectId("1" * 40))
    assert reading.is_commit(tip)


def test_a_tree_is_no_commit(reading, repository):
    """`is_commit` says what it is called."""
    repository.edit_tree(None, {"a": b""})

    assert not reading.is_commit(EMPTY_TREE)


@pytest.mark.parametrize("folder_name", ["../x", "", "a//b"])
def test_a_folder_that_is_none_is_refused(reading, repository, folder_name):
    """Before Git hears of it."""
    with pytest.raises(UsageError):
        list(reading.changed_blobs(None, repository.resolve("refs/heads/main"), folder_name))


def test_many_contents_come_in_the_order_asked(repository, reading):
    """More than are asked for at once, twice the same, and missing ones."""
    contents = [b"%d" % number * (number % 7) for number in range(600)]
    ids = [repository.write_blob(content) for content in contents]
    missing = ObjectId("2" * 40)

    found = list(reading.blobs([*ids, missing, ids[3]]))

    assert found == [*zip(ids, contents, strict=True), (missing, None), (ids[3], contents[3])]


def test_what_is_too_large_or_no_file_is_left_out(repository, reading):
    """And does not disturb what follows."""
    small, large = repository.write_blob(b"small"), repository.write_blob(b"x" * 5000)
    tree = repository.edit_tree(None, {"a": b"a"})

    assert list(reading.blobs([large, tree, small], limit=4999)) == [
        (large, None),
        (tree, None),
        (small, b"small"),
    ]


def test_whoever_stops_listening_may_ask_again(repository, reading):
    """What was not listened to is not taken for the next answer."""
    ids = [repository.write_blob(b"%d" % number) for number in range(5)]
    listening = reading.blobs(ids)
    next(listening)
    listening.close()

    assert list(reading.blobs(ids[3:])) == [(ids[3], b"3"), (ids[4], b"4")]


def test_a_broken_object_is_an_error(repository, reading):
    """It is not told as missing."""
    broken = repository.write_blob(random.Random(1).randbytes(20_000))
    path = repository.common_dir / "objects" / broken[:2] / broken[2:]
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:10_000])

    with pytest.raises(RecordError):
        list(reading.blobs([broken]))


def test_a_long_answer_comes_in_parts(folder, environ, git):
    """Parts that are longer than one read are whole."""
    reading = Reading.open(folder, environ)
    name = "n" * 200
    stdin = "".join(f"100644 blob {'1' * 40}\t{name}{number:04}\n" for number in range(1000))
    tree = git(folder, "mktree", "--missing", stdin=stdin.encode()).strip()

    found = list(stream(Git(reading.layout, environ), "ls-tree", "-z", "--name-only", tree))

    assert found == [f"{name}{number:04}".encode() for number in range(1000)]


def _children():
    """The processes of Git that this process has started and not seen the end of."""
    listed = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "pid=,comm="], capture_output=True, text=True, check=False
    ).stdout
    return {line.split()[0] for line in listed.splitlines() if line.split()[1] == "git"}


def test_a_stream_that_nobody_listens_to_ends_its_process(folder, environ):
    """No process of it is left behind; others of this test process may run."""
    before = _children()
    reading = Reading.open(folder, environ)
    listening = stream(Git(reading.layout, environ), "ls-tree", "-z", "HEAD")
    next(listening)
    assert _children() > before

    listening.close()

    assert _children() <= before


def test_reading_needs_little(folder, environ):
    """A search imports this part of the package, and nothing of what writes."""
    code = (
        "import os, sys; from pathlib import Path; from gitreg.gitrepo import Reading\n"
        f"Reading.open(Path({str(folder)!r}), os.environ).resolve('HEAD')\n"
        "print([name for name in sys.modules if name.startswith(('git.', 'gitdb', 'pydantic', 'gitreg.gitrepo.objects'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True, cwd=Path("/")
    )

    assert done.stdout.strip() == "[]"
