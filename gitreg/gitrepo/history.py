"""Questions about many commits: ancestry, who changed a path, what differs. Changes no ref."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from gitreg.errors import UsageError
from gitreg.gitrepo.commits import Commits
from gitreg.gitrepo.names import EMPTY_TREE, ObjectId, check_id, check_path, printable
from gitreg.gitrepo.process import Git
from gitreg.gitrepo.trees import Entry, Trees

Status = Literal["A", "M", "D", "T"]


class History:
    """The commit graph of one repository."""

    def __init__(self, git: Git, commits: Commits, trees: Trees) -> None:
        self._git = git
        self._commits = commits
        self._trees = trees

    def first_parents(self, tip: ObjectId) -> Iterator[ObjectId]:
        """Yield the tip, its first parent, that one's first parent, and so on."""
        here = check_id(tip)
        while True:
            yield here
            parents = self._commits.read(here).parents
            if not parents:
                return
            here = parents[0]

    def is_first_parent_ancestor(self, commit: ObjectId, tip: ObjectId) -> bool:
        """Tell whether a commit is the tip or one of its first parents.

        Where it is, it is the last that Git lists, as its own parents are left out; a list that was cut short says no.
        """
        before = [f"^{parent}" for parent in self._commits.read(check_id(commit)).parents]
        words = ("rev-list", "--first-parent", "--end-of-options", check_id(tip), *before, "--")
        return f"\n{self._git.run(*words).out.decode()}".endswith(f"\n{commit}\n")

    def first_parent_line(self, tip: ObjectId) -> list[ObjectId]:
        """Return a commit, its first parent, that one's first parent, and so on, to the end."""
        words = ("rev-list", "--first-parent", "--end-of-options", check_id(tip), "--")
        return [ObjectId(line) for line in self._git.run(*words).out.decode().split()]

    def is_ancestor(self, ancestor: ObjectId, descendant: ObjectId) -> bool:
        """Tell whether a commit is another one or reachable from it."""
        words = ("merge-base", "--is-ancestor", check_id(ancestor), check_id(descendant))
        return self._git.run(*words, good=(0, 1)).code == 0

    def merge_base(self, ours: ObjectId, theirs: ObjectId) -> ObjectId | None:
        """Return a best common ancestor, or None."""
        return next(iter(self.merge_bases(ours, theirs)), None)

    def merge_bases(self, ours: ObjectId, theirs: ObjectId) -> list[ObjectId]:
        """Return all best common ancestors; there are several when branches were merged crosswise."""
        outcome = self._git.run("merge-base", "--all", check_id(ours), check_id(theirs), good=(0, 1))
        return [ObjectId(line) for line in outcome.out.decode().split()]

    def independent(self, commits: Sequence[ObjectId]) -> list[ObjectId]:
        """Return those of some commits that no other one of them contains."""
        outcome = self._git.run("merge-base", "--independent", *map(check_id, commits))
        return [ObjectId(line) for line in outcome.out.decode().split()]

    def changes_of(self, tip: ObjectId, path: str, *, first_parent: bool) -> list[ObjectId]:
        """Return the commits that changed a path, newest first; a merge is compared with its first parent.

        Args:
            tip: where to start.
            path: a file or a folder.
            first_parent: follow first parents only.
        """
        check_path(path)
        walk = "--first-parent" if first_parent else "--full-history"
        found = self._git.run(
            "rev-list", "--topo-order", walk, "--end-of-options", check_id(tip), "--", path
        ).out
        return [id_ for id_ in map(ObjectId, found.decode().split()) if self._changed(id_, path)]

    def changed_paths(self, old: ObjectId, new: ObjectId, prefix: str = "") -> list[tuple[Status, str]]:
        """Return status and path of every file that differs between two commits or trees.

        Args:
            old: a commit or tree; `ZERO` is not one, take `EMPTY_TREE`.
            new: a commit or tree.
            prefix: only this folder or file.
        """
        where = ("/".join(check_path(prefix.removesuffix("/"))),) if prefix else ()
        flags = ("-r", "-z", "--no-renames", "--name-status", "--no-ext-diff", "--no-textconv")
        words = ("diff-tree", *flags, "--end-of-options", check_id(old), check_id(new), "--", *where)
        parts = self._git.run(*words).records()
        return [(_status(parts[at]), parts[at + 1]) for at in range(0, len(parts), 2)]

    def _changed(self, id_: ObjectId, path: str) -> bool:
        commit = self._commits.read(id_)
        before = self._entry(
            self._commits.read(commit.parents[0]).tree if commit.parents else EMPTY_TREE, path
        )
        return before != self._entry(commit.tree, path)

    def _entry(self, tree: ObjectId, path: str) -> Entry | None:
        return self._trees.entry(tree, path)


def _status(text: str) -> Status:
    match text:
        case "A" | "M" | "D" | "T":
            return text
        case _:
            raise UsageError(f"Git reports the unknown change {printable(text)!r}")
