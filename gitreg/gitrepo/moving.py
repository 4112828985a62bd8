"""Refs moved together or not at all, each only from the value that was read before.

Knows no work trees (see worktrees.py). Git's English is never read: when a transaction fails, Git is asked again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gitreg.disk import sync_path
from gitreg.errors import AlreadyThereError, ConflictError, UsageError
from gitreg.gitrepo.abandoned import remove_abandoned
from gitreg.gitrepo.conversation import EndedError, Held
from gitreg.gitrepo.hardening import Hardening
from gitreg.gitrepo.health import Health
from gitreg.gitrepo.names import ZERO, ObjectId, check_id, check_ref
from gitreg.gitrepo.process import Git, failure
from gitreg.gitrepo.refs import RefReader

_ATTEMPTS = 3
"""A lock that `git pack-refs` held for a moment is gone the second time (Git itself waits 0.1 to 1 s each time); one that
a killed process left is gone the third time."""

_KEPT_WRITERS = 3


@dataclass(frozen=True)
class RefUpdate:
    """One ref's move: `new=ZERO` deletes it, `old=ZERO` expects that it does not exist."""

    ref: str
    new: ObjectId
    old: ObjectId


class Refs(RefReader):
    """The refs of one repository, to be read and moved.

    Args:
        git: the repository.
        hardening: asked what must be on the disk before a move is acknowledged.
    """

    def __init__(self, git: Git, hardening: Callable[[], Hardening] = Hardening) -> None:
        super().__init__(git)
        self._hardening = hardening
        self._writers: OrderedDict[str, Held] = OrderedDict()

    def update(self, updates: Sequence[RefUpdate], message: str) -> None:
        """Move refs in one transaction: all of them, or none.

        Args:
            updates: the moves, each with the value that was read before.
            message: for the reflog. The processes that write are kept for the last few messages (0.1 ms instead of
                2 ms), so say what is done, not to what.

        Raises:
            ConflictError: an old value did not match, or another process holds a lock.
            AlreadyThereError: a ref of a shorter or longer name is in the way (`a` and `a/b` cannot both exist).
            GitregError: Git refuses for another reason.
        """
        if not updates:
            return
        transaction = b"start\0" + b"".join(map(_words, updates)) + b"prepare\0commit\0"
        if "\0" in message or "\n" in message:
            raise UsageError("a reflog message is one line")
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self._commit(transaction, message)
            except EndedError as error:
                self._explain(updates, error, last=attempt == _ATTEMPTS)
                if attempt == _ATTEMPTS - 1 and any(map(self._lock_of, (one.ref for one in updates))):
                    remove_abandoned(Health(self._git), self._git.layout.common_dir)
            else:
                self._settle(updates)
                return

    def close(self) -> None:
        """End the processes that write."""
        for writer in self._writers.values():
            writer.close()

    def _commit(self, transaction: bytes, message: str) -> None:
        held = self._writer_of(message)
        with held.lock:
            writer = held.get(*self._hardening().options, "update-ref", "-m", message, "--stdin", "-z")
            try:
                writer.say(transaction)
                for _ in ("start", "prepare", "commit"):
                    writer.read_line()
            except EndedError:
                held.close()
                raise

    def _writer_of(self, message: str) -> Held:
        if message not in self._writers:
            self._writers[message] = Held(self._git)
            while len(self._writers) > _KEPT_WRITERS:
                self._writers.popitem(last=False)[1].close()
        return self._writers[message]

    def _settle(self, updates: Sequence[RefUpdate]) -> None:
        """Bring what Git renamed into place to the disk: Git syncs the ref (core.fsync), and not the folder's entry."""
        if not self._hardening().refs:
            return
        common = self._git.layout.common_dir
        places = [common / "reftable" / "tables.list", common / "reftable"]
        for update in updates:
            path = common / update.ref
            places += [path, *(parent for parent in path.parents if parent.is_relative_to(common / "refs"))]
        for place in dict.fromkeys(places):
            with suppress(FileNotFoundError):  # a ref that was deleted, or a repository without reftables
                sync_path(place)

    def _explain(self, updates: Sequence[RefUpdate], error: EndedError, *, last: bool) -> None:
        for update in updates:
            if (now := self.resolve(update.ref) or ZERO) != update.old:
                raise _moved(update, now) from error
            if update.old == ZERO and (other := self._in_the_way(update.ref)):
                raise AlreadyThereError(f"{update.ref} cannot exist beside {other}") from error
        if not last:
            return
        for update in updates:
            if lock := self._lock_of(update.ref):
                raise ConflictError(
                    f"{update.ref} is locked by another process", hint=f"If no git runs here, delete {lock}."
                ) from error
        raise failure(f"Git did not move {updates[0].ref}", error.words) from error

    def _in_the_way(self, ref: str) -> str | None:
        parts = ref.split("/")
        shorter = ["/".join(parts[:end]) for end in range(3, len(parts))]
        longer = [found.name for found in self.list(ref + "/")]
        return next((name for name in shorter if self.resolve(name)), None) or next(iter(longer), None)

    def _lock_of(self, ref: str) -> Path | None:
        common = self._git.layout.common_dir
        locks = (
            common / f"{ref}.lock",
            common / "packed-refs.lock",
            common / "reftable" / "tables.list.lock",
        )
        return next((lock for lock in locks if lock.exists()), None)


def _words(update: RefUpdate) -> bytes:
    new, old = check_id(update.new), check_id(update.old)
    return b"update %s\0%s\0%s\0" % (check_ref(update.ref).encode(), new.encode(), old.encode())


def _moved(update: RefUpdate, now: ObjectId) -> ConflictError:
    if now == ZERO:
        return ConflictError(f"{update.ref} does not exist any more")
    if update.old == ZERO:
        return ConflictError(f"{update.ref} exists already")
    return ConflictError(f"{update.ref} moved while this change was being made")
