"""What Git's credential helpers keep for a host: asked for a host that this repository names, and nobody is prompted.

gitcredentials(7) and git-credential(1). Helpers are the user's own configuration, as at a push; `askPass` programs are not run,
for they ask a person, who would not know what for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

from gitreg.errors import UsageError
from gitreg.gitrepo.config import Config
from gitreg.gitrepo.names import printable
from gitreg.gitrepo.process import Git

FORGE_URL = "gitreg.forgeUrl"
"""Where the user says where the forge is, if that is not the remote's host."""
_URL = re.compile(r"(?P<protocol>https?)://(?P<host>[A-Za-z0-9._-]+(?::[0-9]{1,5})?)(?P<path>/[!-~]*)?")
_HOST = re.compile(r"(?:[a-z+]+://)?(?:[^@/\\\s]*@)?(?P<host>[A-Za-z0-9._-]+)(?=[:/]|\Z)", re.IGNORECASE)
_SILENT = {"GIT_ASKPASS": "", "SSH_ASKPASS": "", "GCM_INTERACTIVE": "never"}
"""An empty program is none (prompt.c, `git_prompt`); the third is Git Credential Manager's, for its own windows."""


@dataclass(frozen=True)
class Credential:
    """An account on a host.

    Args:
        username: its name.
        password: the secret: a password, or a token of any kind.
    """

    username: str
    password: str = field(repr=False)


def credential(git: Git, config: Config, url: str) -> Credential | None:
    """Return what the helpers have for a URL; None when they have nothing, or nobody here named that host.

    Args:
        git: the repository's Git.
        config: its configuration.
        url: `https://host[:port][/path]`, without an account.

    Raises:
        UsageError: the URL is none.
        RemoteError: a helper was silent for `gitreg.timeout` seconds.
    """
    parts = _URL.fullmatch(url)
    if not parts:
        raise UsageError(f"{printable(_HOST.sub('', url))!r} is not the URL of a page")
    if parts["host"].split(":")[0].lower() not in set(_named_hosts(git, config)):
        return None
    asked = {"protocol": parts["protocol"], "host": parts["host"], "path": (parts["path"] or "").lstrip("/")}
    lines = "".join(f"{key}={value}\n" for key, value in asked.items() if value)
    options = ("-c", "credential.interactive=false")
    outcome = git.run(
        "credential", "fill", stdin=f"{lines}\n".encode(), good=(), extra=_SILENT, options=options
    )
    return _answer(outcome.out, asked) if outcome.code == 0 else None


def _answer(out: bytes, asked: dict[str, str]) -> Credential | None:
    """What was answered, unless it is for another host: a helper may change what it was asked for."""
    found = dict(line.split("=", 1) for line in out.decode("utf-8", "replace").splitlines() if "=" in line)
    if any(found.get(key) != asked[key] for key in ("protocol", "host")) or not found.get("password"):
        return None
    return Credential(found.get("username", ""), found["password"])


def _named_hosts(git: Git, config: Config) -> Iterator[str]:
    """The hosts of the remotes, where Git really goes (`url.<base>.insteadOf`), and the forge's own if it was named."""
    urls = [config.get(FORGE_URL) or ""]
    for remote, way in product(config.remotes(), ("--all", "--push")):
        outcome = git.run("remote", "get-url", way, "--end-of-options", remote, good=())
        urls += outcome.out.decode("utf-8", "replace").splitlines() if outcome.code == 0 else []
    yield from (found["host"].lower() for url in urls if (found := _HOST.match(url)))
