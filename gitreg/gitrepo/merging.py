"""Three-way merges of trees, without work tree, index, attributes or merge drivers: the same result everywhere.

Not `git merge-tree`: it takes a record that was deleted for the one that resembles it (its rename detection cannot be
switched off before Git 2.50), and it runs the merge drivers of whatever configuration it finds (docs/adr/0002).
What only one side changed is taken from that side by id, so the cost follows the change. Two changed versions of one
file are merged by whoever calls, who knows what is in it, else line by line by `git merge-file`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeGuard

from gitreg.errors import ConflictError
from gitreg.gitrepo.commits import Commits
from gitreg.gitrepo.history import History
from gitreg.gitrepo.names import EMPTY_TREE, ObjectId, printable
from gitreg.gitrepo.objects import Objects
from gitreg.gitrepo.process import Git
from gitreg.gitrepo.trees import FILE, FOLDER, PROGRAM, RawTree, Trees

_Entry = tuple[int, bytes]
_Three = tuple[_Entry | None, _Entry | None, _Entry | None]
"""What is at one name: in the base, on our side, on theirs."""

MergeFile = Callable[[str, bytes | None, bytes, bytes], bytes | None]
"""Merges one file from its path and its content in the base (None: it was not there), on our side and on theirs.

None says that it cannot, and that the lines are to be merged."""

_UNDECIDED = b"gitreg: the common ancestors of this merge differ here\n"


class Merging:
    """Merges of one repository."""

    def __init__(self, git: Git, objects: Objects, trees: Trees, commits: Commits, history: History) -> None:
        self._git = git
        self._objects = objects
        self._trees = trees
        self._commits = commits
        self._history = history

    def merge(self, commits: Sequence[ObjectId], merge_file: MergeFile | None = None) -> ObjectId:
        """Return the tree that commits give together, joined from left to right.

        Args:
            commits: one or more.
            merge_file: asked first where two sides changed one file.

        Raises:
            ConflictError: two changed the same lines, or one deleted what another changed.
        """
        act = _Act(merge_file)
        tree = self._merge_commits(commits, act)
        if act.conflicts:
            names = ", ".join(printable(path) for path in sorted(set(act.conflicts)))
            raise ConflictError(f"both sides changed {names}")
        return tree or self._objects.write("tree", b"")

    def _merge_commits(self, commits: Sequence[ObjectId], act: _Act) -> ObjectId | None:
        tree: ObjectId | None = self._commits.read(commits[0]).tree
        for at, commit in enumerate(commits[1:], 1):
            base = self._base(self._history.merge_bases(commit, *commits[:at]), act)
            tree = self._merge_trees((base, tree or EMPTY_TREE, self._commits.read(commit).tree), b"", act)
        return tree

    def _base(self, bases: Sequence[ObjectId], act: _Act) -> ObjectId:
        """Return the tree to compare with: of several common ancestors, their own merge (as Git's "recursive").

        Where these conflict stands a mark that no side has: it is a conflict of ours only where the sides differ.
        """
        return (bases and self._merge_commits(bases, _Act(act.merge_file))) or EMPTY_TREE

    def _merge_trees(
        self, three: tuple[ObjectId, ObjectId, ObjectId], prefix: bytes, act: _Act
    ) -> ObjectId | None:
        base, ours, theirs = (self._trees.raw(id_) for id_ in three)
        merged: RawTree = {}
        for name in {**base, **ours, **theirs}:
            entry = self._merge_entry((base.get(name), ours.get(name), theirs.get(name)), prefix + name, act)
            if entry:
                merged[name] = entry
        return self._trees.write_raw(merged)

    def _merge_entry(self, three: _Three, path: bytes, act: _Act) -> _Entry | None:
        base, ours, theirs = three
        if theirs in (ours, base):
            return ours
        if ours == base:
            return theirs
        if _are_folders(ours, theirs):
            ids = (_folder_id(base), _folder_id(ours), _folder_id(theirs))
            merged = self._merge_trees(ids, path + b"/", act)
            return (FOLDER, bytes.fromhex(merged)) if merged else None
        if content := self._merge_content(three, path, act):
            return content
        act.conflicts.append(path)
        return FILE, bytes.fromhex(self._objects.write("blob", _UNDECIDED))

    def _merge_content(self, three: _Three, path: bytes, act: _Act) -> _Entry | None:
        """Return the file that both changes give, or None when they cannot be had together."""
        base, ours, theirs = three
        if not (_is_file(ours) and _is_file(theirs) and (base is None or _is_file(base))):
            return None
        before = self._content(base) if base else None
        merged = act.merged(path, before, self._content(ours), self._content(theirs))
        if merged is None and before is not None:
            merged = self._merge_lines(before, self._content(ours), self._content(theirs))
        if merged is None:
            return None
        mode = ours[0] if base is None or ours[0] != base[0] else theirs[0]
        return mode, bytes.fromhex(self._objects.write("blob", merged))

    def _content(self, entry: _Entry) -> bytes:
        return self._objects.get(entry[1].hex(), "blob").content

    def _merge_lines(self, *three: bytes) -> bytes | None:
        with tempfile.TemporaryDirectory(prefix="gitreg-merge-") as folder:
            base, ours, theirs = _written(three, Path(folder))
            outcome = self._git.run("merge-file", "-p", "-q", ours, base, theirs, good=())
        return outcome.out if outcome.code == 0 else None


@dataclass(frozen=True)
class _Act:
    """One merge: who merges files, and what could not be merged."""

    merge_file: MergeFile | None
    conflicts: list[bytes] = field(default_factory=list)

    def merged(self, path: bytes, base: bytes | None, ours: bytes, theirs: bytes) -> bytes | None:
        """Return what the caller makes of a file; nothing of a name that is no text."""
        try:
            name = path.decode()
        except UnicodeDecodeError:
            return None
        return self.merge_file(name, base, ours, theirs) if self.merge_file else None


def _written(contents: Sequence[bytes], folder: Path) -> Iterator[str]:
    for number, content in enumerate(contents):
        path = folder / str(number)
        path.write_bytes(content)
        yield str(path)


def _is_file(entry: _Entry | None) -> TypeGuard[_Entry]:
    return entry is not None and entry[0] in {FILE, PROGRAM}


def _are_folders(ours: _Entry | None, theirs: _Entry | None) -> bool:
    """Whether both sides are folders, one of them perhaps emptied."""
    modes = {entry[0] for entry in (ours, theirs) if entry}
    return modes == {FOLDER}


def _folder_id(entry: _Entry | None) -> ObjectId:
    return ObjectId(entry[1].hex()) if entry and entry[0] == FOLDER else EMPTY_TREE
