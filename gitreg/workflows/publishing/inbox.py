"""The inbox of a remote: a ref for each writer in a crowd, which nobody else writes, and everybody reads and folds.

A writer moves its own ref forward as long as nobody folded it; then it begins another one. So there are never more of
them than writers, and a push to one is never lost to somebody else's.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from gitreg.errors import ConflictError
from gitreg.gitrepo import ZERO, ObjectId, PushUpdate, RefUpdate, Repository
from gitreg.workflows.pacing import Pacing
from gitreg.workflows.publishing.crowd import Crowd
from gitreg.workflows.publishing.push_refs import push_refs
from gitreg.workflows.registry import Registry
from gitreg.workflows.remote_refs import INBOX, tracking_ref

STEPS = 64
"""How many commits of ours are looked through for one that the remote has."""

DELETED_AT_ONCE = 500


def leave_in_inbox(registry: Registry, ours: ObjectId, crowd: Crowd | None, pacing: Pacing) -> str:
    """Pushes commits to the clone's own inbox ref, or to a new one.

    Returns:
        the ref's name.

    Raises:
        CredentialsError: if the remote takes no such refs.
        RemoteError: if it cannot be reached.
    """
    before = registry.repository.resolve(tracking_ref(registry, crowd.ref)) if crowd else None
    # ours was made upon what the ref holds, unless another process of this clone has moved it beyond ours
    if crowd and before and is_near(registry.repository, before, ours):
        with suppress(ConflictError):  # somebody folded it
            _send(registry, crowd.ref, ours, before)
            return crowd.ref
    ref = INBOX + pacing.name()
    _send(registry, ref, ours, ZERO)
    return ref


def _send(registry: Registry, ref: str, new: ObjectId, old: ObjectId) -> None:
    push_refs(registry, [PushUpdate(ref, new, old)])
    with suppress(ConflictError):  # another process of this clone fetched just then
        registry.repository.update_refs([RefUpdate(tracking_ref(registry, ref), new, old)], "gitreg: sent")


def is_near(repository: Repository, before: ObjectId, ours: ObjectId) -> bool:
    """Whether one commit is another one or a few steps behind it, on its line of first parents."""
    commit = ours
    for _ in range(STEPS):
        if commit == before:
            return True
        parents = repository.commit(commit).parents
        if not parents:
            return False
        commit = parents[0]
    return False


def delete_folded(registry: Registry, folded: Mapping[str, ObjectId]) -> None:
    """Deletes inbox refs whose commits the remote's branch holds; one that its writer moved on meanwhile stays.

    Only after the branch has arrived: a crash in between leaves refs that the next push finds folded.
    """
    names = sorted(folded)[:DELETED_AT_ONCE]
    if not names or registry.remote is None:
        return
    deleted = registry.repository.delete_remote_refs(registry.remote, {name: folded[name] for name in names})
    updates = [RefUpdate(tracking_ref(registry, name), ZERO, folded[name]) for name in sorted(deleted)]
    with suppress(ConflictError):  # another process of this clone fetched just then
        registry.repository.update_refs(updates, "gitreg: folded")
