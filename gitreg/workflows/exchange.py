"""News from the remote, and what is ours to it: refs only; artifact bytes travel in push.py."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.errors import ConflictError, RemoteError
from gitreg.gitrepo import ZERO, ObjectId, PushUpdate, RefUpdate
from gitreg.store import Author, retrying
from gitreg.workflows.registry import CANDIDATES, Registry

TAGS = tuple(f"refs/tags/{kind}/*" for kind in ("model", "stage", "retire", "resign", "approve"))
ATTEMPTS = 10


@dataclass(frozen=True)
class Fetched:
    """What fetching changed: the candidate branch's old and new tip here."""

    before: ObjectId | None
    after: ObjectId | None


def fetch(registry: Registry, author: Author) -> Fetched:
    """Brings the accepted branch, proposals, signed tags and candidates; the local candidate branch follows.

    Tags never replace one that is here: a name that was signed is final. Proposals that the remote has no more are
    forgotten: somebody merged or refused them.

    Raises:
        RemoteError: if the remote cannot be reached.
        ConflictError: if both sides changed the same candidate.
    """
    before = registry.repository.resolve(CANDIDATES)
    if registry.remote is None:
        return Fetched(before, before)
    _fetch_refs(registry, registry.remote)
    return Fetched(before, retrying(lambda: follow_candidates(registry, author)))


def fetch_unless(registry: Registry, author: Author, *, offline: bool) -> None:
    """Brings the remote's news before anything is decided on them, unless the user works without it."""
    if not offline:
        fetch(registry, author)


def _fetch_refs(registry: Registry, remote: str) -> None:
    repository, accepted = registry.repository, registry.local_accepted_ref
    branches = f"+refs/heads/gitreg/*:refs/remotes/{remote}/gitreg/*"
    tags = [f"{pattern}:{pattern}" for pattern in TAGS]
    try:
        repository.fetch(remote, [f"+{accepted}:{tracking_ref(registry, accepted)}", *tags])
    except RemoteError:
        if repository.ls_remote(remote, [accepted]):
            raise
        # a remote that was made a minute ago has no accepted branch yet
        repository.fetch(remote, tags)
    # a call of its own: pruning beside the tags would delete those that were not pushed yet
    repository.fetch(remote, [branches], prune=True)


def tracking_ref(registry: Registry, ref: str) -> str:
    """Where this repository keeps what the remote's branch `ref` was when it was last heard of."""
    return ref.replace("refs/heads/", f"refs/remotes/{registry.remote}/", 1)


def follow_candidates(registry: Registry, author: Author) -> ObjectId | None:
    """Brings the local candidate branch to what the remote's last fetched one has, ours included.

    Raises:
        ConflictError: if both changed the same candidate, or somebody moves the branch.
    """
    repository = registry.repository
    theirs = repository.resolve(tracking_ref(registry, CANDIDATES))
    ours = repository.resolve(CANDIDATES)
    if theirs is None or theirs == ours:
        return ours
    if ours is None or repository.is_ancestor(ours, theirs):
        joined = theirs
    elif repository.is_ancestor(theirs, ours):
        return ours
    else:
        tree = repository.merge_trees([ours, theirs])
        message = "Join candidates of two clones\n"
        joined = repository.write_commit(tree, [theirs, ours], message, author.identity, author.identity)
    repository.update_refs(
        [RefUpdate(CANDIDATES, joined, ours or ZERO)], "gitreg: follow the remote's candidates"
    )
    return joined


def push_candidates(registry: Registry, author: Author, attempts: int = ATTEMPTS) -> int:
    """Sends the candidate branch, joining what others sent meanwhile.

    Returns:
        how many tries it took; 0 when there was nothing to send.

    Raises:
        ConflictError: when others were faster every time.
    """
    if registry.remote is None:
        return 0
    for attempt in range(1, attempts + 1):
        ours = registry.repository.resolve(CANDIDATES)
        theirs = registry.repository.resolve(tracking_ref(registry, CANDIDATES))
        if ours is None or ours == theirs:
            return attempt - 1
        try:
            send(registry, CANDIDATES, ours, theirs)
        except ConflictError:
            fetch(registry, author)
            continue
        return attempt
    raise ConflictError("others changed the candidate branch at every try", hint="gitreg push")


def send(registry: Registry, ref: str, new: ObjectId, old: ObjectId | None) -> None:
    """Sends one ref to the remote, from the value it must still have there; does nothing without a remote.

    What is remembered of the remote's branch follows, whatever the clone's own configuration fetches.

    Raises:
        ConflictError: if somebody was faster.
        RemoteError: if the remote cannot be reached.
    """
    if registry.remote is None:
        return
    registry.repository.push(registry.remote, [PushUpdate(ref, new, old or ZERO)])
    if ref.startswith("refs/heads/"):
        known = tracking_ref(registry, ref)
        now = registry.repository.resolve(known) or ZERO
        if now != new:
            registry.repository.update_refs([RefUpdate(known, new, now)], "gitreg: sent")
