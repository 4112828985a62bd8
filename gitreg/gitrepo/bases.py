"""What to compare with when commits are joined one after another: git-merge-base(1) for many, in few processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitreg.gitrepo.history import History
from gitreg.gitrepo.names import ObjectId, check_id
from gitreg.gitrepo.process import Git

_Graph = dict[ObjectId, tuple[ObjectId, ...]]
"""Parents by commit, of everything that the first commit lacks."""


def bases_in_turn(git: Git, history: History, commits: Sequence[ObjectId]) -> Iterator[list[ObjectId]]:
    """Yield for each commit but the first its best common ancestors with the (hypothetical) merge of those before it.

    What `git merge-base --all K C1 C2 ... C(K-1)` says, for any number of commits by one walk; Git is asked again only
    about a commit with several common ancestors of which none is seen to contain another.
    """
    if len(commits) == 2:
        yield history.merge_bases(*reversed(commits))
        return
    graph = _lacking(git, commits) if len(commits) > 2 else {}
    merged: set[ObjectId] = set()
    known: dict[frozenset[ObjectId], list[ObjectId]] = {}
    for commit in commits[1:]:
        common = frozenset(_without_contained(graph, _walk(graph, commit, merged)))
        if common not in known:
            known[common] = history.independent(sorted(common)) if len(common) > 1 else list(common)
        yield known[common]


def _lacking(git: Git, commits: Sequence[ObjectId]) -> _Graph:
    words = [*map(check_id, commits[1:]), f"^{check_id(commits[0])}"]
    output = git.run("rev-list", "--parents", "--stdin", stdin="\n".join(words).encode() + b"\n").out
    lines = (line.split() for line in output.decode().splitlines())
    return {ObjectId(commit): tuple(map(ObjectId, parents)) for commit, *parents in lines}


def _walk(graph: _Graph, commit: ObjectId, merged: set[ObjectId]) -> set[ObjectId]:
    """Return where the way down from a commit meets what is merged already, and count the way as merged."""
    met: set[ObjectId] = set()
    ahead, passed = [commit], set[ObjectId]()
    while ahead:
        here = ahead.pop()
        if here in merged or here not in graph:
            met.add(here)
        elif here not in passed:
            passed.add(here)
            ahead.extend(graph[here])
    merged |= passed
    return met


def _without_contained(graph: _Graph, commits: set[ObjectId]) -> set[ObjectId]:
    """Leave out commits that are ancestors of others, as far as the graph shows it."""
    if len(commits) < 2:
        return commits
    ahead = [parent for commit in commits for parent in graph.get(commit, ())]
    contained: set[ObjectId] = set()
    while ahead:
        here = ahead.pop()
        if here not in contained:
            contained.add(here)
            ahead.extend(graph.get(here, ()))
    return commits - contained
