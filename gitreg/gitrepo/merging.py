"""Three-way merges of trees, without work tree, index, attributes or merge drivers: the same result everywhere.

Not `git merge-tree`: it takes a record that was deleted for the one that resembles it (its rename detection cannot be
switched off before Git 2.50), and it runs the merge drivers of whatever configuration it finds (docs/adr/0002).
What only one side changed is taken from that side by id, so the cost follows the change. Two changed versions of one
file are merged line by line by `git merge-file`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

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

_UNDECIDED = b"gitreg: the common ancestors of this merge differ here\n"


class Merging:
    """Merges of one repository."""

    def __init__(self, git: Git, objects: Objects, trees: Trees, commits: Commits, history: History) -> None:
        self._git = git
        self._objects = objects
        self._trees = trees
        self._commits = commits
        self._history = history

    def merge(self, ours: ObjectId, theirs: ObjectId) -> ObjectId:
        """Return the tree that two commits give together.

        Raises:
            ConflictError: both changed the same lines, or one deleted what the other changed.
        """
        tree, conflicts = self._merge_commits(ours, theirs)
        if conflicts:
            names = ", ".join(printable(path) for path in sorted(conflicts))
            raise ConflictError(f"both sides changed {names}")
        return tree

    def _merge_commits(self, ours: ObjectId, theirs: ObjectId) -> tuple[ObjectId, list[bytes]]:
        base = self._base(self._history.merge_bases(ours, theirs))
        conflicts: list[bytes] = []
        trees = (base, self._commits.read(ours).tree, self._commits.read(theirs).tree)
        merged = self._merge_trees(trees, b"", conflicts)
        return merged or self._objects.write("tree", b""), conflicts

    def _base(self, bases: list[ObjectId]) -> ObjectId:
        """Return the tree to compare with: of several common ancestors, their own merge (as Git's "recursive").

        Where these conflict stands a mark that no side has: it is a conflict of ours only where the sides differ.
        """
        if not bases:
            return EMPTY_TREE
        tree = self._commits.read(bases[0]).tree
        for other in bases[1:]:
            below = self._base(self._history.merge_bases(bases[0], other))
            tree = self._merge_trees((below, tree, self._commits.read(other).tree), b"", []) or EMPTY_TREE
        return tree

    def _merge_trees(
        self, three: tuple[ObjectId, ObjectId, ObjectId], prefix: bytes, conflicts: list[bytes]
    ) -> ObjectId | None:
        base, ours, theirs = (self._trees.raw(id_) for id_ in three)
        merged: RawTree = {}
        for name in {**base, **ours, **theirs}:
            entry = self._merge_entry(
                (base.get(name), ours.get(name), theirs.get(name)), prefix + name, conflicts
            )
            if entry:
                merged[name] = entry
        return self._trees.write_raw(merged)

    def _merge_entry(self, three: _Three, path: bytes, conflicts: list[bytes]) -> _Entry | None:
        base, ours, theirs = three
        if theirs in (ours, base):
            return ours
        if ours == base:
            return theirs
        if _are_folders(ours, theirs):
            ids = (_folder_id(base), _folder_id(ours), _folder_id(theirs))
            merged = self._merge_trees(ids, path + b"/", conflicts)
            return (FOLDER, bytes.fromhex(merged)) if merged else None
        if content := self._merge_content(three):
            return content
        conflicts.append(path)
        return FILE, bytes.fromhex(self._objects.write("blob", _UNDECIDED))

    def _merge_content(self, three: _Three) -> _Entry | None:
        """Return the file that both changes give, or None when they cannot be had together."""
        entries = [entry for entry in three if entry and entry[0] in {FILE, PROGRAM}]
        if len(entries) != 3:
            return None
        modes = [mode for mode, _ in entries]
        mode = modes[1] if modes[1] != modes[0] else modes[2]
        with tempfile.TemporaryDirectory(prefix="gitreg-merge-") as folder:
            base, ours, theirs = self._written(entries, Path(folder))
            outcome = self._git.run("merge-file", "-p", "-q", ours, base, theirs, good=())
        if outcome.code != 0:
            return None
        return mode, bytes.fromhex(self._objects.write("blob", outcome.out))

    def _written(self, entries: list[_Entry], folder: Path) -> Iterator[str]:
        for number, (_, binary) in enumerate(entries):
            path = folder / str(number)
            path.write_bytes(self._objects.get(binary.hex(), "blob").content)
            yield str(path)


def _are_folders(ours: _Entry | None, theirs: _Entry | None) -> bool:
    """Whether both sides are folders, one of them perhaps emptied."""
    modes = {entry[0] for entry in (ours, theirs) if entry}
    return modes == {FOLDER}


def _folder_id(entry: _Entry | None) -> ObjectId:
    return ObjectId(entry[1].hex()) if entry and entry[0] == FOLDER else EMPTY_TREE
