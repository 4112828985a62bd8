"""Joining: the local candidate branch comes to hold what the remote's branch, its inbox and this clone have.

Nothing is ever dropped, whoever was first: what is on one side only is taken as it is, what both changed is merged
record by record (join_candidates.py). Knows no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gitreg.errors import ConflictError
from gitreg.gitrepo import ZERO, ObjectId, RefUpdate
from gitreg.store import Author
from gitreg.workflows.candidate_branch import offer_merge_driver
from gitreg.workflows.join_candidates import joined_most, joined_tree
from gitreg.workflows.put_on import put_on
from gitreg.workflows.registry import CANDIDATES, Registry
from gitreg.workflows.remote_refs import known_candidates, known_inbox

JOIN = "Join candidates\n"


@dataclass(frozen=True)
class Joined:
    """A commit that holds what several hold.

    Args:
        commit: it.
        heads: the commits whose content it holds: what is reachable from them is in it.
    """

    commit: ObjectId
    heads: tuple[ObjectId, ...]


def follow_candidates(registry: Registry, author: Author) -> ObjectId | None:
    """Brings the local candidate branch to hold everything that was fetched, ours included.

    Raises:
        ConflictError: if somebody moves the branch meanwhile, or a file of ours cannot be joined with theirs.
    """
    repository = registry.repository
    ours = repository.resolve(CANDIDATES)
    joined = join(registry, known_candidates(registry), ours, list(known_inbox(registry).values()), author)
    if joined is None or joined.commit == ours:
        return ours
    if ours is None:
        offer_merge_driver(repository)
    update = RefUpdate(CANDIDATES, joined.commit, ours or ZERO)
    repository.update_refs([update], "gitreg: follow the remote's candidates")
    return joined.commit


def join(
    registry: Registry,
    theirs: ObjectId | None,
    ours: ObjectId | None,
    inbox: Sequence[ObjectId],
    author: Author,
) -> Joined | None:
    """The commit that holds all of them: one of them where it does already, else a merge.

    An inbox commit that cannot be joined stays out: it blocks nobody else's.

    Raises:
        ConflictError: if ours cannot be joined with theirs.
    """
    if registry.relay_of and theirs and ours:
        put = put_on(registry, theirs, ours, author)
        return Joined(put, (put,))
    base = [theirs] if theirs else []
    missing = registry.repository.unmerged_heads(base, [*([ours] if ours else []), *inbox])
    if not missing:
        return Joined(theirs, (theirs,)) if theirs else None
    if len(missing) == 1 and (theirs is None or registry.repository.is_ancestor(theirs, missing[0])):
        return Joined(missing[0], (missing[0],))
    kept = [ours] if ours in missing else []
    return _merge(registry, [*base, *kept], [head for head in missing if head not in kept], author)


def _merge(registry: Registry, kept: list[ObjectId], others: list[ObjectId], author: Author) -> Joined:
    tree, heads = joined_most(registry, [*kept, *others])
    if not set(kept) <= set(heads):
        joined_tree(registry, kept)  # says which files
        raise ConflictError("our candidates cannot be joined with the remote's", hint="gitreg doctor")
    if tree == registry.repository.commit(heads[0]).tree:
        return Joined(heads[0], tuple(heads))  # another clone joined the same
    commit = registry.repository.write_commit(tree, heads, JOIN, author.identity, author.identity)
    return Joined(commit, tuple(heads))
