"""Records whose sides' files are not in one folder yet, because a listing could not be read or sent: each is tried again.

This clone remembers those that it joined, and tries again when it publishes; whoever changes such a record's files, in
whatever clone, has them united first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from gitreg.documents import places
from gitreg.errors import (
    AnswerIsNoError,
    ConflictError,
    CredentialsError,
    NotFoundError,
    RemoteError,
    UsageError,
    VerificationError,
)
from gitreg.gitrepo import Content, ObjectId
from gitreg.store import Author, retrying
from gitreg.workflows.candidate_branch import keep_candidate_branch
from gitreg.workflows.contents.unite_files import United, is_apart, unite
from gitreg.workflows.registry import CANDIDATES, Registry

FOLDER = "apart"
AWAY = (RemoteError, CredentialsError, UsageError)
"""The storage cannot be used from here now."""
NOWHERE = (VerificationError, AnswerIsNoError, NotFoundError)
"""A side, its listing or a right one, is in no place that can be reached."""


@dataclass
class UnitedTree:
    """A tree in which files of sides are united.

    Args:
        tree: it.
        ids: the objects that the new folders need.
        apart: records whose sides' files are still apart.
    """

    tree: ObjectId
    ids: list[str] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)


def unite_joined(
    registry: Registry,
    tree: ObjectId,
    commits: Sequence[ObjectId],
    paths: Iterable[str],
    *,
    uniting: bool = True,
) -> UnitedTree:
    """Unites the files of records that several sides changed, as far as their listings can be read; none blocks another.

    Args:
        registry: whose repository, or the relay's, has the commits.
        tree: of the join.
        commits: that were joined.
        paths: of the records.
        uniting: whether to; else they are only told.
    """
    found, changes = UnitedTree(tree), dict[str, Content | None]()
    for path in sorted(paths):
        text = registry.repository.blob_below(tree, path)
        if text is None or not is_apart(text, path):
            continue
        try:
            united = _united(registry, path, text, commits) if uniting else None
        except AWAY:
            united, uniting = None, False  # it is not waited for again and again
        if united is None:
            found.apart.append(path)
        else:
            changes |= united.files
            found.ids += united.ids
    if changes:
        found.tree = registry.repository.edit_tree(tree, changes)
    return found


def _united(registry: Registry, path: str, text: bytes, commits: Sequence[ObjectId]) -> United | None:
    try:
        return unite(registry.relay_of or registry, registry.repository, path, text, commits)
    except NOWHERE:
        return None  # what is remembered is tried again, and `gitreg show` tells of it


def unite_recorded(registry: Registry, path: str, author: Author) -> None:
    """Unites the files of a record of the local candidate branch, by a commit; none where nothing is apart.

    Raises:
        RemoteError: if the storage cannot be reached.
        CredentialsError: if it does not let us in.
        VerificationError: if a side, or its listing, is nowhere.
    """

    def commit() -> None:
        keep_candidate_branch(registry, author)
        with registry.store.change(
            CANDIDATES, f"Unite the files of {Path(path).stem[:8]}\n", author
        ) as change:
            text, tip = change.before.file(path), change.before.commit
            if text is not None and tip is not None and is_apart(text, path):
                change.files |= unite(registry, registry.repository, path, text, [tip]).files

    retrying(commit, queued=registry.queue)


def unite_before_change(registry: Registry, path: str, text: bytes, author: Author) -> bool:
    """The same before a record's files are changed, which would settle that one side's count.

    Returns:
        whether the record is another one now; where a side is nowhere, it stays as it is.

    Raises:
        RemoteError: if the storage cannot be reached: the change must wait.
        CredentialsError: if it does not let us in.
    """
    if not is_apart(text, path):
        return False
    try:
        unite_recorded(registry, path, author)
    except NOWHERE:
        return False
    return True


def unite_remembered(registry: Registry, author: Author) -> None:
    """Tries again what this clone remembers; what cannot be united now stays remembered."""
    for file, path in _remembered(registry):
        try:
            if places.is_logged(path):
                unite_recorded(registry, path, author)
            file.unlink(missing_ok=True)
        except NOWHERE:
            continue
        except (*AWAY, ConflictError):
            return


def remember_apart(registry: Registry, paths: Iterable[str]) -> None:
    """Notes records that are to be tried again."""
    folder = (registry.relay_of or registry).local_state / FOLDER
    for path in paths:
        with suppress(OSError):  # a full disk: the record itself says it too
            folder.mkdir(parents=True, exist_ok=True)
            (folder / Path(path).stem).write_text(path)


def words_about(paths: Sequence[str]) -> str:
    """What is told of records whose files are still apart."""
    first = f"{Path(paths[0]).stem[:8]}{f' and {len(paths) - 1} more' if paths[1:] else ''}"
    return (
        f"two sides added files to {first}, and these are not in one folder yet, as a listing of them could not be read or sent;"
        " both are kept, and the next push tries again"
    )


def remembered(registry: Registry) -> list[str]:
    """The paths of the records that this clone will try again."""
    return [path for _, path in _remembered(registry)]


def _remembered(registry: Registry) -> list[tuple[Path, str]]:
    folder = registry.local_state / FOLDER
    try:
        return [(file, file.read_text()) for file in sorted(folder.iterdir())]
    except OSError:
        return []
