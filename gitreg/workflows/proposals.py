"""Proposals: branches off the accepted branch that wait for review."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gitreg.documents import layout
from gitreg.errors import ConflictError
from gitreg.gitrepo import ZERO, ObjectId, RefUpdate
from gitreg.store import Author, Snapshot
from gitreg.workflows.exchange import send
from gitreg.workflows.registry import Registry

KINDS = ("promote", "assign", "retire", "edit")


@dataclass(frozen=True)
class Proposal:
    """A branch that waits for review.

    Args:
        branch: its full ref name, `refs/heads/gitreg/promote/churn/v1.2.0`.
        commit: its tip.
        shared: whether it was found on the remote only.
    """

    branch: str
    commit: ObjectId
    shared: bool = False

    @property
    def name(self) -> str:
        """The branch's short name."""
        return self.branch.removeprefix("refs/heads/")

    @property
    def kind(self) -> str:
        """`promote`, `assign`, `retire` or `edit`."""
        return self.name.split("/")[1]

    @property
    def model(self) -> str:
        """Slug of the model that it is about."""
        return self.name.split("/")[2]


def open_proposals(registry: Registry) -> list[Proposal]:
    """Proposals here and on the remote (as last fetched) that the accepted branch does not hold yet, by name."""
    accepted = registry.accepted.commit
    found = {proposal.branch: proposal for proposal in _all(registry)}
    return [
        found[branch]
        for branch in sorted(found)
        if accepted is None or not registry.repository.is_ancestor(found[branch].commit, accepted)
    ]


def _all(registry: Registry) -> Iterator[Proposal]:
    """The remote's first, so that a local one of the same name wins."""
    prefixes = [("refs/heads/", False)]
    if registry.remote is not None:
        prefixes.insert(0, (f"refs/remotes/{registry.remote}/", True))
    for prefix, shared in prefixes:
        for kind in KINDS:
            for ref in registry.repository.refs(f"{prefix}gitreg/{kind}/"):
                yield Proposal(f"refs/heads/{ref.name.removeprefix(prefix)}", ref.id, shared)


def find_proposal(registry: Registry, branch: str) -> Proposal | None:
    """The open proposal of that branch."""
    return next((proposal for proposal in open_proposals(registry) if proposal.branch == branch), None)


@dataclass(frozen=True)
class Draft:
    """A proposal that is to be made: its branch, its files, and the words for its commit."""

    branch: str
    files: Mapping[str, bytes | None]
    message: str


def propose(registry: Registry, draft: Draft, author: Author, *, offline: bool = False) -> Proposal:
    """Makes a proposal on the accepted tip, or makes the open one anew on it; sends it where there is a remote.

    Raises:
        ConflictError: if somebody changed the same proposal meanwhile.
        RemoteError: if the remote cannot be reached; the branch is kept here.
    """
    base = registry.accepted.commit
    commit = registry.store.commit(base, draft.files, draft.message, author)
    if commit is None or commit == base:
        raise ConflictError(
            f"{draft.branch.removeprefix('refs/heads/')} would change nothing: it was accepted already"
        )
    old = registry.repository.resolve(draft.branch)
    if old is not None and registry.repository.commit(old).tree == registry.repository.commit(commit).tree:
        return Proposal(draft.branch, old)
    registry.repository.update_refs(
        [RefUpdate(draft.branch, commit, old or ZERO)], f"gitreg: {draft.message.partition(chr(10))[0]}"
    )
    if not offline and registry.remote is not None:
        shared = registry.repository.resolve(shared_ref(registry, draft.branch))
        send(registry, draft.branch, commit, shared)
    return Proposal(draft.branch, commit)


def shared_ref(registry: Registry, branch: str) -> str:
    """Where this repository keeps the remote's branch of that name."""
    return branch.replace("refs/heads/", f"refs/remotes/{registry.remote}/", 1)


def merge(registry: Registry, proposal: Proposal, author: Author) -> ObjectId:
    """Merges a proposal into the accepted branch, as objects; the proposal's branch is then gone.

    With a remote, the merge is made on the remote's tip and sent there; the local branch follows where it can.

    Raises:
        ConflictError: if the accepted branch holds something else at the same place, or moved meanwhile.
    """
    repository = registry.repository
    tip = registry.accepted.commit
    if tip is None:
        raise ConflictError("there is no accepted branch to merge into", hint="gitreg init")
    tree = repository.merge_trees(tip, proposal.commit)
    message = f"Merge proposal {proposal.name}\n"
    merged = repository.write_commit(tree, [tip, proposal.commit], message, author.identity, author.identity)
    if registry.remote is None:
        repository.update_refs(
            [RefUpdate(registry.local_accepted_ref, merged, tip)], f"gitreg: {message.strip()}"
        )
    else:
        send(
            registry,
            registry.local_accepted_ref,
            merged,
            repository.resolve(shared_ref(registry, registry.local_accepted_ref)),
        )
        _follow(registry, merged)
    _remove(registry, proposal)
    return merged


def _follow(registry: Registry, merged: ObjectId) -> None:
    """The local accepted branch goes along where nothing of its own is on it; otherwise it is left to its owner."""
    ref = registry.local_accepted_ref
    mine = registry.repository.resolve(ref)
    if mine is not None and mine != merged and registry.repository.is_ancestor(mine, merged):
        registry.repository.update_refs([RefUpdate(ref, merged, mine)], "gitreg: follow the accepted branch")


def _remove(registry: Registry, proposal: Proposal) -> None:
    here = registry.repository.resolve(proposal.branch)
    if here is not None:
        registry.repository.update_refs([RefUpdate(proposal.branch, ZERO, here)], "gitreg: proposal merged")
    there = registry.repository.resolve(shared_ref(registry, proposal.branch)) if registry.remote else None
    if there is not None:
        send(registry, proposal.branch, ZERO, there)


def at(registry: Registry, proposal: Proposal) -> Snapshot:
    """The records as the proposal would have them."""
    return Snapshot(registry.repository, proposal.commit)


def model_message(title: str, model: str) -> str:
    """A commit message for a change of a model's record."""
    return f"{title}\n\nChanges {layout.model_path(model)}.\n"
