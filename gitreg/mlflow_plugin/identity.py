"""Who works here, where Git knows nobody: MLflow's users never told it, and a training must not end for that."""

from __future__ import annotations

import getpass
import re
import socket
from collections.abc import Mapping
from datetime import datetime
from itertools import product

from gitreg.errors import CredentialsError
from gitreg.gitrepo import Repository

_UNFIT = re.compile(r"[^\w.+-]+", re.ASCII)


def named(environ: Mapping[str, str], repository: Repository, when: datetime) -> dict[str, str]:
    """The environment, in which Git knows a name and an e-mail address: the user's at this host, where it knew none."""
    try:
        repository.identity(when)
        repository.committer(when)
    except CredentialsError:
        return with_identity(environ)
    return dict(environ)


def with_identity(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with the user's name at this host, unless it says another."""
    user = _user()
    words = {"NAME": user, "EMAIL": f"{user}@{_fit(socket.gethostname()) or 'localhost'}"}
    made = {f"GIT_{role}_{what}": words[what] for role, what in product(("AUTHOR", "COMMITTER"), words)}
    return made | dict(environ)


def _user() -> str:
    try:
        return _fit(getpass.getuser()) or "unknown"
    except (KeyError, OSError, ImportError):  # no such user on this machine, as in many a container
        return "unknown"


def _fit(words: str) -> str:
    return _UNFIT.sub("-", words).strip("-.")
