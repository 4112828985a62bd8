"""The branch of a proposal: one commit on the accepted tip, kept while it says the same, and sent from what it was.

Who loses a race leaves nothing behind, and is told whether the winner says the same. Knows branches and files; no forge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gitreg.errors import AlreadyThereError, ConflictError
from gitreg.forge.base import Wanted
from gitreg.gitrepo import ZERO, ObjectId, RefUpdate, UnableError
from gitreg.store import Author
from gitreg.workflows.proposing.ask_forge import require_undecided, wanted
from gitreg.workflows.proposing.forges import Found
from gitreg.workflows.proposing.request_words import RequestWords, plain_words
from gitreg.workflows.publishing.exchange import fetch_unless, send
from gitreg.workflows.registry import Registry
from gitreg.workflows.remote_refs import tracking_ref


@dataclass(frozen=True)
class Draft:
    """A proposal that is to be made.

    Args:
        branch: full ref name.
        files: what is different from the accepted branch.
        message: the words for its commit.
        is_new: whether nobody had that branch when this was decided; otherwise an open one is made anew.
        words: what its merge request says; the commit's words when None.
    """

    branch: str
    files: Mapping[str, bytes | None]
    message: str
    is_new: bool = False
    words: RequestWords | None = None

    @property
    def name(self) -> str:
        """The branch's short name."""
        return self.branch.removeprefix("refs/heads/")


@dataclass(frozen=True)
class SentBranch:
    """A branch that the remote has; `said` is what it answered, None where there was nothing to send."""

    commit: ObjectId
    wants: Wanted
    said: tuple[str, ...] | None
    notes: tuple[str, ...]


def made_commit(registry: Registry, draft: Draft, author: Author) -> tuple[ObjectId, tuple[str, ...]]:
    """The commit of a proposal: the open one's where that still says the same, else a new one on the accepted tip."""
    repository, base = registry.repository, registry.accepted.commit
    commit = registry.store.commit(base, draft.files, draft.message, author)
    if commit is None or commit == base:
        raise AlreadyThereError(
            f"{draft.name} would change nothing: it was accepted already", hint="gitreg status"
        )
    old = [one for one in (known_there(registry, draft.branch), repository.resolve(draft.branch)) if one]
    if draft.is_new and old:
        raise ConflictError(f"{draft.branch} exists already", hint="gitreg status")
    same = next((one for one in old if _gives(registry, one, base, commit)), None)
    if same is None and old and _result(registry, old[0], base) is None:
        return commit, (f"{draft.name} did not fit what was accepted meanwhile, and was made anew on that",)
    return same or commit, ()


def known_there(registry: Registry, branch: str) -> ObjectId | None:
    """What the remote's branch is, as of when it was last heard of."""
    return registry.repository.resolve(tracking_ref(registry, branch)) if registry.remote else None


def keep_here(registry: Registry, draft: Draft, commit: ObjectId) -> ObjectId:
    """The local branch is at that commit; where only the remote has it, none is made."""
    here = registry.repository.resolve(draft.branch)
    if here != commit and not (here is None and known_there(registry, draft.branch) == commit):
        act = f"gitreg: {draft.message.partition(chr(10))[0]}"
        registry.repository.update_refs([RefUpdate(draft.branch, commit, here or ZERO)], act)
    return commit


def send_branch(registry: Registry, draft: Draft, author: Author, found: Found) -> SentBranch:
    """Makes it here and sends it; who was too late has the local branch as it was."""
    repository = registry.repository
    here = repository.resolve(draft.branch)
    commit, notes = made_commit(registry, draft, author)
    words = draft.words or plain_words(draft.message)
    wants = wanted(draft.name, registry.settings.accepted_branch, commit, words)
    remote = known_there(registry, draft.branch)
    keep_here(registry, draft, commit)
    if remote == commit:
        return SentBranch(commit, wants, None, notes)
    if remote is None and here == commit:
        require_undecided(found, wants)
    options = found.forge.push_options(wants)
    try:
        said, notes = _pushed(registry, draft, (commit, remote), options, notes)
    except ConflictError:
        back = RefUpdate(draft.branch, here or ZERO, commit)
        repository.update_refs([back] if here != commit else [], "gitreg: somebody else was faster")
        raise
    return SentBranch(commit, wants, said, notes)


def _pushed(
    registry: Registry,
    draft: Draft,
    move: tuple[ObjectId, ObjectId | None],
    options: Sequence[str],
    notes: tuple[str, ...],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sends the branch, without its options where the remote takes none."""
    try:
        return send(registry, draft.branch, *move, options), notes
    except UnableError:
        if not options:
            raise
        told = f"{registry.remote} takes no push options, so no merge request is opened by them"
        return send(registry, draft.branch, *move), (*notes, told)


def is_theirs_the_same(registry: Registry, draft: Draft, author: Author) -> bool:
    """Whether what somebody else sent meanwhile says the very same: then it is everybody's.

    Raises:
        ConflictError: if it says something else, naming who was faster.
    """
    fetch_unless(registry, author, offline=False)
    remote = known_there(registry, draft.branch)
    if remote is None:
        return False
    commit, _ = made_commit(registry, draft, author)
    if commit != remote:
        raise overtaken(registry, draft.name, remote)
    return True


def overtaken(registry: Registry, name: str, tip: ObjectId) -> ConflictError:
    """The error of who proposed something else under one name at the same moment."""
    who = registry.repository.commit(tip).author.name
    return ConflictError(
        f"{who} was faster, and proposed something else as {name}",
        hint=f"git diff {registry.settings.accepted_branch}...{tip[:12]} shows it; the same command again replaces it",
    )


def _gives(registry: Registry, old: ObjectId, base: ObjectId | None, new: ObjectId) -> bool:
    """Whether merging the old proposal gives what the new one does: then it stays, with the review that it has had."""
    return _result(registry, old, base) == registry.repository.commit(new).tree


def _result(registry: Registry, old: ObjectId, base: ObjectId | None) -> ObjectId | None:
    """The tree that merging a proposal gives; None where it conflicts."""
    repository = registry.repository
    try:
        return repository.merge_trees([base, old]) if base else repository.commit(old).tree
    except ConflictError:
        return None
