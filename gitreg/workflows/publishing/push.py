"""Publishing: artifact bytes to the storage first, then the records that name them."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.artifacts import SILENT, Progress
from gitreg.gitrepo import ObjectId
from gitreg.store import Author
from gitreg.workflows.contents.apart import remembered, unite_remembered
from gitreg.workflows.pacing import Pacing
from gitreg.workflows.publishing.publish import Published, publish
from gitreg.workflows.publishing.relay import needs_relay, relayed, remember_sent
from gitreg.workflows.registry import CANDIDATES, Registry
from gitreg.workflows.remote_refs import known_sent
from gitreg.workflows.storage import open_storage


@dataclass(frozen=True)
class Pushed:
    """What was sent.

    Args:
        objects: how many artifact objects.
        size: their bytes.
        storage: where to.
        published: what became of the candidates.
        remote: the Git remote, if any.
        apart: records whose sides' files could not be united yet; the next push tries again.
    """

    objects: int
    size: int
    storage: str | None
    published: Published
    remote: str | None
    apart: tuple[str, ...] = ()


def push(registry: Registry, author: Author, pacing: Pacing, *, progress: Progress = SILENT) -> Pushed:
    """Sends everything that only this machine has.

    Candidates that are logged while it runs may or may not be sent; their artifacts are never left behind them.

    Raises:
        RemoteError: if storage or remote cannot be reached; nothing is lost.
        ConflictError: if others were faster every time.
    """
    unite_remembered(registry, author)
    ours = registry.repository.resolve(CANDIDATES)  # before its artifacts are looked for: see `publish`
    if not needs_relay(registry):
        return _push(registry, registry, ours, author, pacing, progress)
    if ours is not None and ours == known_sent(registry) and not registry.cache.has_unpushed():
        return Pushed(0, 0, None, Published(), registry.remote)
    with relayed(registry, ours) as relay:
        pushed = _push(registry, relay, ours, author, pacing, progress)
    if ours is not None:
        remember_sent(registry, ours)
    return pushed


def _push(
    registry: Registry,
    shared: Registry,
    ours: ObjectId | None,
    author: Author,
    pacing: Pacing,
    progress: Progress,
) -> Pushed:
    """Sends artifacts of this clone and candidates by way of `shared`, the same registry or a relay of it."""
    ids = registry.cache.unpushed_objects()
    sent, size, where = 0, 0, None
    if ids:
        storage = open_storage(registry, shared.accepted)
        result = storage.push(registry.cache, ids, progress=progress)
        sent, size, where = result.sent, result.bytes, storage.describe()
    published = publish(shared, ours, author, pacing)
    return Pushed(sent, size, where, published, registry.remote, tuple(remembered(registry)))
