"""What a forge is: a place that shows branches to reviewers. Its values, and the protocol that every member keeps.

Words: https://docs.gitlab.com/user/project/merge_requests/ and https://docs.gitlab.com/api/merge_requests/.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

ForgeKind = Literal["local", "push-options", "gitlab"]
RequestState = Literal["opened", "closed", "merged", "locked"]


@dataclass(frozen=True)
class Wanted:
    """A merge request as it should be.

    Args:
        branch: short name of the branch that waits for review, `gitreg/promote/churn/v1.2.0`.
        target: short name of the branch that it would be merged into.
        commit: the branch's tip, 40 hex digits.
        title: one line; people's words in it are escaped already.
        description: Markdown of any length; people's words in it are escaped already.
        summary: the description in one line, for a forge that takes no more.
        draft: whether it is not to be merged yet.
    """

    branch: str
    target: str
    commit: str
    title: str
    description: str = ""
    summary: str = ""
    draft: bool = False


@dataclass(frozen=True)
class MergeRequest:
    """A merge request as the forge has it.

    Args:
        number: its number in the project (GitLab's `iid`).
        url: where people see it; of the forge's own host, and printable.
        state: `opened`, `closed`, `merged`, or `locked` while it is being merged.
        branch: short name of its source branch.
        target: short name of its target branch.
        commit: the source branch's tip as the forge knows it, 40 hex digits; None when it does not say.
        title: as it is there, fit for one line of a terminal; a stranger's words.
        draft: whether it is marked as one.
        has_conflicts: whether the forge says that it cannot be merged as it is.
        merged_as: the commit of the target branch that brought it (merge or squash), once it is merged.
        author: user name of who opened it; None when it does not say.
    """

    number: int
    url: str
    state: RequestState
    branch: str
    target: str
    commit: str | None
    title: str
    draft: bool = False
    has_conflicts: bool = False
    merged_as: str | None = None
    author: str | None = None


@dataclass(frozen=True)
class Abilities:
    """What a forge can do here, with the credentials that there are.

    Args:
        reads: find merge requests, their state and their approvals.
        opens: open and change merge requests by a call; otherwise only by options of a push, if at all.
        notes: write notes.
    """

    reads: bool = False
    opens: bool = False
    notes: bool = False


class Forge(Protocol):
    """A member of the family. Every method but the first two may raise CredentialsError (4) or RemoteError (7)."""

    @property
    def kind(self) -> ForgeKind:
        """Which."""

    @property
    def abilities(self) -> Abilities:
        """What it can do here; a method beyond them raises CredentialsError with what is missing."""

    def push_options(self, wanted: Wanted) -> tuple[str, ...]:
        """Options that the branch is to be pushed with, each one line; none where the forge is called instead.

        Where it can be asked what is there, they change nothing that a person wrote.
        """

    def said(self, lines: Sequence[str]) -> str | None:
        """The merge request's URL among the lines that the remote said at a push; None when there is none."""

    def find(self, branch: str, target: str) -> MergeRequest | None:
        """The open merge request of a branch of this very project (no fork's), else its newest one; None when there is none.

        A merged one goes before a closed one of the same commit. Where nobody can be asked, that is None too: see `abilities`.
        """

    def propose(self, wanted: Wanted) -> MergeRequest | None:
        """Opens the merge request, or makes the open one of that branch say what is wanted; None where it cannot be called.

        Of many calls at once, all get the same one.

        Raises:
            AnswerIsNoError: if the newest one of that branch was closed or merged with this very commit.
        """

    def note(self, number: int, marker: str, text: str) -> str:
        """Writes the one note that begins with a marker (a line `<!-- ... -->`), or changes it; returns its URL."""

    def approvals(self, number: int) -> tuple[str, ...]:
        """User names of who approved it, in order."""
