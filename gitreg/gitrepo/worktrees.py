"""Work trees: which branch is checked out where, and how files follow when such a branch moves.

The user's own staged, unstaged and untracked changes stay as they were, or nothing happens at all. Filters
(smudge and clean) of the user's configuration run, as in every checkout; that is what they are for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitreg.errors import ConflictError
from gitreg.gitrepo.config import Config
from gitreg.gitrepo.moving import RefUpdate
from gitreg.gitrepo.names import EMPTY_TREE, ZERO, printable
from gitreg.gitrepo.process import Git, Layout

_SHOWN = 5


@dataclass(frozen=True)
class Checkout:
    """A work tree that has the branch of `update` checked out, and what to do there."""

    git: Git
    update: RefUpdate

    @property
    def _trees(self) -> tuple[str, str]:
        old = EMPTY_TREE if self.update.old == ZERO else self.update.old
        return old, self.update.new

    def check(self) -> None:
        """Find out whether the files can follow.

        Raises:
            ConflictError: uncommitted changes are in the way, or the branch would be deleted under the work tree.
        """
        if self.update.new == ZERO:
            raise ConflictError(f"{self.update.ref} is checked out in {self.git.folder}, and is not deleted")
        paths = self._untracked_in_the_way()
        if not paths:
            self.git.run("update-index", "-q", "--refresh", good=())
            if self.git.run("read-tree", "-n", "-m", "-u", *self._trees, good=()).code == 0:
                return
            paths = self._changed_in_the_way()
        shown = ", ".join(map(printable, paths[:_SHOWN])) + (", ..." if len(paths) > _SHOWN else "")
        raise ConflictError(
            f"uncommitted changes in {self.git.folder} are in the way: {shown or 'see git status'}",
            hint="Commit or stash them, then try again.",
        )

    def follow(self) -> None:
        """Bring index and files from the old commit to the new one.

        Raises:
            ConflictError: a file was changed since `check`; the ref has moved, the files have not.
        """
        if self.git.run("read-tree", "-m", "-u", *self._trees, good=()).code != 0:
            old, new = self._trees
            raise ConflictError(
                f"{self.update.ref} moved, but files changed meanwhile in {self.git.folder} did not follow",
                hint=f"git read-tree -m -u {old} {new}",
            )

    def _untracked_in_the_way(self) -> list[str]:
        """Return untracked files where new ones would be; ignored ones too, which read-tree would overwrite."""
        added = self.git.run(
            "diff-tree", "-r", "-z", "--name-only", "--diff-filter=A", *self._trees, "--"
        ).records()
        taken = {place for path in added if (place := self._taken(path))}
        if not taken:
            return []
        return sorted(self.git.run("ls-files", "-z", "--others", "--", *sorted(taken)).records())

    def _taken(self, path: str) -> str | None:
        """Return the path, or the folder on the way to it, when there is something else in the work tree."""
        names = path.split("/")
        folders = ("/".join(names[:end]) for end in range(1, len(names)))
        for folder in folders:
            place = self.git.folder / folder
            if place.is_symlink() or not place.is_dir():
                return folder if _lexists(place) else None
        return path if _lexists(self.git.folder / path) else None

    def _changed_in_the_way(self) -> list[str]:
        old, new = self._trees
        flags = ("-z", "--name-only", "--no-renames", "--ignore-submodules")
        moving = self.git.run("diff-tree", "-r", *flags, old, new, "--").records()
        unstaged = self.git.run("diff-index", *flags, old, "--").records()
        staged = self.git.run("diff-index", "--cached", *flags, old, "--").records()
        return sorted(set(moving) & {*unstaged, *staged})


class Worktrees:
    """The work trees of one repository, the main one and the linked ones."""

    def __init__(self, git: Git, config: Config) -> None:
        self._git = git
        self._config = config

    def checkouts(self) -> dict[str, Path]:
        """Return for every branch that is checked out, even one without a commit, its work tree."""
        return {ref: layout.work_tree for ref, layout in self._layouts() if layout.work_tree}

    def head_branch(self) -> str | None:
        """Return the branch this work tree is on, even when it has no commit yet; None when HEAD is detached."""
        head = _head_of(self._git.layout.git_dir)
        if head == "refs/heads/.invalid":  # what a reftable repository leaves for old readers
            outcome = self._git.run("symbolic-ref", "--quiet", "HEAD", good=(0, 1))
            head = outcome.out.decode("utf-8", "surrogateescape").strip()
        return head or None

    def affected(self, updates: Sequence[RefUpdate]) -> list[Checkout]:
        """Return the work trees whose branch is among the refs that will move."""
        by_ref = {update.ref: update for update in updates if update.ref.startswith("refs/heads/")}
        if not by_ref:
            return []
        return [
            Checkout(Git(layout, self._git.environ), by_ref[ref])
            for ref, layout in self._layouts()
            if ref in by_ref and by_ref[ref].new != by_ref[ref].old
        ]

    def _layouts(self) -> Iterator[tuple[str, Layout]]:
        common = self._git.layout.common_dir
        if (common / "reftable").exists():
            yield from self._listed()
            return
        if (head := _head_of(common)) and (main := self._main()):
            yield head, Layout(common, common, main)
        for git_dir in _folders(common / "worktrees"):
            place = _read(git_dir / "gitdir")
            work_tree = Path(git_dir, place).parent if place else None
            if (head := _head_of(git_dir)) and work_tree and work_tree.is_dir():
                yield head, Layout(git_dir, common, work_tree)

    def _main(self) -> Path | None:
        """Return the main work tree: without a process when we are in it, or when it is the usual one."""
        layout = self._git.layout
        if layout.git_dir == layout.common_dir:
            return layout.work_tree
        if self._config.get("core.bare") == "true":
            return None
        if work_tree := self._config.get("core.worktree"):
            return Path(layout.common_dir, work_tree).resolve()
        return layout.common_dir.parent if layout.common_dir.name == ".git" else None

    def _listed(self) -> Iterator[tuple[str, Layout]]:
        """Ask Git, for repositories whose HEADs are not files (git-worktree(1), "porcelain format")."""
        output = self._git.run("worktree", "list", "--porcelain", "-z").out.decode("utf-8", "surrogateescape")
        common = self._git.layout.common_dir
        for block in output.split("\0\0"):
            lines = dict(line.partition(" ")[::2] for line in block.split("\0") if line)
            if "branch" in lines and "bare" not in lines:
                work_tree = Path(lines["worktree"])
                yield lines["branch"], Layout(_git_dir_of(work_tree, common), common, work_tree)


def _git_dir_of(work_tree: Path, common: Path) -> Path:
    pointer = _read(work_tree / ".git")
    return Path(work_tree, pointer.removeprefix("gitdir: ")) if pointer else common


def _head_of(git_dir: Path) -> str:
    """Return the branch in a HEAD file, or nothing when it is detached or unreadable (gitrepository-layout(5))."""
    words = _read(git_dir / "HEAD")
    return words.removeprefix("ref:").strip() if words.startswith("ref:") else ""


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return []


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape").removesuffix("\n")
    except OSError:
        return ""


def _lexists(path: Path) -> bool:
    return path.is_symlink() or path.exists()
