"""The registry that an MLflow URI names, open in this thread: MLflow's server asks from many threads of several processes.

Nothing is remembered here that another process would miss.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gitreg.errors import UsageError
from gitreg.store import Author
from gitreg.workflows.registry import Registry, author_at, open_registry


@dataclass
class OpenRegistries(threading.local):
    """The registries of one thread, each by its URI; after a fork they are opened again."""

    process: int = 0
    opened: dict[str, Registry] = field(default_factory=dict)

    def get(self, uri: str) -> Registry:
        """The registry, opened at the first call."""
        if self.process != os.getpid():
            self.process, self.opened = os.getpid(), {}
        if uri not in self.opened:
            self.opened[uri] = open_registry(registry_path(uri), dict(os.environ))
        return self.opened[uri]


_OPEN = OpenRegistries()


def opened(uri: str) -> Registry:
    """The registry that a tracking or registry URI names.

    Raises:
        NotFoundError: if there is none.
        UsageError: if the URI means nothing.
    """
    return _OPEN.get(uri)


def registry_path(uri: str) -> Path:
    """The folder that a URI of this machine names.

    Raises:
        UsageError: if it names none.
    """
    parts = urlsplit(uri)
    if parts.scheme not in {"gitreg", "gitreg+file"} or parts.netloc or not parts.path.startswith("/"):
        raise UsageError(f"{uri!a} names no folder", hint="gitreg:///path/to/registry has three slashes")
    return Path(unquote(parts.path))


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def author(registry: Registry) -> Author:
    """Who commits, now."""
    return author_at(registry, now())
