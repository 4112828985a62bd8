"""What to compare with when commits are joined one after another: git-merge-base(1) for many, in few processes."""

from __future__ import annotations

from collections.abc import Sequence

from gitreg.gitrepo.history import History
from gitreg.gitrepo.names import ObjectId, check_id
from gitreg.gitrepo.process import Git


class Bases:
    """The best common ancestors of a commit with the (hypothetical) merge of those that were taken before.

    What `git merge-base --all K C1 C2 ... C(K-1)` says, for any number of commits by one walk; Git is asked again only
    about a commit with several common ancestors of which none is seen to contain another.
    """

    def __init__(self, git: Git, history: History, commits: Sequence[ObjectId]) -> None:
        self._history = history
        self._commits = commits
        self._graph = _lacking(git, commits) if len(commits) > 2 else {}
        self._taken: set[ObjectId] = set()
        self._known: dict[frozenset[ObjectId], tuple[ObjectId, ...]] = {}

    def common(self, commit: ObjectId) -> tuple[ObjectId, ...]:
        """Return the best common ancestors; none where the histories are unrelated."""
        if len(self._commits) == 2:
            return tuple(self._history.merge_bases(self._commits[0], commit))
        met, _ = self._walk(commit)
        found = frozenset(self._without_contained(met))
        if found not in self._known:
            best = self._history.independent(sorted(found)) if len(found) > 1 else found
            self._known[found] = tuple(best)
        return self._known[found]

    def take(self, commit: ObjectId) -> None:
        """Count a commit as merged."""
        _, passed = self._walk(commit)
        self._taken |= passed

    def _walk(self, commit: ObjectId) -> tuple[set[ObjectId], set[ObjectId]]:
        """Return where the way down from a commit meets what was taken, and the commits on the way."""
        met: set[ObjectId] = set()
        ahead, passed = [commit], set[ObjectId]()
        while ahead:
            here = ahead.pop()
            if here in self._taken or here not in self._graph:
                met.add(here)
            elif here not in passed:
                passed.add(here)
                ahead.extend(self._graph[here])
        return met, passed

    def _without_contained(self, commits: set[ObjectId]) -> set[ObjectId]:
        """Leave out commits that are ancestors of others, as far as the graph shows it."""
        if len(commits) < 2:
            return commits
        ahead = [parent for commit in commits for parent in self._graph.get(commit, ())]
        contained: set[ObjectId] = set()
        while ahead:
            here = ahead.pop()
            if here not in contained:
                contained.add(here)
                ahead.extend(self._graph.get(here, ()))
        return commits - contained


def _lacking(git: Git, commits: Sequence[ObjectId]) -> dict[ObjectId, tuple[ObjectId, ...]]:
    """Return the parents of everything that the first commit lacks."""
    words = [*map(check_id, commits[1:]), f"^{check_id(commits[0])}"]
    output = git.run("rev-list", "--parents", "--stdin", stdin="\n".join(words).encode() + b"\n").out
    lines = (line.split() for line in output.decode().splitlines())
    return {ObjectId(commit): tuple(map(ObjectId, parents)) for commit, *parents in lines}
