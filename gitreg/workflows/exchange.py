"""News from the remote, and what is ours to it: refs only; artifact bytes travel in push.py."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.documents import layout
from gitreg.errors import ConflictError, RemoteError
from gitreg.gitrepo import ZERO, ObjectId, PushUpdate, RefUpdate
from gitreg.store import Author
from gitreg.workflows.registry import CANDIDATES, Registry

TAGS = tuple(f"refs/tags/{kind}/*" for kind in ("model", "stage", "retire", "resign", "approve"))


@dataclass(frozen=True)
class Fetched:
    """What fetching changed: the candidate branch's old and new tip here."""

    before: ObjectId | None
    after: ObjectId | None


def fetch(registry: Registry, author: Author) -> Fetched:
    """Brings the accepted branch, proposals, signed tags and candidates; the local candidate branch follows.

    Tags never replace one that is here: a name that was signed is final.

    Raises:
        RemoteError: if the remote cannot be reached.
        ConflictError: if both sides changed the same candidate.
    """
    before = registry.candidates.commit
    if registry.remote is None:
        return Fetched(before, before)
    _fetch_refs(registry, registry.remote)
    return Fetched(before, follow_candidates(registry, author))


def _fetch_refs(registry: Registry, remote: str) -> None:
    heads, accepted = f"refs/remotes/{remote}", f"refs/heads/{registry.settings.accepted_branch}"
    shared = [f"+refs/heads/gitreg/*:{heads}/gitreg/*", *(f"{pattern}:{pattern}" for pattern in TAGS)]
    branch = f"+{accepted}:{heads}/{registry.settings.accepted_branch}"
    try:
        registry.repository.fetch(remote, [branch, *shared])
    except RemoteError:
        if registry.repository.ls_remote(remote, [accepted]):
            raise
        # a remote that was made a minute ago has no accepted branch yet
        registry.repository.fetch(remote, shared)


def follow_candidates(registry: Registry, author: Author) -> ObjectId | None:
    """Brings the local candidate branch to what the remote's last fetched one has, ours included."""
    repository = registry.repository
    theirs = repository.resolve(f"refs/remotes/{registry.remote}/{layout.CANDIDATES_BRANCH}")
    ours = repository.resolve(CANDIDATES)
    if theirs is None or theirs == ours:
        return ours
    if ours is None or repository.is_ancestor(ours, theirs):
        joined = theirs
    elif repository.is_ancestor(theirs, ours):
        return ours
    else:
        tree = repository.merge_trees(ours, theirs)
        message = "Join candidates of two clones\n"
        joined = repository.write_commit(tree, [theirs, ours], message, author.identity, author.identity)
    repository.update_refs(
        [RefUpdate(CANDIDATES, joined, ours or ZERO)], "gitreg: follow the remote's candidates"
    )
    return joined


def push_candidates(registry: Registry, author: Author, attempts: int = 10) -> int:
    """Sends the candidate branch, joining what others sent meanwhile.

    Returns:
        how many tries it took; 0 when there was nothing to send.

    Raises:
        ConflictError: when others were faster every time.
    """
    if registry.remote is None or registry.candidates.commit is None:
        return 0
    shared = f"refs/remotes/{registry.remote}/{layout.CANDIDATES_BRANCH}"
    for attempt in range(1, attempts + 1):
        ours, theirs = registry.candidates.commit, registry.repository.resolve(shared)
        if ours is None or ours == theirs:
            return attempt - 1
        try:
            registry.repository.push(registry.remote, [PushUpdate(CANDIDATES, ours, theirs or ZERO)])
        except ConflictError:
            fetch(registry, author)
            continue
        return attempt
    raise ConflictError("others changed the candidate branch at every try", hint="gitreg push")


def send(registry: Registry, ref: str, new: ObjectId, old: ObjectId | None) -> None:
    """Sends one ref to the remote, from the value it must still have there; does nothing without a remote.

    Raises:
        ConflictError: if somebody was faster.
        RemoteError: if the remote cannot be reached.
    """
    if registry.remote is not None:
        registry.repository.push(registry.remote, [PushUpdate(ref, new, old or ZERO)])
