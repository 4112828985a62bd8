"""Where a project is, told from what people write as a remote."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.errors import UsageError
from gitreg.forge.place import Place, place_of

TOKEN = "glpat-0123456789"


@pytest.mark.parametrize(
    ("remote", "url", "project"),
    [
        ("https://gitlab.com/team/models.git", "https://gitlab.com", "team/models"),
        ("https://gitlab.com/team/sub/models", "https://gitlab.com", "team/sub/models"),
        (f"https://oauth2:{TOKEN}@gitlab.com/team/models.git", "https://gitlab.com", "team/models"),
        ("https://GitLab.Example.com:8443/team/models/", "https://gitlab.example.com:8443", "team/models"),
        ("https://gitlab.example.com:443/team/models", "https://gitlab.example.com", "team/models"),
        ("http://127.0.0.1:8080/team/models.git", "http://127.0.0.1:8080", "team/models"),
        ("git@gitlab.com:team/models.git", "https://gitlab.com", "team/models"),
        ("gitlab.com:/team/models.git", "https://gitlab.com", "team/models"),
        ("ssh://git@gitlab.example.com:2222/team/models.git", "https://gitlab.example.com", "team/models"),
        ("git+ssh://git@gitlab.example.com/team/models", "https://gitlab.example.com", "team/models"),
        ("http://[::1]:8080/team/models", "http://[::1]:8080", "team/models"),
    ],
)
def test_a_remote_says_where_its_project_is(remote: str, url: str, project: str):
    """In all forms of git-clone(1) that go to a host; accounts and ports of ssh say nothing of it."""
    assert place_of(remote) == Place(url, project)


@pytest.mark.parametrize(
    "remote",
    [
        "", ".", "/srv/models.git", "../models.git", "./a:b/c", "file:///srv/team/models", "C:/team/models", "C:\\team\\models",
        "ext::sh -c id", "git://example.com/team/models", "https://gitlab.com/models.git", "https://gitlab.com/",
        "https://gitlab.com/team/../models", "https://gitlab.com/team/models?x=1", "https://gitlab.com/team/models#x",
        "https://gitlab.com\\@evil.example/team/models", "https://gitlab.com/team/mo dels", "https://a@b@c/team/models",
        "https://gitlab.com:99999999/team/models", "https://gitlab.com:0/team/models", "https:///team/models", "https://gitlab.com/team/models\n",
        "git@gitlab.com:team/$(id).git", "--upload-pack=x:team/models", "git@-oProxyCommand=x:team/models",
        "https://gitlab.com/-/models", "https://гит.example/team/models",
    ],
)  # fmt: skip
def test_what_no_forge_has_is_none(remote: str):
    """Folders, and what two programs could read in two ways."""
    assert place_of(remote) is None


@given(st.text(max_size=60))
@settings(max_examples=100)
def test_any_text_is_a_place_or_none(text: str):
    """And a place says nothing that is not fit for a URL."""
    for remote in (
        text,
        f"https://{text}",
        f"git@{text}",
        f"https://gitlab.com/{text}",
        f"git@gitlab.com:{text}",
    ):
        found = place_of(remote)

        assert found is None or (
            found.project_url.isascii() and found.project_url.isprintable() and "@" not in found.url
        )


def test_a_relative_root_is_told_by_its_base():
    """The pages' URL has it before the project, ssh has not."""
    base = "https://example.com/gitlab/"

    assert place_of("https://example.com/gitlab/team/models.git", base) == Place(
        "https://example.com/gitlab", "team/models"
    )
    assert place_of("git@ssh.example.com:team/models.git", base) == Place(
        "https://example.com/gitlab", "team/models"
    )
    assert place_of("git@example.com:gitlab/models.git", base) == Place(
        "https://example.com/gitlab", "gitlab/models"
    )


@pytest.mark.parametrize(
    "base", ["http://gitlab.example.com", "https://me@gitlab.example.com", "ftp://x", f"https://{TOKEN}@x"]
)
def test_a_base_that_would_show_a_token_is_refused(base: str):
    """Plain http can be read on the way, unless it is the remote's own way; an account has no place in a URL."""
    with pytest.raises(UsageError) as caught:
        place_of("git@gitlab.example.com:team/models.git", base)

    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("remote", "base"),
    [
        ("http://gitlab.example.com/team/models", "http://gitlab.example.com"),
        ("git@localhost:team/models", "http://localhost:8080"),
    ],
)
def test_plain_http_goes_where_it_goes_anyway(remote: str, base: str):
    """Where the remote is plain http itself, and on this machine."""
    assert place_of(remote, base) == Place(base, "team/models")


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("https://gitlab.com/team/models/-/merge_requests/7", 7),
        ("https://GITLAB.com/Team/models/-/merge_requests/7", 7),
        ("http://gitlab.com:8080/root/team/models/-/merge_requests/7", 7),
        ("https://gitlab.com/team/models/-/merge_requests/0", None),
        ("https://gitlab.com/team/models/-/merge_requests/7/diffs", None),
        ("https://gitlab.com/team/models/-/merge_requests/7?x=<script>", None),
        ("https://gitlab.com/team/models/-/merge_requests/\u0667", None),
        ("https://gitlab.com/team/others/-/merge_requests/7", None),
        ("https://gitlab.com.evil.example/team/models/-/merge_requests/7", None),
        ("https://evil.example/gitlab.com/team/models/-/merge_requests/7", None),
        ("https://a@gitlab.com/team/models/-/merge_requests/7", None),
        ("https://gitlabxcom/team/models/-/merge_requests/7", None),
        ("https://gitlab.com/team/models/-/merge_requests/7\n", None),
    ],
)
def test_only_own_merge_requests_have_a_number(url: str, number: int | None):
    """The scheme, port and root of a place may be guessed; its host and project are known."""
    assert Place("https://gitlab.com", "team/models").request_in(url) == number
