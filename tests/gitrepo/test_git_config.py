"""Configuration: read as the user has it, written here only."""

from __future__ import annotations

import pytest

from gitreg.errors import CredentialsError, UsageError
from gitreg.gitrepo import Repository


def test_a_value_is_read_as_git_reads_it(repository, git, folder):
    """Sections and names without case, subsections with it, the last value counts."""
    git(folder, "config", "Section.Sub.Key.Name", "one\ntwo")
    git(folder, "config", "--add", "Section.Sub.Key.Name", "three\nfour")

    assert repository.config("section.Sub.Key.name") == "three\nfour"
    assert repository.config_all("SECTION.Sub.Key.NAME") == ["one\ntwo", "three\nfour"]
    assert repository.config("section.sub.key.name") is None


def test_a_value_that_is_set_is_read(repository, git, folder):
    """Any text, one argument, into this repository's own file."""
    repository.set_config("gitreg.note", '-x --unset \'a\n"b"')

    assert repository.config("gitreg.note") == '-x --unset \'a\n"b"'
    assert git(folder, "config", "--local", "gitreg.note") == '-x --unset \'a\n"b"\n'


def test_a_change_by_plain_git_is_seen(repository, git, folder):
    """What was read before is not believed when the file has changed."""
    assert repository.config("gitreg.x") is None
    git(folder, "config", "gitreg.x", "1")

    assert repository.config("gitreg.x") == "1"


@pytest.mark.parametrize(
    "key", ["", "user", "-x.y", "--unset", "user.name\n", "user.na me", "a\nb.c", "user.-x", "a.\nb.c"]
)
def test_a_bad_key_is_refused(repository, key):
    """Both for reading and for writing."""
    with pytest.raises(UsageError):
        repository.config(key)
    with pytest.raises(UsageError):
        repository.set_config(key, "x")


def test_nul_in_a_value_is_refused(repository):
    """No argument can hold it."""
    with pytest.raises(UsageError):
        repository.set_config("a.b", "x\0y")


def test_the_environment_names_the_user_first(folder, environ, who):
    """As Git does, for author and committer apart."""
    mine = environ | {"GIT_AUTHOR_NAME": "Grace", "GIT_COMMITTER_EMAIL": "ci@example.com"}

    with Repository.open(folder, mine) as repository:
        author, committer = repository.identity(who.when), repository.committer(who.when)

    assert (author.name, author.email, author.when) == ("Grace", "ada@example.com", who.when)
    assert (committer.name, committer.email) == ("Ada Example", "ci@example.com")


def test_an_unknown_user_is_told_what_to_type(folder, environ, who):
    """Git would guess from the machine's name."""
    nobody = environ | {"GIT_CONFIG_GLOBAL": "/dev/null"}

    with Repository.open(folder, nobody) as repository, pytest.raises(CredentialsError) as caught:
        repository.identity(who.when)

    assert caught.value.hint.startswith("git config --global user.name")


def test_configuration_of_the_environment_counts(folder, environ):
    """GIT_CONFIG_COUNT is how CI jobs hand over credentials."""
    extra = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.extraHeader", "GIT_CONFIG_VALUE_0": "X: y"}

    with Repository.open(folder, environ | extra) as repository:
        assert repository.config("http.extraheader") == "X: y"


def test_remotes_are_listed_with_their_first_url(repository, git, folder):
    """Names with dots too; a remote without a URL is none."""
    git(folder, "remote", "add", "origin", "https://example.com/a.git")
    git(folder, "remote", "set-url", "--add", "origin", "https://example.com/b.git")
    git(folder, "remote", "add", "my.fork", "../fork")
    git(folder, "config", "remote.half.fetch", "x")

    assert repository.remotes() == ["origin", "my.fork"]
    assert repository.remote_url("origin") == "https://example.com/a.git"
    assert [repository.remote_url(name) for name in ("half", "none", "")] == [None, None, None]
