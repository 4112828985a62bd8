"""Where a project is on a forge, told from a remote's URL. Pure: asks nobody, and knows no token.

The forms of a remote's URL are those of git-clone(1), "GIT URLS". Only what every reader of URLs reads alike is taken
for a place: a backslash, a second `@` or a `#` would make one program send to another host what a second one allowed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gitreg.domain.forge_place import forge_project, forge_url
from gitreg.errors import UsageError

_HOST = r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])"
_URL = re.compile(
    rf"(?P<scheme>https?|ssh|git\+ssh|ssh\+git)://(?:[^@/\\\s?#]*@)?{_HOST}(?::(?P<port>[1-9][0-9]{{0,4}}))?/(?P<path>[!-~]+)",
    re.IGNORECASE,
)
_SCP = re.compile(rf"(?:[A-Za-z0-9_.-]+@)?{_HOST}:(?!//)(?P<path>[!-~]+)")
"""`git@host:group/name.git`: with a colon before the first slash, and no port."""
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_LOOPBACK = re.compile(r"localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]")
_REQUEST = "/-/merge_requests/"


@dataclass(frozen=True)
class Place:
    """A project on a forge.

    Args:
        url: of the forge: `https://gitlab.example.com[:port][/relative root]`, without a slash at its end.
        project: the project's path there, `group/sub/name`.

    Raises:
        ValueError: if one of them is not what it should be.
    """

    url: str
    project: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "url", _without_default_port(forge_url(self.url)))
        forge_project(self.project)

    @property
    def authority(self) -> str:
        """Host and, if it is not the usual one, port."""
        return self.url.split("/")[2]

    @property
    def host(self) -> str:
        """The host's name alone, in lower case."""
        return re.sub(r":[0-9]+\Z", "", self.authority)

    @property
    def is_clear(self) -> bool:
        """Whether what is sent there can be read on the way: plain http to another machine."""
        return self.url.startswith("http://") and not _LOOPBACK.fullmatch(self.host)

    @property
    def project_url(self) -> str:
        """Where people see the project."""
        return f"{self.url}/{self.project}"

    def request_url(self, number: int) -> str:
        """Where people see a merge request."""
        return f"{self.project_url}{_REQUEST}{number}"

    def request_in(self, url: str) -> int | None:
        """The number of a merge request of this very project, from its URL; None when it is something else.

        Args:
            url: as the forge wrote it. Its scheme, port and relative root may be others than ours, which may be only
                guessed from a remote that is reached by ssh; its host and project may not.
        """
        path = r"(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*){0,9}?"
        form = rf"https?://{re.escape(self.host)}(?::[0-9]{{1,5}})?{path}/{re.escape(self.project)}{_REQUEST}(?P<n>[1-9][0-9]{{0,9}})"
        found = re.fullmatch(form, url, re.IGNORECASE | re.ASCII) if len(url) < 2000 else None
        return int(found["n"]) if found else None


def place_of(remote_url: str, base: str | None = None) -> Place | None:
    """The place that a remote belongs to; None for a folder, `file://` and what no forge would have.

    Args:
        remote_url: https, http, ssh or the short form of ssh (`git@host:group/name.git`), with or without credentials.
        base: the URL of the forge, where the user named it (`git config gitreg.forgeUrl`); else the remote's own host,
            by https unless the remote is plain http. A remote by ssh may have another port, or host, than the pages; and
            only `base` can tell a relative root from a group.

    Raises:
        UsageError: if `base` is no forge's URL, or is plain http to another machine while the remote is not.
    """
    found = _URL.fullmatch(remote_url) or _SCP.fullmatch(remote_url)
    if not found or _is_drive(remote_url):
        return None
    parts = found.groupdict()
    scheme, host = (parts.get("scheme") or "ssh").lower(), parts["host"].lower()
    try:
        own = _own_url(scheme, host, parts.get("port"))
        url = _base_url(base, scheme) if base else own
        is_page = scheme in _DEFAULT_PORTS and url.startswith(f"{own}/")
        return Place(url, _project(parts["path"], url.removeprefix(own) if is_page else ""))
    except ValueError:
        return None


def _own_url(scheme: str, host: str, port: str | None) -> str:
    """The URL of a remote's host: a port of ssh says nothing about the pages."""
    if scheme not in _DEFAULT_PORTS:
        return f"https://{host}"
    return _without_default_port(f"{scheme}://{host}" + (f":{port}" if port else ""))


def _base_url(base: str, scheme: str) -> str:
    try:
        place = Place(base, "group/name")
    except ValueError as error:
        raise UsageError(
            f"gitreg.forgeUrl is no forge's URL: {error}",
            hint="git config gitreg.forgeUrl https://gitlab.example.com",
        ) from None
    if place.is_clear and scheme != "http":
        raise UsageError(
            "gitreg.forgeUrl is plain http, and a token sent there could be read on the way",
            hint="git config gitreg.forgeUrl https://" + place.url.removeprefix("http://"),
        )
    return place.url


def _project(path: str, root: str) -> str:
    """The project in a remote's path, in which a relative root stands only where the remote is a page's URL."""
    inside = f"/{path.strip('/')}".removeprefix(root)
    return forge_project(inside.removeprefix("/").removesuffix(".git"))


def _without_default_port(url: str) -> str:
    scheme = url.split(":", 1)[0]
    return re.sub(rf"(?<=[\w\]]):{_DEFAULT_PORTS[scheme]}(?=/|\Z)", "", url)


def _is_drive(remote_url: str) -> bool:
    """`C:/folder` is a folder of Windows (git-clone(1))."""
    return re.match(r"[A-Za-z]:", remote_url) is not None
