"""Commits and tags as values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitreg.errors import RecordError, UsageError
from gitreg.gitrepo import EMPTY_TREE, Identity, ObjectId

WHEN = datetime(2026, 11, 22, 15, 4, 5, tzinfo=timezone(-timedelta(hours=3, minutes=30)))


def test_a_commit_is_what_git_would_have_made(repository, git, folder, who):
    """The same tree, parents, people, times and message give the same id."""
    tip = repository.resolve("HEAD")
    tree = repository.commit(tip).tree
    author = Identity("Jörg Ä", "j@example.com", WHEN)

    ours = repository.write_commit(tree, [tip], "Title\n\nBody ü\n", author, who)

    theirs = git(
        folder, "commit-tree", tree, "-p", tip, stdin="Title\n\nBody ü\n".encode(),
        GIT_AUTHOR_NAME="Jörg Ä", GIT_AUTHOR_EMAIL="j@example.com", GIT_AUTHOR_DATE=f"{int(WHEN.timestamp())} -0330",
        GIT_COMMITTER_DATE=f"{int(who.when.timestamp())} +0000",
    )  # fmt: skip
    assert ours == theirs.strip()


NAMES = st.text(
    st.characters(exclude_characters="<>\n\r\0", exclude_categories=["Cs"]), min_size=1, max_size=12
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=NAMES.map(lambda text: f"x{text}x"),
    minutes=st.integers(-12 * 60, 14 * 60),
    message=st.text("aü \n", min_size=1),
)
def test_a_commit_reads_as_it_was_written(bare, name, minutes, message):
    """Unusual names, zones and messages come back."""
    author = Identity(
        name, "a@example.com", datetime(2026, 1, 1, tzinfo=timezone(timedelta(minutes=minutes)))
    )
    text = f"Title {message}"

    commit = bare.commit(bare.write_commit(EMPTY_TREE, [], text, author, author))

    assert (commit.author, commit.message, commit.parents) == (author, text.rstrip("\n") + "\n", ())
    assert commit.author.when.utcoffset() == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["a<b", "a>b", "a\nb", "a\0b", "a\rb", "", " ", "..", "\ud800"])
@pytest.mark.parametrize("field", ["name", "email"])
def test_a_person_cannot_write_a_header(repository, field, text):
    """Characters that would end the field are refused."""
    person = Identity(**({"name": "n", "email": "e", "when": WHEN} | {field: text}))

    with pytest.raises(UsageError):
        repository.write_commit(EMPTY_TREE, [], "x", person, person)


@pytest.mark.parametrize("message", ["", " \n", "a\0b", "\ud800"])
def test_a_message_that_git_cannot_keep_is_refused(repository, who, message):
    """NUL, nothing, and what is not text."""
    with pytest.raises(UsageError):
        repository.write_commit(EMPTY_TREE, [], message, who, who)


@pytest.mark.parametrize("parent", ["main", "a" * 39, "1" * 40 + "\nparent"])
def test_a_parent_is_an_id(repository, who, parent):
    """Nothing else comes into a header."""
    with pytest.raises(UsageError):
        repository.write_commit(EMPTY_TREE, [ObjectId(parent)], "x", who, who)


def test_a_time_before_git_is_refused(repository):
    """Git's times are not negative."""
    early = Identity("n", "e", datetime(1969, 1, 1, tzinfo=UTC))

    with pytest.raises(UsageError, match="1970"):
        repository.write_commit(EMPTY_TREE, [], "x", early, early)


def test_a_time_without_zone_is_a_bug(repository):
    """It is no point in time."""
    naive = Identity("n", "e", datetime(2026, 1, 1))  # noqa: DTZ001 - that is the test

    with pytest.raises(ValueError, match="time zone"):
        repository.write_commit(EMPTY_TREE, [], "x", naive, naive)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"tree x\n\nm",
        b"tree " + b"1" * 40 + b"\n\nno people",
        b"tree " + b"1" * 40 + b"\nauthor a\ncommitter b\n\nm",
    ],
)
def test_a_malformed_commit_is_refused(repository, content):
    """Bytes that are no commit do not become one."""
    with pytest.raises(RecordError, match="malformed"):
        repository.commit(repository._objects.write("commit", content))


def test_odd_times_of_strangers_do_not_stop_reading(repository):
    """A year that no calendar has, in a zone that is none, is read as the nearest."""
    person = b"A <a@b> 999999999999999999 +9999"
    content = b"tree " + b"1" * 40 + b"\nauthor " + person + b"\ncommitter " + person + b"\n\nm\n"

    assert repository.commit(repository._objects.write("commit", content)).author.when.year > 9000


def payload(target, name="v1"):
    return f"object {target}\ntype commit\ntag {name}\ntagger A <a@b> 1700000000 +0000\n\nTitle\n".encode()


def test_a_tag_keeps_its_bytes(repository, git, folder):
    """What was signed is what is stored."""
    tip = repository.resolve("HEAD")

    id_ = repository.write_tag(payload(tip))

    assert repository.find(id_).content == payload(tip)
    assert repository.find(f"{id_}^{{commit}}").id == tip


@pytest.mark.parametrize("broken", [b"", b"object x\n", payload("1" * 40), b"tree\n"])
def test_a_tag_that_is_none_is_refused(repository, broken):
    """Git's own check decides; a target that does not exist is no target."""
    with pytest.raises(RecordError, match="Git refuses the tag"):
        repository.write_tag(broken)
