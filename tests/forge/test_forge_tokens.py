"""Tokens: found where they are kept, and never shown."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.errors import CredentialsError, UsageError
from gitreg.forge.base import Forge
from gitreg.forge.choose import choose
from gitreg.forge.glab import glab_hosts
from gitreg.forge.place import Place
from gitreg.forge.tokens import Token, environ_token, glab_token

SECRET = "glpat-0123456789"
PLACE = Place("https://gitlab.example.com", "team/models")
CONFIG = f"""\
# written by glab
git_protocol: ssh
host: gitlab.com
hosts:
    gitlab.com:
        api_protocol: https
        token: !!null {SECRET}
        user: ada
    gitlab.example.com:
        is_oauth2: "true"   # an application's
        token: '{SECRET}-2'
    "gitlab.example.com:8443":
        token: "{SECRET}-3"
    keyring.example.com:
        use_keyring: "true"
        token:
check_update: "false"
token: nobodys
"""


@pytest.fixture
def glab(tmp_path: Path) -> dict[str, str]:
    """An environment with glab's configuration in its home."""
    file = tmp_path / ".config/glab-cli/config.yml"
    file.parent.mkdir(parents=True)
    file.write_text(CONFIG)
    return {"HOME": str(tmp_path)}


def test_a_token_is_not_shown():
    """Neither by itself nor within something else."""
    token = Token(SECRET, "private", "GITREG_TOKEN")

    assert SECRET not in f"{token} {token!r} {[token]} {copy.copy(token)!r}"
    assert pickle.loads(pickle.dumps(token)) == token


@pytest.mark.parametrize("value", ["two words", f"{SECRET}\n", "", "é", "a\0b", "x" * 20_000])
def test_what_cannot_be_a_header_is_no_token(value: str):
    """Requests would refuse it too, and show it in its message."""
    with pytest.raises(CredentialsError) as caught:
        Token(value, "private", "GITREG_TOKEN")

    assert "GITREG_TOKEN" in caught.value.message
    assert not value or value not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, None),
        ({"GITREG_TOKEN": "", "GITLAB_TOKEN": " "}, None),
        (
            {"GITREG_TOKEN": "a", "GITLAB_TOKEN": "b", "CI_JOB_TOKEN": "c", "CI": "1"},
            ("a", "private", "GITREG_TOKEN"),
        ),
        ({"GITLAB_TOKEN": "b\n", "CI_JOB_TOKEN": "c", "CI": "1"}, ("b", "private", "GITLAB_TOKEN")),
        ({"CI_JOB_TOKEN": "c", "CI": "true"}, ("c", "job", "CI_JOB_TOKEN")),
        ({"CI_JOB_TOKEN": "c"}, None),
    ],
)
def test_the_environments_tokens_have_an_order(environ: dict[str, str], found: tuple[str, str, str] | None):
    """One's own goes before one for all, and both before the job's, which can do less."""
    token = environ_token(environ)

    assert (token and (token.value, token.kind, token.source)) == found


def test_a_jobs_token_is_for_its_own_gitlab():
    """Another host has no use for it, but a bad one."""
    environ = {"CI": "true", "CI_JOB_TOKEN": "c", "CI_SERVER_HOST": "gitlab.example.com"}

    assert environ_token(environ, "gitlab.example.com") == Token("c", "job", "CI_JOB_TOKEN")
    assert environ_token(environ, "gitlab.com") is None


@pytest.mark.parametrize(
    ("host", "value", "kind"),
    [
        ("gitlab.com", SECRET, "private"),
        ("GitLab.com", SECRET, "private"),
        ("gitlab.example.com", f"{SECRET}-2", "oauth"),
        ("gitlab.example.com:8443", f"{SECRET}-3", "private"),
    ],
)
def test_glab_has_a_token_for_each_host(glab: dict[str, str], host: str, value: str, kind: str):
    """Where its documentation says that it is, in the form that it writes."""
    assert glab_token(glab, host) == Token(value, kind, "glab's configuration")


@pytest.mark.parametrize("host", ["keyring.example.com", "evil.example", "token", "hosts", ""])
def test_glab_has_none_for_others(glab: dict[str, str], host: str):
    """What it keeps in the system's keyring stays there."""
    assert glab_token(glab, host) is None


@pytest.mark.parametrize(
    ("name", "below"),
    [("GLAB_CONFIG_DIR", ""), ("XDG_CONFIG_HOME", "glab-cli"), ("XDG_CONFIG_DIRS", "glab-cli")],
)
def test_glab_keeps_it_where_the_environment_says(tmp_path: Path, name: str, below: str):
    """https://docs.gitlab.com/cli/configuration/."""
    (tmp_path / below).mkdir(exist_ok=True)
    (tmp_path / below / "config.yml").write_text(CONFIG)

    assert set(glab_hosts({name: str(tmp_path), "HOME": "/nowhere"})) > {"gitlab.com"}


def test_a_folder_that_depends_on_where_one_stands_is_not_read(glab, monkeypatch: pytest.MonkeyPatch):
    """One may stand in somebody's repository."""
    monkeypatch.chdir(glab["HOME"])

    assert glab_hosts({"GLAB_CONFIG_DIR": ".config/glab-cli", "HOME": glab["HOME"]}) == {}
    assert glab_hosts({"XDG_CONFIG_HOME": ".config", "XDG_CONFIG_DIRS": ".config"}) == {}


@given(st.text(alphabet="ho st:\n\"'#-!&*{}[]tken", max_size=80))
@settings(max_examples=100)
def test_any_file_is_read_or_not(tmp_path_factory: pytest.TempPathFactory, text: str):
    """It is somebody's file: an odd one has no tokens, and breaks nothing."""
    folder = tmp_path_factory.getbasetemp()
    (folder / "config.yml").write_text("hosts:\n" + text)

    assert isinstance(glab_hosts({"GLAB_CONFIG_DIR": str(folder)}), dict)


def chosen(kind: str, place: Place | None = PLACE, token: Token | None = None) -> Forge:
    return choose(kind, place, token, wait=lambda _: None, environ={})  # type: ignore[arg-type]


def test_each_kind_is_chosen_by_its_name():
    """With what it needs, no network."""
    token = Token(SECRET, "private", "GITREG_TOKEN")

    assert [chosen(kind, PLACE, token).kind for kind in ("local", "push-options", "gitlab")] == [
        "local",
        "push-options",
        "gitlab",
    ]


def test_gitlab_needs_a_token():
    """And says where it may come from."""
    with pytest.raises(CredentialsError, match=r"no token for gitlab\.example\.com"):
        chosen("gitlab")


@pytest.mark.parametrize("kind", ["push-options", "gitlab"])
def test_a_forge_needs_a_place(kind: str):
    """A folder has no merge requests."""
    with pytest.raises(UsageError):
        chosen(kind, None)
