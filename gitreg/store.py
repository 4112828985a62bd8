"""Records at a commit, and changes to them: one change is one commit, by compare-and-swap.

Knows paths, records and commits; nothing of the command line, of promotion or of trust.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from gitreg.disk import queue
from gitreg.documents import layout
from gitreg.documents.reader import read
from gitreg.documents.writer import write
from gitreg.domain.record import Record
from gitreg.errors import ConflictError, RecordError
from gitreg.gitrepo import ZERO, Content, Identity, ObjectId, RefUpdate, Repository

R = TypeVar("R", bound=Record)
T = TypeVar("T")
RECORD_LIMIT = 1024 * 1024
MANIFEST_LIMIT = 64 * 1024 * 1024
ATTEMPTS = 20
RACES, PATIENCE = 2, 5.0
"""How many lost races make a writer queue with others of this machine, and for how many seconds."""


@dataclass(frozen=True)
class Snapshot:
    """The files and records of one commit; of nothing, where there is no commit yet."""

    repository: Repository
    commit: ObjectId | None

    @cached_property
    def tree(self) -> ObjectId | None:
        """The commit's tree."""
        return self.repository.commit(self.commit).tree if self.commit else None

    def file(self, path: str, *, limit: int = RECORD_LIMIT) -> bytes | None:
        """The content of a regular file, or None where there is none.

        Raises:
            RecordError: if a link or submodule stands there, or the file has more than `limit` bytes.
        """
        return self.repository.blob_below(self.tree, path, limit=limit) if self.tree else None

    def blob(self, path: str) -> ObjectId | None:
        """What names the content of a file for ever: as long as it is the same, so is the content; None where there is no file."""
        entry = self.repository.entry(self.tree, path) if self.tree else None
        return entry.id if entry is not None and entry.is_file else None

    def files_there(self, paths: Iterable[str]) -> list[str]:
        """Those of some paths at which there is anything; quickest in path order."""
        tree = self.tree
        return [path for path in paths if tree and self.repository.entry(tree, path) is not None]

    def record(self, kind: type[R], path: str) -> R | None:
        """The record in a file, or None where there is no file.

        Raises:
            RecordError: if the file is not a record of this kind, or says that it is another one than its path does:
                whoever asks for a candidate by its id must not get what calls itself so elsewhere.
        """
        content = self.file(path)
        if content is None:
            return None
        record = read(content, kind, path)
        if reason := layout.misplaced(record, path):
            raise RecordError(reason, place=path)
        return record

    def names(self, folder: str) -> list[str]:
        """What a folder holds, sorted; nothing where there is no folder."""
        if self.tree is None:
            return []
        entry = self.repository.entry(self.tree, folder)
        return sorted(self.repository.tree(entry.id)) if entry is not None and entry.is_folder else []

    def paths(self, folder: str) -> Iterator[str]:
        """Every file below a folder, in path order."""
        if self.tree is None:
            return
        entry = self.repository.entry(self.tree, folder)
        if entry is not None and entry.is_folder:
            for path, _ in self.repository.walk(entry.id, folder):
                yield path


@dataclass
class Change:
    """A change that is being made: what stood before, and the files that will be different."""

    before: Snapshot
    files: dict[str, Content | None] = field(default_factory=dict)

    def put(self, record: Record) -> None:
        """Writes a record where records of its kind and name belong."""
        self.files[layout.path_of(record)] = write(record)

    def put_file(self, path: str, content: Content) -> None:
        """Writes a file from its bytes, or from a blob that is stored already."""
        self.files[path] = content

    def remove(self, path: str) -> None:
        """Removes a file."""
        self.files[path] = None


@dataclass(frozen=True)
class Author:
    """Who makes a commit, and when."""

    name: str
    email: str
    when: datetime

    @property
    def identity(self) -> Identity:
        """The same, as Git writes it."""
        return Identity(self.name, self.email, self.when)


class RegistryStore:
    """One repository, as a place that holds records on branches."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository

    def at(self, ref: str) -> Snapshot:
        """The records at the tip of a ref; an empty snapshot where there is no such ref."""
        return Snapshot(self.repository, self.repository.resolve(ref))

    @contextmanager
    def change(
        self, ref: str, message: str, author: Author, *, base: ObjectId | None = None
    ) -> Iterator[Change]:
        """One commit on a branch, made of what the block puts into the change.

        An error in the block, or a branch that moved meanwhile, leaves no trace. A change that changes nothing makes
        no commit.

        Args:
            ref: full name of the branch.
            message: of the commit; its first line is the reflog's too.
            author: who makes it.
            base: the commit to build on, for a branch that does not exist yet.

        Raises:
            ConflictError: if the branch moved.
        """
        tip = self.repository.resolve(ref)
        change = Change(Snapshot(self.repository, tip or base))
        yield change
        commit = self.commit(change.before.commit, change.files, message, author)
        if commit is not None and commit != tip:
            self.move(ref, commit, tip, message)

    def commit(
        self, parent: ObjectId | None, files: Mapping[str, Content | None], message: str, author: Author
    ) -> ObjectId | None:
        """A commit with these files changed, on no branch yet; the parent itself when nothing changes."""
        before = self.repository.commit(parent).tree if parent else None
        tree = self.repository.edit_tree(before, files)
        if tree == before:
            return parent
        parents = [parent] if parent else []
        return self.repository.write_commit(tree, parents, message, author.identity, author.identity)

    def move(self, ref: str, new: ObjectId, old: ObjectId | None, message: str) -> None:
        """Moves a branch from a known old value; `None` expects that it does not exist.

        The reflog gets the message's first word only: a message that is always the same lets one process of Git serve
        many moves, and the commit has the rest.
        """
        act = message.split(maxsplit=1)[0].lower()
        self.repository.update_refs([RefUpdate(ref, new, old or ZERO)], f"gitreg: {act}")


def retrying(act: Callable[[], T], attempts: int = ATTEMPTS, *, queued: Path | None = None) -> T:
    """Does `act` again when somebody else was faster; it must read afresh each time.

    Args:
        act: what is to be done.
        attempts: how often at most.
        queued: a file; who loses twice tries on in turn with others of this machine that lost, by that file.

    Raises:
        ConflictError: when that did not help.
    """
    for _ in range(races := min(RACES, attempts - 1)):
        with suppress(ConflictError):
            return act()
    # one wait for all that follows: whoever is in front may hang
    with queue(queued, PATIENCE) if queued else nullcontext():
        for _ in range(attempts - 1 - races):
            with suppress(ConflictError):
                return act()
        return act()
