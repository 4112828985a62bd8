"""Publishing candidates: onto the remote's candidate branch, or, in a crowd, into its inbox (docs/adr/0009).

A push of the branch is a compare-and-swap, and of many writers at once one wins. Whoever loses leaves its commits under an
inbox ref of its own, which nobody else writes, so that takes one push. Whoever pushes the branch next folds what waits there
into it, and then deletes those refs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial

from gitreg.errors import ConflictError, CredentialsError, GitregError, LockedError, RemoteError
from gitreg.gitrepo import ZERO, ObjectId, PushUpdate, RefUpdate, UnableError
from gitreg.store import Author
from gitreg.workflows.contents.apart import remember_apart
from gitreg.workflows.pacing import Pacing
from gitreg.workflows.publishing.crowd import (
    REMEMBERED,
    Crowd,
    crowd_of,
    forget_crowd,
    is_recent,
    remember_crowd,
)
from gitreg.workflows.publishing.exchange import fetch_candidates
from gitreg.workflows.publishing.follow_candidates import Joined, join
from gitreg.workflows.publishing.inbox import delete_folded, is_near, leave_in_inbox
from gitreg.workflows.publishing.push_refs import push_refs
from gitreg.workflows.registry import CANDIDATES, Registry
from gitreg.workflows.remote_refs import known_candidates, known_inbox, tracking_ref
from gitreg.workflows.storage import open_storage

NO_INBOX_TRIES = 12
"""How often the branch is tried where a remote has no inbox."""

LOCKED_TRIES = 5
"""How often a lock is waited for: a push that is going on holds one for a moment, a dead one for ever."""


@dataclass(frozen=True)
class Published:
    """What became of the candidates.

    Args:
        tries: how many pushes of the branch it took; 0 when none was needed.
        folded: how many inbox refs were folded into the branch.
        inbox: the inbox ref that holds ours, where others were faster.
    """

    tries: int = 0
    folded: int = 0
    inbox: str | None = None


def publish(registry: Registry, ours: ObjectId | None, author: Author, pacing: Pacing) -> Published:
    """Sends the candidates of this clone, and folds what it finds in the inbox.

    Args:
        registry: whose remote it goes to.
        ours: the local candidate branch as it was before its artifacts were sent, so that nothing newer goes ahead of its own.
        author: who sends, and when.
        pacing: chance and waiting.

    Raises:
        ConflictError: when others were faster every time, and the remote takes no inbox refs.
        LockedError: when a lock file on the remote keeps the branch from moving; ours is in the inbox then.
        CredentialsError: if the remote refuses.
        RemoteError: if it cannot be reached.
    """
    if registry.remote is None:
        return Published()
    return _Publishing(registry, ours, author, pacing).publish()


def fold_inbox(registry: Registry, author: Author, pacing: Pacing) -> int:
    """Folds what was fetched of the inbox, where this clone may push and nobody is faster; sends nothing of its own.

    Returns:
        how many inbox refs were folded.
    """
    if not known_inbox(registry):
        return 0
    try:
        return publish(registry, None, author, pacing).folded
    except (ConflictError, CredentialsError, RemoteError):
        return 0  # a reader that may not write reads all the same


@dataclass
class _Publishing:
    """One act of publishing, and how often it was tried."""

    registry: Registry
    ours: ObjectId | None
    author: Author
    pacing: Pacing
    tries: int = 0
    waits: int = 0
    lost: bool = False

    def publish(self) -> Published:
        if not self._has_inbox:
            return self._insist()
        if self.crowd:
            if self._has_news(self.crowd) and not self.pacing.is_folding_turn():
                return self._leave()
        elif self._is_unsent and self._push_unseen() and not self._looks_around():
            return Published(self.tries)
        try:
            if self.lost and self._knew_lately():
                return self._leave()
            return self._push_seen_past_locks()
        except LockedError as error:
            self._leave()
            words = f"{error.message}; the candidates wait in its inbox"
            raise LockedError(words, hint=error.hint) from error
        except (ConflictError, UnableError):
            return self._leave()

    @cached_property
    def crowd(self) -> Crowd | None:
        return crowd_of(self._clone, self.author.when)

    @property
    def _clone(self) -> Registry:
        """Where the inbox is used from: a relay has too little of the remote's history for what it was not made for."""
        return self.registry.relay_of or self.registry

    def _has_news(self, crowd: Crowd) -> bool:
        """Whether ours is more than this clone sent last; the same as `_is_unsent`, without a process."""
        sent = self._clone.repository.resolve(tracking_ref(self._clone, crowd.ref))
        return self.ours is not None and self.ours not in {sent, known_candidates(self.registry)}

    @cached_property
    def _is_unsent(self) -> bool:
        """Whether the remote may lack something of ours: as of the beginning, for nobody else can send it."""
        known = {known_candidates(self.registry), *known_inbox(self.registry).values()}
        return self.ours is not None and self.ours not in known

    def _knew_lately(self) -> bool:
        """Whether the branch that a race was lost for was where we knew it a moment ago: then others are at work now."""
        learnt = self.registry.repository.learnt(tracking_ref(self.registry, CANDIDATES))
        return learnt is not None and abs(self.author.when.timestamp() - learnt) < REMEMBERED.total_seconds()

    def _looks_around(self) -> bool:
        """Whether to look for an inbox after a push that won: a connection that is rarely worth it."""
        return bool(known_inbox(self.registry)) or self.pacing.is_looking_turn()

    @property
    def _has_inbox(self) -> bool:
        return self.registry.repository.config("gitreg.inbox") != "false"

    def _push_unseen(self) -> bool:
        """One push without looking first, which is right whenever nobody else pushed."""
        ours, theirs = self.ours, known_candidates(self.registry)
        if ours is None or self.registry.relay_of or (theirs and not self._follows(theirs, ours)):
            return False
        try:
            self._push(ours, theirs)
        except LockedError:
            return False
        except ConflictError:
            self.lost = True
            return False
        return True

    def _follows(self, theirs: ObjectId, ours: ObjectId) -> bool:
        """Whether ours was made upon theirs; usually a few commits ago, which takes no process to see."""
        repository = self.registry.repository
        return is_near(repository, theirs, ours) or repository.is_ancestor(theirs, ours)

    def _push_seen_past_locks(self) -> Published:
        for _ in range(LOCKED_TRIES - 1):
            try:
                return self._push_seen()
            except LockedError:
                self._wait()
        return self._push_seen()

    def _push_seen(self) -> Published:
        """Fetches, joins, and pushes what the remote lacks."""
        registry = self.registry
        fetch_candidates(registry)
        theirs, inbox = known_candidates(registry), known_inbox(registry)
        if self.lost and self._is_crowd([*([theirs] if theirs else []), *inbox.values()]):
            raise ConflictError("others push at this moment")
        joined = self._joined(theirs, list(inbox.values()))
        if joined is None:
            return Published(self.tries)
        left = registry.repository.unmerged(joined.heads, list(inbox.values()))
        folded = {ref: id_ for ref, id_ in inbox.items() if id_ not in left}
        if joined.commit == theirs:
            _settle(registry, joined.commit, self.ours)
        else:
            self._push(joined.commit, theirs)
        delete_folded(registry, folded)
        forget_crowd(self._clone)
        return Published(self.tries, len(folded))

    def _joined(self, theirs: ObjectId | None, inbox: Sequence[ObjectId]) -> Joined | None:
        """The commit to push; where it has folders in which files of several sides were united, the storage has their listings."""
        act = partial(join, self.registry, theirs, self.ours, inbox, self.author)
        joined = act()
        if joined and joined.objects and not self._is_stored(joined.objects):
            joined = act(uniting=False)
        if joined and joined.apart:
            if self.ours is None:
                raise ConflictError("somebody else must fold these: the storage cannot be used from here")
            remember_apart(self.registry, joined.apart)
        return joined

    def _is_stored(self, objects: Iterable[str]) -> bool:
        """Whether the storage has what it lacked."""
        cache = self._clone.cache
        ids = [one for one in objects if cache.has_unpushed([one])]
        try:
            if ids:
                open_storage(self._clone, self.registry.accepted).push(cache, ids)
        except GitregError:
            return False
        return True

    def _is_crowd(self, commits: Iterable[ObjectId]) -> bool:
        """After a lost race: whether whoever won is still at work, so that the next one would be lost too."""
        if not (self._has_inbox and self._is_unsent):
            return False
        read, now = self.registry.repository.commit, self.author.when
        return any(is_recent(read(commit).committer.when, now) for commit in commits)

    def _push(self, commit: ObjectId, theirs: ObjectId | None) -> None:
        self.tries += 1
        push_refs(self.registry, [PushUpdate(CANDIDATES, commit, theirs or ZERO)])
        _settle(self.registry, commit, self.ours)

    def _leave(self) -> Published:
        """Acknowledges ours by a ref that nobody else writes."""
        if self.ours is None or not (self._has_news(self.crowd) if self.crowd else self._is_unsent):
            return Published(self.tries)  # only the folding was lost, and whoever was faster does it
        try:
            ref = leave_in_inbox(self._clone, self.ours, self.crowd, self.pacing)
        except CredentialsError:
            return self._insist()  # a host that takes branches only
        remember_crowd(self._clone, Crowd(self.author.when, ref))
        return Published(self.tries, inbox=ref)

    def _insist(self) -> Published:
        """Tries the branch again and again, as all that is left where a remote has no inbox."""
        for _ in range(NO_INBOX_TRIES - 1):
            try:
                return self._push_seen()
            except ConflictError:
                self._wait()
        return self._push_seen()

    def _wait(self) -> None:
        self.pacing.wait(self.waits)
        self.waits += 1


def _settle(registry: Registry, sent: ObjectId, ours: ObjectId | None) -> None:
    """Remembers what the remote has now; the local branch follows unless something was logged meanwhile."""
    repository, known = registry.repository, known_candidates(registry)
    updates = []
    if known != sent:
        updates.append(RefUpdate(tracking_ref(registry, CANDIDATES), sent, known or ZERO))
    if repository.resolve(CANDIDATES) == ours != sent:
        updates.append(RefUpdate(CANDIDATES, sent, ours or ZERO))
    with suppress(ConflictError):  # another process of this clone knows it too, or newer news
        repository.update_refs(updates, "gitreg: sent")
