"""Mirrors of registries of other machines, kept fresh while they are used: the remote is asked now and then, and never waited for.

A remote that is away is told of once; what is logged meanwhile is kept, and sent with the next run that ends.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from gitreg.errors import GitregError
from gitreg.mlflow_plugin.telling import may_tell_again, tell_once
from gitreg.mlflow_plugin.uris import RegistryUri
from gitreg.workflows.identity import named
from gitreg.workflows.publishing.mirror import open_mirror, refresh
from gitreg.workflows.registry import Registry, author_at, open_registry

OLD = 60.0
"""Seconds after which a remote is asked again."""
FIRST_WAIT = 5.0
"""Seconds that the first use in a process waits for news: a search that a program begins with should find them."""
_asked: dict[Path, float] = {}
_lock = threading.Lock()


def mirror_of(uri: RegistryUri, environ: Mapping[str, str], *, now: datetime) -> Registry:
    """The mirror of a registry, opened; made when there is none yet.

    Raises:
        RemoteError: if there is none yet, and the remote cannot be reached.
        CredentialsError: if it does not let us in.
        NotFoundError: if it is no registry.
    """
    registry = named(open_mirror(uri.git_url, environ), now)
    keep_fresh(registry)
    return registry


def keep_fresh(registry: Registry) -> None:
    """Has the remote asked if that was long ago; only the first time in a process somebody waits for it, and not long."""
    folder, now = registry.repository.git_dir, time.monotonic()
    with _lock:
        last = _asked.get(folder)
        if last is not None and now - last < OLD:
            return
        _asked[folder] = now
    try:
        asking = threading.Thread(target=_ask, args=(folder, dict(registry.environ)), daemon=True)
        asking.start()
    except RuntimeError:
        return  # the program ends at this moment
    if last is None:
        asking.join(FIRST_WAIT)


def _ask(folder: Path, environ: Mapping[str, str]) -> None:
    about = f"fetch {folder}"
    try:
        registry = open_registry(folder, environ)
        try:
            refresh(registry, author_at(registry, datetime.now(UTC)), older=OLD)
        finally:
            registry.close()
    except (GitregError, OSError) as error:
        tell_once(f"{error}; what was fetched last is used, and what is logged is kept", about=about)
    else:
        may_tell_again(about)


def _start_over() -> None:
    global _lock  # noqa: PLW0603 - a thread that is not here may have held it
    _lock = threading.Lock()
    _asked.clear()


os.register_at_fork(after_in_child=_start_over)
