"""Publishing: artifact bytes to the storage first, then the records that name them."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.artifacts import SILENT, Progress
from gitreg.store import Author
from gitreg.workflows.exchange import fetch, push_candidates
from gitreg.workflows.registry import Registry
from gitreg.workflows.storage import open_storage


@dataclass(frozen=True)
class Pushed:
    """What was sent.

    Args:
        objects: how many artifact objects.
        size: their bytes.
        storage: where to.
        tries: how many pushes of the candidate branch it took; 0 when it was there already, or there is no remote.
        remote: the Git remote, if any.
    """

    objects: int
    size: int
    storage: str | None
    tries: int
    remote: str | None


def push(registry: Registry, author: Author, *, progress: Progress = SILENT) -> Pushed:
    """Sends everything that only this machine has.

    Raises:
        RemoteError: if storage or remote cannot be reached; nothing is lost.
        ConflictError: if others were faster every time.
    """
    ids = registry.cache.unpushed_objects()
    sent, size, where = 0, 0, None
    if ids:
        storage = open_storage(registry)
        result = storage.push(registry.cache, ids, progress=progress)
        sent, size, where = result.sent, result.bytes, storage.describe()
    if registry.remote is not None:
        fetch(registry, author)
    return Pushed(sent, size, where, push_candidates(registry, author), registry.remote)
