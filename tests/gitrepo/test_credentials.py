"""Git's credential helpers, asked without a prompt, for hosts that the repository names."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitreg.errors import UsageError
from gitreg.gitrepo import Credential, Repository

SECRET = "glpat-0123456789"


@pytest.fixture
def helper(folder: Path, git, environ: dict[str, str], tmp_path: Path) -> Path:
    """A repository with a remote on gitlab.example.com and a helper that has an account there; it writes down what it is asked."""
    program = tmp_path / "helper"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = get ] || exit 0\ncat >> "{tmp_path}/asked"\n'
        f"echo username=oauth2\necho password={SECRET}\n"
    )
    program.chmod(0o755)
    git(folder, "remote", "add", "origin", "git@gitlab.example.com:team/models.git")
    git(folder, "config", "credential.helper", str(program))
    return folder


def ask(
    folder: Path, environ: dict[str, str], url: str = "https://gitlab.example.com/team/models"
) -> Credential | None:
    with Repository.open(folder, environ) as repository:
        return repository.credential(url)


def test_a_helper_is_asked_for_the_remotes_host(helper: Path, environ, tmp_path: Path):
    """A remote by ssh has pages on the same host: the helper's account for these is found."""
    found = ask(helper, environ)

    assert found == Credential("oauth2", SECRET)
    assert "host=gitlab.example.com\n" in (tmp_path / "asked").read_text()


def test_a_host_that_nobody_named_is_not_asked_for(helper: Path, environ, tmp_path: Path):
    """A file of the repository may name any host; what the user has for that one stays where it is."""
    found = ask(helper, environ, "https://gitlab.evil.example/team/models")

    assert found is None
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("gitreg.forgeUrl", "https://pages.example.com/gitlab"),
        ("url.https://pages.example.com/.insteadOf", "git@gitlab.example.com:"),
    ],
)
def test_a_host_that_the_configuration_names_is_asked_for(helper: Path, git, environ, key: str, value: str):
    """The user says where the forge is, or where Git really goes."""
    git(helper, "config", key, value)

    assert ask(helper, environ, "https://pages.example.com") == Credential("oauth2", SECRET)


def test_nobody_is_prompted(helper: Path, git, environ, tmp_path: Path):
    """Without an account no program asks a person for one, whatever is configured to do so at a push."""
    git(helper, "config", "--unset", "credential.helper")
    program = tmp_path / "askpass"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/prompted\necho guessed\n")
    program.chmod(0o755)
    git(helper, "config", "core.askPass", str(program))

    found = ask(helper, environ | {"GIT_ASKPASS": str(program), "SSH_ASKPASS": str(program)})

    assert found is None
    assert not (tmp_path / "prompted").exists()


def test_an_account_for_another_host_is_refused(helper: Path, environ, tmp_path: Path):
    """A helper may change what it was asked for (gitcredentials(7)): such an answer is none."""
    program = tmp_path / "helper"
    program.write_text(program.read_text() + "echo host=gitlab.other.example\n")

    assert ask(helper, environ) is None


def test_the_secret_is_not_shown(helper: Path, environ):
    """A credential may stand in a traceback or a log."""
    found = ask(helper, environ)

    assert SECRET not in f"{found!r} {found}"


@pytest.mark.parametrize(
    "url",
    [
        "https://gitlab.example.com/a\nhost=evil.example",
        "ssh://gitlab.example.com/a",
        f"https://me:{SECRET}@gitlab.example.com",
        "",
    ],
)
def test_what_is_no_page_is_refused(helper: Path, environ, url: str):
    """A line end in a URL would be a line of the question; an account in it would be shown."""
    with pytest.raises(UsageError) as caught:
        ask(helper, environ, url)

    assert SECRET not in str(caught.value)
