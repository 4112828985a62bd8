"""Where a forge is, as gitreg.yaml and Git's configuration may say it: nothing that two programs read differently."""

from __future__ import annotations

import pytest

from gitreg.documents import places
from gitreg.documents.reader import read
from gitreg.domain.forge_place import forge_project, forge_url
from gitreg.domain.registry import RegistrySettings
from gitreg.errors import RecordError


@pytest.mark.parametrize(
    "url",
    [
        "https://gitlab.com",
        "http://localhost:8080",
        "https://git.example.com/relative/root",
        "https://[::1]:8443",
        "http://127.0.0.1",
    ],
)
def test_a_url_of_a_forge(url: str) -> None:
    """Scheme, host, perhaps a port and a path; a slash at the end goes."""
    assert forge_url(url) == forge_url(f"{url}/") == url


@pytest.mark.parametrize(
    "url",
    [
        "", "gitlab.com", "ftp://gitlab.com", "file:///etc", "javascript:alert(1)", "https://", "https:///x", "https://GitLab.com",
        "https://user@gitlab.com", "https://user:word@gitlab.com", "https://gitlab.com@evil.example", "https://gitlab.com?x=1",
        "https://gitlab.com#x", "https://gitlab.com\\@evil.example", "https://gitlab.com/../x", "https://gitlab.com/a/..%2f",
        "https://gitlab.com:0", "https://gitlab.com:123456", "https://gitlab.com:", "https://-x.example", "https://a..b",
        "https://gitlab.com/a b", "https://gitlab.com\n", "https://gitlab.com\u202e", "https://gitl\u0430b.com", "https://$(id)", "https://gitlab.com//x",
        "https://" + "a" * 600,
    ],
)  # fmt: skip
def test_what_is_no_url_of_a_forge(url: str) -> None:
    """Accounts, queries, other schemes, capitals, and whatever hides another host are refused."""
    with pytest.raises(ValueError, match="a forge's URL"):
        forge_url(url)


@pytest.mark.parametrize(
    "path",
    ["", "name", "/group/name", "group/name/", "group//name", "group/../name", "a/b.git", "a/b.atom", "a/b?x", "a/b#x", "a/b%2f", "a/-", "a/b\n", "a/" + "b" * 600],
)  # fmt: skip
def test_what_is_no_path_of_a_project(path: str) -> None:
    """A path goes into URLs of the API; nothing in it may end it or climb."""
    with pytest.raises(ValueError, match="a project's path"):
        forge_project(path)


def test_gitreg_yaml_names_no_other_scheme() -> None:
    """The record refuses, with the line."""
    text = b"schema: gitreg/registry/v1\nid: 0d8f1c5e-1111-4222-8333-444455556666\nname: models\nforge:\n  kind: gitlab\n  url: file:///etc\n"

    with pytest.raises(RecordError, match="http://") as refusal:
        read(text, RegistrySettings, places.REGISTRY)

    assert refusal.value.place == "gitreg.yaml:6:8"
