"""News from the remote, and what is ours to it: refs only; artifact bytes travel in push.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gitreg.errors import ConflictError, RemoteError
from gitreg.gitrepo import ZERO, ObjectId, PushUpdate, RefUpdate
from gitreg.store import Author, retrying
from gitreg.workflows.publishing.follow_candidates import follow_candidates
from gitreg.workflows.publishing.relay import fetch_tip
from gitreg.workflows.registry import CANDIDATES, Registry
from gitreg.workflows.remote_refs import INBOX, inbox_folder, tracking_ref

TAGS = tuple(f"refs/tags/{kind}/*" for kind in ("model", "stage", "retire", "resign", "approve"))
FETCHES = 5
"""Two processes of one clone that fetch at the same moment disturb each other; soon one is through."""


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
    return Fetched(before, retrying(lambda: follow_candidates(registry, author), queued=registry.queue))


def fetch_unless(registry: Registry, author: Author, *, offline: bool) -> None:
    """Brings the remote's news before anything is decided on them, unless the user works without it."""
    if not offline:
        fetch(registry, author)


def _fetch_refs(registry: Registry, remote: str) -> None:
    repository, accepted = registry.repository, registry.local_accepted_ref
    tags = [f"{pattern}:{pattern}" for pattern in TAGS]
    try:
        repository.fetch(remote, [f"+{accepted}:{tracking_ref(registry, accepted)}", *tags])
    except RemoteError:
        if repository.ls_remote(remote, [accepted]):
            raise
        # a remote that was made a minute ago has no accepted branch yet
        repository.fetch(remote, tags)
    # a call of its own: pruning beside the tags would delete those that were not pushed yet
    fetch_candidates(registry)


def fetch_candidates(registry: Registry) -> None:
    """Brings the candidate branch, proposals and the inbox by one connection; nothing here follows them yet.

    Git shows a remote's refs in the order of their names, the inbox before the branch it is folded into
    (gitprotocol-v2(5), "ls-refs"), so no candidate is missing from both.

    Raises:
        RemoteError: if the remote cannot be reached.
        ConflictError: if other processes of this clone fetch all the time.
    """
    remote = registry.remote
    if remote is None:
        return
    if registry.relay_of:
        fetch_tip(registry)
        return
    wanted = [
        f"+refs/heads/gitreg/*:refs/remotes/{remote}/gitreg/*",
        f"+{INBOX}*:{inbox_folder(registry)}*",
    ]

    def fetch_all() -> None:
        try:
            registry.repository.fetch(remote, wanted, prune=True)
        except ConflictError:
            registry.repository.remove_abandoned_locks()
            raise

    retrying(fetch_all, FETCHES)  # not in the queue: no writer waits for somebody's network


def send(
    registry: Registry, ref: str, new: ObjectId, old: ObjectId | None, options: Sequence[str] = ()
) -> tuple[str, ...]:
    """Sends one ref to the remote, from the value it must still have there; does nothing without a remote.

    What is remembered of the remote's branch follows, whatever the clone's own configuration fetches.

    Args:
        registry: the registry.
        ref: which.
        new: what it becomes; ZERO deletes it.
        old: what it must be; None where it must not be.
        options: push options for the server.

    Returns:
        what the remote said to people, line by line: a stranger's words.

    Raises:
        UnableError: if there are options, and the remote takes none.
        ConflictError: if somebody was faster.
        RemoteError: if the remote cannot be reached.
    """
    if registry.remote is None:
        return ()
    said = registry.repository.push(registry.remote, [PushUpdate(ref, new, old or ZERO)], options)
    if ref.startswith("refs/heads/"):
        known = tracking_ref(registry, ref)
        now = registry.repository.resolve(known) or ZERO
        if now != new:
            registry.repository.update_refs([RefUpdate(known, new, now)], "gitreg: sent")
    return said
