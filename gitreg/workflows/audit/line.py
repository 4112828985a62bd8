"""The accepted branch as a line: where on it a commit stands, who made what came with it, and who merged it."""

from __future__ import annotations

from gitreg.errors import NotFoundError, RecordError
from gitreg.gitrepo import Commit, Identity, ObjectId, Repository
from gitreg.workflows.audit.entry import Act


class Line:
    """The first parents of a tip, read once.

    Args:
        repository: the verifier's own.
        tip: the accepted branch's tip.
    """

    def __init__(self, repository: Repository, tip: ObjectId) -> None:
        self._repository = repository
        commits = repository.first_parent_line(tip)
        self._places = {commit: len(commits) - before for before, commit in enumerate(commits)}

    @property
    def commits(self) -> frozenset[ObjectId]:
        """All of them."""
        return frozenset(self._places)

    def place(self, commit: ObjectId) -> int | None:
        """A commit's place, 1 for the first; None for one that is not on the line."""
        return self._places.get(commit)

    def told(self, commit: ObjectId) -> tuple[Act | None, Act | None]:
        """Who proposed and who merged a commit of the line, as it says itself; both None for any other commit.

        A merge commit is the merger's, and its second parent the proposer's; where a branch was squashed or rebased, the
        author is who proposed, and the committer who put it there.
        """
        if commit not in self._places:
            return None, None
        found = self._repository.commit(commit)
        if len(found.parents) < 2:
            return _act(found.author), _act(found.committer)
        return _act(self._proposal(found).author), Act(_name(found.author), found.committer.when)

    def _proposal(self, merge: Commit) -> Commit:
        try:
            return self._repository.commit(merge.parents[1])
        except (NotFoundError, RecordError):
            return merge


def _act(who: Identity) -> Act:
    return Act(_name(who), who.when)


def _name(who: Identity) -> str:
    return f"{who.name} <{who.email}>"
