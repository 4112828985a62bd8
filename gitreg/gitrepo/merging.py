"""Three-way merges of trees, without work tree, index, attributes or merge drivers: the same result everywhere.

Not `git merge-tree`: it takes a record that was deleted for the one that resembles it (its rename detection cannot be
switched off before Git 2.50), and it runs the merge drivers of whatever configuration it finds (docs/adr/0002).
What only one side changed is taken from that side by id, so the cost follows the changes; of many commits that are
joined, only the last tree is written. Two changed versions of one file are merged by whoever calls, who knows what is
in it, else line by line by `git merge-file`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gitreg.errors import ConflictError, RecordError
from gitreg.gitrepo.bases import Bases
from gitreg.gitrepo.commits import Commits
from gitreg.gitrepo.history import History
from gitreg.gitrepo.lines import merge_lines
from gitreg.gitrepo.names import EMPTY_TREE, ObjectId, printable
from gitreg.gitrepo.objects import Objects
from gitreg.gitrepo.process import Git
from gitreg.gitrepo.trees import FILE, FOLDER, PROGRAM, Trees

MergeFile = Callable[[str, bytes | None, bytes | None, bytes | None], bytes | None]
"""Merges one file from its path and its content in the base, on our side and on theirs; None where it is not there.

None as answer says that it cannot: then lines are merged, where there are three files."""

_Entry = tuple[int, bytes]
_Three = tuple[_Entry | None, _Entry | None, _Entry | None]
"""What is at one name: in the base, on our side, on theirs."""

_UNDECIDED = b"gitreg: the common ancestors of this merge differ here\n"
_DEEPEST = 64


@dataclass(frozen=True, eq=False)
class _Folder:
    """A folder with changes in it; what is below and was not changed is known by id."""

    entries: dict[bytes, _Entry | _Folder]


@dataclass(frozen=True)
class _Act:
    """The join of one commit: who merges files, and what could not be merged."""

    merge_file: MergeFile | None
    conflicts: set[bytes] = field(default_factory=set)


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
            ConflictError: two changed the same lines, or one deleted what another changed, or a commit is malformed.
        """
        merged, conflicts = self._merge_commits(commits, merge_file, marked=True)
        if conflicts:
            names = ", ".join(printable(path) for path in sorted(set().union(*conflicts.values())))
            raise ConflictError(f"both sides changed {names}")
        return self._write(merged) or self._objects.write("tree", b"")

    def merge_most(
        self, commits: Sequence[ObjectId], merge_file: MergeFile | None = None
    ) -> tuple[ObjectId, list[ObjectId]]:
        """Return the tree, and the commits that are in it: one that conflicts with those before it is left out."""
        merged, conflicts = self._merge_commits(commits, merge_file, marked=False)
        tree = self._write(merged) or self._objects.write("tree", b"")
        return tree, [commit for commit in commits if commit not in conflicts]

    def _merge_commits(
        self, commits: Sequence[ObjectId], merge_file: MergeFile | None, *, marked: bool
    ) -> tuple[_Folder, dict[ObjectId, set[bytes]]]:
        """Return what commits give together, and the paths in conflict by the commit that brought them.

        Conflicts are marked in the result, or their commits are not in it.
        """
        merged = self._opened(self._commits.read(commits[0]).tree)
        bases, known = Bases(self._git, self._history, commits), dict[tuple[ObjectId, ...], ObjectId]()
        conflicts: dict[ObjectId, set[bytes]] = {}
        for commit in commits[1:]:
            act, common = _Act(merge_file), bases.common(commit)
            try:
                if common not in known:
                    known[common] = self._base(common, merge_file)
                joined = self._join(merged, known[common], self._commits.read(commit).tree, b"", act)
            except RecordError as error:
                if marked:
                    raise ConflictError(f"{commit} cannot be merged: {error.message}") from error
                act.conflicts.add(b"")
            if act.conflicts:
                conflicts[commit] = act.conflicts
            if marked or not act.conflicts:
                merged = joined
                bases.take(commit)
        return merged, conflicts

    def _base(self, common: Sequence[ObjectId], merge_file: MergeFile | None) -> ObjectId:
        """Return the tree to compare with: of several common ancestors, their own merge (as Git's "recursive").

        Where these conflict stands a mark that no side has: it is a conflict of ours only where the sides differ.
        """
        if len(common) == 1:
            return self._commits.read(common[0]).tree
        if not common:
            return EMPTY_TREE
        merged, _ = self._merge_commits(common, merge_file, marked=True)
        return self._write(merged) or EMPTY_TREE

    def _join(self, ours: _Folder, base: ObjectId, theirs: ObjectId, prefix: bytes, act: _Act) -> _Folder:
        """Return a folder with what one side changed in it."""
        before, after = self._trees.raw(base), self._trees.raw(theirs)
        entries = {**ours.entries}
        for name in {**before, **after}:
            if before.get(name) != after.get(name):
                three = before.get(name), entries.get(name), after.get(name)
                merged = self._merge(three, prefix + name, act)
                if merged is None:
                    entries.pop(name, None)
                else:
                    entries[name] = merged
        return _Folder(entries)

    def _merge(
        self, three: tuple[_Entry | None, _Entry | _Folder | None, _Entry | None], path: bytes, act: _Act
    ) -> _Entry | _Folder | None:
        base, ours, theirs = three
        if theirs == ours:
            return ours
        if ours == base:
            return theirs
        if _are_folders(ours, theirs) and path.count(b"/") < _DEEPEST:
            below = ours if isinstance(ours, _Folder) else self._opened(_folder_id(ours))
            joined = self._join(below, _folder_id(base), _folder_id(theirs), path + b"/", act)
            return joined if joined.entries else None
        if isinstance(ours, _Folder):
            return self._merge((base, self._closed(ours), theirs), path, act)
        return self._merge_files((base, ours, theirs), path, act)

    def _merge_files(self, three: _Three, path: bytes, act: _Act) -> _Entry:
        merged = None
        if all(entry is None or entry[0] in {FILE, PROGRAM} for entry in three):
            contents = [
                self._objects.get(entry[1].hex(), "blob").content if entry else None for entry in three
            ]
            merged = self._merge_contents(contents, path, act)
        if merged is None:
            act.conflicts.add(path)
            return FILE, bytes.fromhex(self._objects.write("blob", _UNDECIDED))
        return _mode(three), bytes.fromhex(self._objects.write("blob", merged))

    def _merge_contents(self, three: Sequence[bytes | None], path: bytes, act: _Act) -> bytes | None:
        base, ours, theirs = three
        merged = None
        if act.merge_file and (name := _text(path)) is not None:
            merged = act.merge_file(name, base, ours, theirs)
        if merged is not None or base is None or ours is None or theirs is None:
            return merged
        text, is_whole = merge_lines(self._git, base, ours, theirs)
        return text if is_whole else None

    def _opened(self, tree: ObjectId) -> _Folder:
        return _Folder({**self._trees.raw(tree)})

    def _closed(self, folder: _Folder) -> _Entry | None:
        written = self._write(folder)
        return (FOLDER, bytes.fromhex(written)) if written else None

    def _write(self, folder: _Folder) -> ObjectId | None:
        """Store a folder and what was changed below it; without files there is none."""
        closed = {
            name: self._closed(entry) if isinstance(entry, _Folder) else entry
            for name, entry in folder.entries.items()
        }
        return self._trees.write_raw({name: entry for name, entry in closed.items() if entry})


def _text(path: bytes) -> str | None:
    try:
        return path.decode()
    except UnicodeDecodeError:
        return None


def _mode(three: _Three) -> int:
    """Return the changed mode of a file; that of the side which has it, where the other deleted it."""
    base, ours, theirs = (entry[0] if entry else None for entry in three)
    return (ours if ours not in (None, base) else theirs or ours) or FILE


def _are_folders(ours: _Entry | _Folder | None, theirs: _Entry | None) -> bool:
    """Whether both sides are folders, one of them perhaps emptied."""
    modes = {FOLDER if isinstance(entry, _Folder) else entry[0] for entry in (ours, theirs) if entry}
    return modes == {FOLDER}


def _folder_id(entry: _Entry | None) -> ObjectId:
    return ObjectId(entry[1].hex()) if entry and entry[0] == FOLDER else EMPTY_TREE
