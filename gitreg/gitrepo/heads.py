"""Which of many commits a branch lacks: one question to Git, however many they are."""

from __future__ import annotations

from collections.abc import Sequence

from gitreg.gitrepo.names import ObjectId, check_id
from gitreg.gitrepo.process import Git


def unmerged(git: Git, tips: Sequence[ObjectId], commits: Sequence[ObjectId]) -> list[ObjectId]:
    """Return those of some commits that no tip contains, in the order given."""
    found, _ = _graph(git, tips, commits)
    return [commit for commit in dict.fromkeys(commits) if commit in found]


def unmerged_heads(git: Git, tips: Sequence[ObjectId], commits: Sequence[ObjectId]) -> list[ObjectId]:
    """Return those of some commits that neither a tip nor another one of them contains, in the order given."""
    found, parents = _graph(git, tips, commits)
    return [commit for commit in dict.fromkeys(commits) if commit in found and commit not in parents]


def _graph(git: Git, tips: Sequence[ObjectId], commits: Sequence[ObjectId]) -> tuple[set[str], set[str]]:
    """Return what is reachable from the commits and from no tip, and the parents of all that."""
    found: set[str] = set()
    parents: set[str] = set()
    if commits:
        words = [*map(check_id, commits), *(f"^{check_id(tip)}" for tip in tips)]
        output = git.run("rev-list", "--parents", "--stdin", stdin="\n".join(words).encode() + b"\n").out
        for line in output.decode().splitlines():
            commit, *above = line.split()
            found.add(commit)
            parents.update(above)
    return found, parents
