"""URIs of registries, as people give them to MLflow: `gitreg:///path`, `gitreg+https://host/group/project`.

A URI is a stranger's word until it is checked. Knows no registry: nothing is opened here, and no file is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from gitreg.domain.words import unprintable
from gitreg.errors import UsageError

LOCAL = ("gitreg", "gitreg+file")
REMOTE = ("gitreg+https", "gitreg+ssh")
SCHEMES = (*LOCAL, *REMOTE)
MARK = "-"
"""The part of a path that ends the registry's name and begins an artifact's place, as in GitLab's own URLs."""
ARTIFACT_ROOT = "artifact_root"
OPTIONS = (ARTIFACT_ROOT,)
_EXAMPLE = "gitreg:///path/to/registry names a folder, gitreg+https://host/group/project a repository"
# a name or an address; neither begins with `-`, which ssh would take for an option (CVE-2017-1000117)
_HOST = re.compile(r"(?:[a-z0-9][a-z0-9.-]{0,252}|\[[0-9a-f:.]{2,45}\])(?::[1-9][0-9]{0,4})?")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_PLAIN = "/~@+,:!$&'()*=-._"


@dataclass(frozen=True, slots=True)
class RegistryUri:
    """What names a registry.

    Args:
        scheme: one of `SCHEMES`.
        host: name and port, with a user before it where ssh needs one; empty for a folder of this machine.
        path: whole, without percent signs: of a folder, or of a repository at the host.
        options: what was given after `?`, in that order.
    """

    scheme: str
    host: str
    path: str
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The registry that `text` names.

        Raises:
            UsageError: if it names none, with the reason.
        """
        scheme, netloc, path, query, fragment = _split(text)
        if scheme not in SCHEMES:
            raise UsageError(f"{text!a} is no registry's URI", hint=_EXAMPLE)
        if fragment or "#" in text:
            raise UsageError(f"{_shown(text)!a} has a #, which must be written %23", hint=_EXAMPLE)
        host = _no_host(text, netloc) if scheme in LOCAL else _host(text, scheme, netloc)
        return cls(scheme, host, _path(text, path), _options(text, query))

    @property
    def is_local(self) -> bool:
        """Whether it names a folder of this machine."""
        return self.scheme in LOCAL

    @property
    def folder(self) -> Path:
        """The folder of this machine that it names."""
        return Path(self.path)

    @property
    def git_url(self) -> str:
        """Where Git finds the repository of another machine."""
        return f"{self.scheme.removeprefix('gitreg+')}://{self.host}{_quoted(self.path)}"

    @property
    def artifact_root(self) -> str | None:
        """Where runs' artifacts go instead of into the registry's storage."""
        return dict(self.options).get(ARTIFACT_ROOT)

    @property
    def place(self) -> Self:
        """The same without options: two URIs of one place are of one registry."""
        return type(self)("gitreg" if self.is_local else self.scheme, self.host, self.path)

    def below(self, parts: Iterable[str] = ()) -> str:
        """Its text, with parts of a path after it."""
        query = f"?{urlencode(self.options, quote_via=quote)}" if self.options else ""
        return f"{self.scheme}://{self.host}{'/'.join((_quoted(self.path), *parts))}{query}"

    def __str__(self) -> str:
        return self.below()


def is_ours(uri: str) -> bool:
    """Whether this plugin answers for a URI."""
    return uri.partition(":")[0].lower() in SCHEMES and ":" in uri


def _split(text: str) -> tuple[str, str, str, str, str]:
    if unprintable(text) is not None or "\\" in text or " " in text or len(text) > 8192:
        raise UsageError(
            f"{text[:200]!a} is no URI: white space, backslashes and control characters are written as %20 and so on"
        )
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise UsageError(f"{text[:200]!a} is no URI: {error}", hint=_EXAMPLE) from error
    return parts.scheme, parts.netloc, parts.path, parts.query, parts.fragment


def _no_host(text: str, netloc: str) -> str:
    if netloc in {"~", ".", ".."} or netloc.startswith(("~", ".")):
        raise UsageError(
            f"{text!a} is no whole path, and would mean another folder in each process", hint=_EXAMPLE
        )
    if netloc:
        raise UsageError(f"{text!a} has two slashes, so {netloc!a} reads as a host", hint=_EXAMPLE)
    return ""


def _host(text: str, scheme: str, netloc: str) -> str:
    user, at, host = netloc.rpartition("@")
    if at and (scheme != "gitreg+ssh" or not _USER.fullmatch(user)):
        raise UsageError(
            f"{_shown(text)!a} holds credentials, which logs and records would keep",
            hint="git config --global credential.helper store, or another of Git's credential helpers",
        )
    if not _HOST.fullmatch(host.lower()):
        raise UsageError(f"{_shown(text)!a} names no host", hint=_EXAMPLE)
    return f"{user}{at}{host.lower()}"


def _shown(text: str) -> str:
    """The URI without what may be a password."""
    return re.sub(r"//[^/?#]*@", "//***@", text)


def _path(text: str, quoted: str) -> str:
    """The decoded path; decoded once, so that `%252e` is a name with a percent sign, never a dot."""
    if quoted.startswith(("/~", "/%7e", "/%7E")):
        raise UsageError(
            f"{text!a} begins with ~, which only a shell knows", hint="gitreg://$HOME/registry in a shell"
        )
    if quoted and not quoted.startswith("/"):
        raise UsageError(
            f"{text!a} is no whole path, and would mean another folder in each process", hint=_EXAMPLE
        )
    parts = [part for part in quoted.split("/") if part]
    if MARK in parts:
        raise UsageError(
            f"{text!a} has a folder called {MARK}, which begins an artifact's address", hint="write it %2D"
        )
    names = [unquote(part, errors="surrogateescape") for part in parts]
    if not names:
        raise UsageError(f"{text!a} names no folder", hint=_EXAMPLE)
    for name in names:
        _require_name(text, name)
    return "/" + "/".join(names)


def _require_name(text: str, name: str) -> None:
    if name in {".", ".."} or "/" in name or "\\" in name:
        raise UsageError(f"{text!a} has a part {name!a}, which names no folder", hint=_EXAMPLE)
    if unprintable(name) is not None:
        raise UsageError(f"{text!a} holds characters that cannot be shown", hint=_EXAMPLE)


def _quoted(path: str) -> str:
    parts = path.split("/")
    return "/".join(
        "%2D" if part == MARK else quote(part, _PLAIN, errors="surrogateescape") for part in parts
    )


def _options(text: str, query: str) -> tuple[tuple[str, str], ...]:
    try:
        pairs = (
            parse_qsl(query, keep_blank_values=True, strict_parsing=True, max_num_fields=20) if query else []
        )
    except ValueError as error:
        raise UsageError(f"{text!a} has options that cannot be read: {error}") from error
    for name, value in pairs:
        if name not in OPTIONS:
            raise UsageError(
                f"{text!a} has the option {name!a}, which is unknown", hint=f"known: {', '.join(OPTIONS)}"
            )
        # MLflow refuses `..` in a query, for something may take it for a path (mlflow.utils.uri.validate_query_string)
        if not value or ".." in value or unprintable(value) is not None or is_ours(value):
            raise UsageError(f"{text!a} has an {name} that is no place of artifacts: {value[:200]!a}")
    if len(dict(pairs)) < len(pairs):
        raise UsageError(f"{text!a} has an option twice")
    return tuple(pairs)
