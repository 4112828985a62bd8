"""Changes of the accepted branch that nobody reviews: one commit on its tip, by compare-and-swap, here or on the remote.

Who may make them says the registry's policy (`registration`), and the Git host, which protects the branch or does not.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from gitreg.disk import queue
from gitreg.errors import ConflictError, CredentialsError
from gitreg.gitrepo import ObjectId, RefUpdate
from gitreg.store import Author, Change, Snapshot, retrying
from gitreg.workflows.publishing.exchange import fetch, send
from gitreg.workflows.registry import Registry
from gitreg.workflows.remote_refs import tracking_ref

T = TypeVar("T")
TURN, PATIENCE = "accepted-turn", 60.0
"""The file by which writers of this machine take turns, and for how many seconds one waits for its own."""


def change_accepted(registry: Registry, message: str, author: Author, act: Callable[[Change], T]) -> T:
    """Commits to the accepted branch what `act` puts into the change.

    Where somebody was faster, the news are fetched, and `act` is asked again: it decides by what it finds in the change.

    Args:
        registry: whose branch.
        message: of the commit.
        author: who commits.
        act: puts files into the change, and says what came of it.

    Returns:
        what `act` said last.

    Raises:
        ConflictError: if others were faster every time, or uncommitted changes of the work tree are in the way.
        CredentialsError: if the remote does not take it.
        RemoteError: if the remote cannot be reached; nothing is changed then.
    """

    def commit() -> T:
        if registry.remote is None:
            return _made_here(registry, message, author, act)
        return _sent(registry, message, author, act)

    with suppress(OSError):  # whoever comes to write will say so
        registry.local_state.mkdir(exist_ok=True)
    # one after the other on this machine: a branch and the files of a work tree that has it checked out do not move as one
    with queue(registry.local_state / TURN, PATIENCE):
        return retrying(commit, queued=registry.queue)


def follow(registry: Registry, merged: ObjectId) -> None:
    """The local accepted branch goes along where nothing of its own is on it; otherwise it is left to its owner."""
    ref = registry.local_accepted_ref
    mine = registry.repository.resolve(ref)
    if mine is not None and mine != merged and registry.repository.is_ancestor(mine, merged):
        with suppress(
            ConflictError
        ):  # uncommitted changes are in the way; what counts is the remote's branch
            registry.repository.update_refs(
                [RefUpdate(ref, merged, mine)], "gitreg: follow the accepted branch"
            )


def _made_here(registry: Registry, message: str, author: Author, act: Callable[[Change], T]) -> T:
    repository, ref = registry.repository, registry.local_accepted_ref
    tip = repository.resolve(ref)
    change = Change(Snapshot(repository, tip))
    made = act(change)
    commit = registry.store.commit(tip, change.files, message, author)
    if commit is None or commit == tip:
        return made
    try:
        registry.store.move(ref, commit, tip, message)
    except ConflictError:
        now = repository.resolve(ref)
        if now is None or not repository.is_ancestor(commit, now):
            raise
        # the branch moved, and only files that somebody changes at this moment did not follow: git status shows them
    return made


def _sent(registry: Registry, message: str, author: Author, act: Callable[[Change], T]) -> T:
    before = registry.accepted
    change = Change(before)
    made = act(change)
    commit = registry.store.commit(before.commit, change.files, message, author)
    if commit is None or commit == before.commit:
        return made
    ref = registry.local_accepted_ref
    try:
        send(registry, ref, commit, registry.repository.resolve(tracking_ref(registry, ref)))
    except ConflictError:
        fetch(registry, author)
        raise
    except CredentialsError as error:
        raise _refused(registry, error) from error
    follow(registry, commit)
    return made


def _refused(registry: Registry, error: CredentialsError) -> CredentialsError:
    branch = registry.settings.accepted_branch
    return CredentialsError(
        f"{branch} takes no commit without review: {error.message}",
        hint=f"set `registration: proposal` in gitreg.yaml on {branch}, by a merge request; then registering proposes",
    )
