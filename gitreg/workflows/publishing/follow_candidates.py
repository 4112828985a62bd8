"""Joining: the local candidate branch comes to hold what the remote's branch, its inbox and this clone have.

Nothing is ever dropped, whoever was first: what is on one side only is taken as it is, what both changed is merged
record by record (join_candidates.py). Knows no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from gitreg.documents import places
from gitreg.errors import ConflictError
from gitreg.gitrepo import ZERO, ObjectId, RefUpdate
from gitreg.store import Author
from gitreg.workflows.candidate_branch import offer_merge_driver
from gitreg.workflows.contents.apart import remember_apart, unite_joined
from gitreg.workflows.publishing.join_candidates import joined_most, joined_tree
from gitreg.workflows.publishing.put_on import put_on
from gitreg.workflows.registry import CANDIDATES, Registry
from gitreg.workflows.remote_refs import known_candidates, known_inbox

JOIN = "Join candidates\n"


@dataclass(frozen=True)
class Joined:
    """A commit that holds what several hold.

    Args:
        commit: it.
        heads: the commits whose content it holds: what is reachable from them is in it.
        objects: those of the folders in which files of several sides were united; the storage may lack some.
        apart: records whose sides' files were not united.
    """

    commit: ObjectId
    heads: tuple[ObjectId, ...]
    objects: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()


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
    remember_apart(registry, joined.apart)
    update = RefUpdate(CANDIDATES, joined.commit, ours or ZERO)
    repository.update_refs([update], "gitreg: follow the remote's candidates")
    return joined.commit


def join(
    registry: Registry,
    theirs: ObjectId | None,
    ours: ObjectId | None,
    inbox: Sequence[ObjectId],
    author: Author,
    *,
    uniting: bool = True,
) -> Joined | None:
    """The commit that holds all of them: one of them where it does already, else a merge.

    An inbox commit that cannot be joined stays out: it blocks nobody else's.

    Args:
        registry: whose candidates.
        theirs: the tip of the remote's branch.
        ours: that of the local one.
        inbox: those of the remote's inbox.
        author: who joins them, and when.
        uniting: whether the files that several sides added to one record are united; else those of one side stay.

    Raises:
        ConflictError: if ours cannot be joined with theirs.
    """
    if registry.relay_of and theirs and ours:
        put, objects = put_on(registry, theirs, ours, author)
        return Joined(put, (put,), objects)
    base = [theirs] if theirs else []
    missing = registry.repository.unmerged_heads(base, [*([ours] if ours else []), *inbox])
    if not missing:
        return Joined(theirs, (theirs,)) if theirs else None
    if len(missing) == 1 and (theirs is None or registry.repository.is_ancestor(theirs, missing[0])):
        return Joined(missing[0], (missing[0],))
    kept = [ours] if ours in missing else []
    others = [head for head in missing if head not in kept]
    return _merge(registry, [*base, *kept], others, author, uniting=uniting)


def _merge(
    registry: Registry, kept: list[ObjectId], others: list[ObjectId], author: Author, *, uniting: bool
) -> Joined:
    changed: set[str] = set()
    tree, heads = joined_most(registry, [*kept, *others], changed)
    if not set(kept) <= set(heads):
        joined_tree(registry, kept)  # says which files
        raise ConflictError("our candidates cannot be joined with the remote's", hint="gitreg doctor")
    united = unite_joined(registry, tree, heads, filter(places.is_logged, changed), uniting=uniting)
    result = partial(Joined, heads=tuple(heads), objects=tuple(united.ids), apart=tuple(united.apart))
    if united.tree == registry.repository.commit(heads[0]).tree:
        return result(heads[0])  # another clone joined the same
    return result(
        registry.repository.write_commit(united.tree, heads, JOIN, author.identity, author.identity)
    )
