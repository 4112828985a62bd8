"""Proposals: branches off the accepted branch that wait for review."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from gitreg.documents import layout, places
from gitreg.domain.version import VersionNumber
from gitreg.domain.words import is_slug
from gitreg.errors import AnswerIsNoError, ConflictError, CredentialsError
from gitreg.forge.base import MergeRequest
from gitreg.gitrepo import ZERO, ObjectId, RefUpdate
from gitreg.store import Author, Snapshot
from gitreg.workflows.proposing.answering_forge import answering_forge
from gitreg.workflows.proposing.ask_forge import ask_forge
from gitreg.workflows.proposing.proposal_branch import (
    Draft,
    is_theirs_the_same,
    keep_here,
    made_commit,
    send_branch,
)
from gitreg.workflows.proposing.rehearsal import RehearsedRegistry
from gitreg.workflows.proposing.sound_trust import require_sound_trust, root_version
from gitreg.workflows.proposing.told_requests import keep_request
from gitreg.workflows.publishing.accepted_branch import follow
from gitreg.workflows.publishing.exchange import send
from gitreg.workflows.registry import Registry
from gitreg.workflows.remote_refs import tracking_ref

KINDS = ("promote", "assign", "retire", "edit", "trust")
_FOLDERS = tuple(f"gitreg/{kind}/" for kind in KINDS)
_COMMANDS = {"edit": "model edit", "trust": "key"}


@dataclass(frozen=True)
class Proposal:
    """A branch that waits for review.

    Args:
        branch: its full ref name, `refs/heads/gitreg/promote/churn/v1.2.0`.
        commit: its tip.
        shared: whether it is the remote's.
        request: its merge request, where a forge was asked for it.
        url: where people see its merge request, where that is known.
        notes: what came of making it, for the caller.
    """

    branch: str
    commit: ObjectId
    shared: bool = False
    request: MergeRequest | None = None
    url: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The branch's short name."""
        return self.branch.removeprefix("refs/heads/")

    @property
    def kind(self) -> str:
        """`promote`, `assign`, `retire`, `edit`, or `trust` for a new trust root."""
        return self.name.split("/")[1]

    @property
    def model(self) -> str:
        """Slug of the model that it is about; nothing for a new trust root, which is about all of them."""
        return "" if self.kind == "trust" else self.name.split("/")[2]

    @property
    def version(self) -> VersionNumber | None:
        """The version that is promoted or retired."""
        *_, last = self.name.split("/")
        return VersionNumber.parse(last[1:]) if self.kind in {"promote", "retire"} else None


def open_proposals(registry: Registry) -> list[Proposal]:
    """Proposals here and on the remote (as last fetched) that the accepted branch does not hold yet, by name.

    A new trust root comes first: what is signed after it is judged by it. Branches that only look like proposals are
    none: anybody may push a branch of any name.
    """
    accepted = registry.accepted.commit
    found = {proposal.branch: proposal for proposal in _all(registry) if _is_well_named(proposal.branch)}
    return [
        found[branch]
        for branch in sorted(found, key=lambda branch: (found[branch].kind != "trust", branch))
        if accepted is None or not _is_held(registry, found[branch])
    ]


def _all(registry: Registry) -> Iterator[Proposal]:
    """The local ones first, so that the remote's of the same name wins: that is the one that others review."""
    prefixes = [("refs/heads/", False)]
    if registry.remote is not None:
        prefixes.append((f"refs/remotes/{registry.remote}/", True))
    for prefix, shared in prefixes:
        for ref in registry.repository.refs(f"{prefix}gitreg/"):
            name = ref.name.removeprefix(prefix)
            if name.startswith(_FOLDERS):
                yield Proposal(f"refs/heads/{name}", ref.id, shared)


def _is_well_named(branch: str) -> bool:
    kind, model, *rest = branch.removeprefix("refs/heads/gitreg/").split("/")
    last = rest[0] if rest else ""
    try:
        match kind:
            case "promote":
                return branch == layout.promote_branch(model, VersionNumber.parse(last[1:]))
            case "retire":
                return branch == layout.retire_branch(model, VersionNumber.parse(last[1:]))
            case "assign":
                return branch == layout.assign_branch(model, last)
            case "trust":
                return int(model) > 1 and branch == layout.trust_branch(int(model))
            case _:
                return is_slug(model) and branch == layout.edit_branch(model)
    except ValueError:
        return False


def _is_held(registry: Registry, proposal: Proposal) -> bool:
    """Whether the accepted branch holds it: merged as it is, or squashed as some forges do.

    A trust root is made anew by each who signs it, and a clone may keep an earlier form: once there is a root of its number,
    that is decided.
    """
    repository, accepted = registry.repository, registry.accepted
    if accepted.commit is None:
        return False
    if proposal.kind == "trust" and root_version(accepted) >= int(proposal.name.rpartition("/")[2]):
        return True
    if repository.is_ancestor(proposal.commit, accepted.commit):
        return True
    try:
        return repository.merge_trees([accepted.commit, proposal.commit]) == accepted.tree
    except ConflictError:
        return False


def find_proposal(registry: Registry, branch: str) -> Proposal | None:
    """The open proposal of that branch."""
    return next((proposal for proposal in open_proposals(registry) if proposal.branch == branch), None)


def propose(registry: Registry, draft: Draft, author: Author, *, offline: bool = False) -> Proposal:
    """Makes a proposal on the accepted tip, or makes the open one anew on it; sends it where there is a remote.

    Where the remote is on a forge, its merge request is opened, or the open one found.

    Raises:
        AlreadyThereError: if the accepted branch says all of that already.
        AnswerIsNoError: if its merge request was closed or merged as it is.
        ConflictError: if somebody changed the same proposal meanwhile; the local branch is then as it was.
        CredentialsError, RemoteError: if the remote or the forge cannot be reached; what was done by then is kept, and
            the same call goes on from there.
    """
    if offline or registry.remote is None:
        made, notes = made_commit(registry, draft, author)
        return Proposal(draft.branch, keep_here(registry, draft, made), notes=notes)
    found = answering_forge(registry)
    try:
        sent = send_branch(registry, draft, author, found)
    except ConflictError:
        if draft.is_new or not is_theirs_the_same(registry, draft, author):
            raise
        sent = send_branch(registry, draft, author, found)
    if isinstance(registry, RehearsedRegistry):
        return Proposal(
            draft.branch, sent.commit, notes=(*sent.notes, *([str(found)] if found.place else []))
        )
    asked = ask_forge(registry, found, sent.wants, sent.said)
    if asked.url is not None:
        keep_request(registry, draft.branch, sent.commit, asked.url)
    return Proposal(
        draft.branch, sent.commit, request=asked.request, url=asked.url, notes=(*sent.notes, *asked.notes)
    )


def merge(registry: Registry, proposal: Proposal, author: Author) -> ObjectId:
    """Merges a proposal into the accepted branch, as objects; the proposal's branch is then gone.

    With a remote, the merge is made on the remote's tip and sent there; the local branch follows where it can.

    Raises:
        AnswerIsNoError: if it would change what is final, or what is not its model's; if it would break the chain of
            trust roots.
        ConflictError: if the accepted branch holds something else at the same place, or moved meanwhile.
    """
    repository = registry.repository
    tip = registry.accepted.commit
    if tip is None:
        raise ConflictError("there is no accepted branch to merge into", hint="gitreg init")
    try:
        tree = repository.merge_trees([tip, proposal.commit])
    except ConflictError as error:
        raise ConflictError(
            f"{proposal.name} does not fit what was accepted meanwhile: {error.message}",
            hint=f"make it anew on that, by the same gitreg {_COMMANDS.get(proposal.kind, proposal.kind)} as before",
        ) from error
    message = f"Merge proposal {proposal.name}\n"
    merged = repository.write_commit(tree, [tip, proposal.commit], message, author.identity, author.identity)
    if proposal.kind == "trust":
        require_sound_trust(registry, proposal.name, tip, merged)
    else:
        _require_within_bounds(registry, proposal, tip, tree)
    ref = registry.local_accepted_ref
    if registry.remote is None:
        repository.update_refs([RefUpdate(ref, merged, tip)], f"gitreg: {message.strip()}")
    else:
        send(registry, ref, merged, repository.resolve(tracking_ref(registry, ref)))
        follow(registry, merged)
    _remove(registry, proposal, merged)
    return merged


def _require_within_bounds(registry: Registry, proposal: Proposal, tip: ObjectId, tree: ObjectId) -> None:
    """A proposal's branch may hold anything; what is merged here is its model's, and leaves final records as they are.

    What else it holds (trust files, settings, code) is reviewed and merged as any other branch.
    """
    folder = f"models/{proposal.model}/"
    for status, path in registry.repository.changed_paths(tip, tree):
        if not path.startswith(folder):
            raise AnswerIsNoError(
                f"{proposal.name} changes {path!a} too, which does not belong to {proposal.model}",
                hint=f"look at it: git diff {registry.settings.accepted_branch}...{proposal.commit[:12]}",
            )
        found = layout.version_file_of(path)
        is_final = (found is not None and found[2] != "README.md") or places.number_of(path) is not None
        if status != "A" and is_final:
            raise AnswerIsNoError(
                f"{proposal.name} changes {path}, and an accepted version is final",
                hint=f"propose another version: gitreg promote ... -m {proposal.model}",
            )


def _remove(registry: Registry, proposal: Proposal, merged: ObjectId) -> None:
    """The proposal is merged whether or not its branch can go: it may be checked out, protected, or gone already.

    A branch that holds something else than what was merged stays.
    """
    repository = registry.repository
    here = repository.resolve(proposal.branch)
    if here is not None and repository.is_ancestor(here, merged):
        with suppress(ConflictError):
            repository.update_refs([RefUpdate(proposal.branch, ZERO, here)], "gitreg: proposal merged")
    there = repository.resolve(tracking_ref(registry, proposal.branch)) if registry.remote else None
    if there is not None and repository.is_ancestor(there, merged):
        with suppress(ConflictError, CredentialsError):
            send(registry, proposal.branch, ZERO, there)


def at(registry: Registry, proposal: Proposal) -> Snapshot:
    """The records as the proposal would have them."""
    return Snapshot(registry.repository, proposal.commit)
