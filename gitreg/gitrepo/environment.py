"""The environment in which gitreg runs Git. Knows names of variables and options, and no repository.

What redirects Git to another repository, runs a program, or changes the form of output is dropped; what lets the
user reach a remote (ssh agent, askpass, proxies, own configuration files) stays. It is an allow list: a variable
that a later Git invents is dropped until somebody has looked at it. Sources: git(1), "Environment variables".
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

PROTOCOLS = ("file", "ssh", "https", "http", "git")
"""Transports that gitreg uses; `ext::` and `fd::` run or reuse whatever an URL says."""

_KEPT = re.compile(
    r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|PROXY_COMMAND|PROXY_SSL_\w+|SSL_\w+|HTTP_\w+|PROTOCOL"
    r"|(AUTHOR|COMMITTER)_(NAME|EMAIL|DATE)|DISCOVERY_ACROSS_FILESYSTEM|NO_LAZY_FETCH"
    r"|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+))"
)
_DROPPED = frozenset({"LANGUAGE", "PAGER", "EDITOR", "VISUAL"})
_SET = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ADVICE": "0",
    "GIT_EDITOR": "false",
    "GIT_PAGER": "cat",
}

OPTIONS = (
    "--no-pager",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "protocol.ext.allow=never",
    "-c",
    "submodule.recurse=false",
    "-c",
    "log.showSignature=false",
)
"""Options of every call; they win over configuration files and over GIT_CONFIG_COUNT."""

NO_LAZY_FETCH = {"GIT_NO_LAZY_FETCH": "1"}
"""For a caller who believes nothing in a repository: an object that is missing there stays missing. Git would else ask the
remote that a partial clone names, by the programs that it names (git(1), `GIT_NO_LAZY_FETCH`, since 2.39.4)."""


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what of an environment Git may see, with gitreg's own settings added."""
    kept = {name: value for name, value in environ.items() if _is_kept(name)}
    allowed = environ.get("GIT_ALLOW_PROTOCOL")
    protocols = PROTOCOLS if allowed is None else [name for name in PROTOCOLS if name in allowed.split(":")]
    if "PATH" in kept:
        kept["PATH"] = _whole_paths(kept["PATH"])
    return kept | _SET | {"GIT_ALLOW_PROTOCOL": ":".join(protocols)}


def _whole_paths(path: str) -> str:
    """PATH without what is no whole path: Git is run in the repository's folder, where anybody may have put a `git`."""
    return ":".join(entry for entry in path.split(":") if entry.startswith("/")) or os.defpath


def _is_kept(name: str) -> bool:
    if name.startswith("GIT_"):
        return _KEPT.fullmatch(name) is not None
    return name not in _DROPPED and not name.startswith("LC_")
