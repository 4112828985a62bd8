"""Who works here, where Git knows nobody: a training must not end for that, nor what a crash left stay unfinished.

MLflow's users never told Git a name. Then the user's at this host stands in the commits.
"""

from __future__ import annotations

import os
import pwd
import re
import socket
from collections.abc import Mapping
from datetime import datetime
from itertools import product

from gitreg.errors import CredentialsError
from gitreg.workflows.registry import Registry, open_registry

_UNFIT = re.compile(r"[^\w.+-]+", re.ASCII)
_USER = ("LOGNAME", "USER", "LNAME", "USERNAME")
"""As Python's getpass.getuser asks."""


def named(registry: Registry, now: datetime) -> Registry:
    """The registry, opened so that whoever commits has a name: opened again, where Git knows none."""
    repository = registry.repository
    try:
        repository.identity(now)
        repository.committer(now)
    except CredentialsError:
        registry.close()
        environ = with_identity(registry.environ)
        return open_registry(repository.work_tree or repository.git_dir, environ)
    return registry


def with_identity(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with the user's name at this host, unless it says another."""
    user = _user(environ)
    words = {"NAME": user, "EMAIL": f"{user}@{_fit(socket.gethostname()) or 'localhost'}"}
    made = {f"GIT_{role}_{what}": words[what] for role, what in product(("AUTHOR", "COMMITTER"), words)}
    return made | dict(environ)


def _user(environ: Mapping[str, str]) -> str:
    said = next(filter(None, map(environ.get, _USER)), None)
    try:
        return _fit(said or pwd.getpwuid(os.getuid()).pw_name) or "unknown"
    except KeyError:  # no such user on this machine, as in many a container
        return "unknown"


def _fit(words: str) -> str:
    return _UNFIT.sub("-", words).strip("-.")
