"""Judging a push: each ref by its kind, all of them before anybody is told, so that whoever pushes hears everything at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gitreg.errors import AnswerIsNoError, ConflictError, NotFoundError, UsageError
from gitreg.workflows.pre_receive.accepted import accepted_faults
from gitreg.workflows.pre_receive.kinds import Kind, kind_of
from gitreg.workflows.pre_receive.opening import KEY, calls_itself_accepted
from gitreg.workflows.pre_receive.proposed import proposal_faults
from gitreg.workflows.pre_receive.push import Push, Update
from gitreg.workflows.pre_receive.statements import fixed_faults, statements_of
from gitreg.workflows.pre_receive.tried import candidate_faults, inbox_faults

REFUSED = (AnswerIsNoError, NotFoundError, UsageError, ConflictError, ValueError)
"""What hostile content can make a rule say; everything else says that the push could not be judged."""
BRANCHES = {
    Kind.ACCEPTED: accepted_faults,
    Kind.CANDIDATES: candidate_faults,
    Kind.INBOX: inbox_faults,
    Kind.PROPOSAL: proposal_faults,
}


@dataclass(frozen=True)
class Fault:
    """Why one ref cannot move.

    Args:
        ref: its full name, a stranger's words.
        message: why; a stranger may have written a part of it.
    """

    ref: str
    message: str

    def __str__(self) -> str:
        return f"{self.ref}: {self.message}"


def judge_push(push: Push) -> list[Fault]:
    """Why this push cannot be taken; nothing when it can, and then all of it.

    Raises:
        GitregError: it could not be judged, and so it cannot be taken.
    """
    kinds = {ref: kind_of(ref, push.accepted_ref) for ref in push.updates}
    found = [
        Fault(ref, message)
        for ref, update in push.updates.items()
        if kinds[ref] is not Kind.STATEMENT
        for message in _faults(push, update, kinds[ref])
    ]
    tags = [update for ref, update in push.updates.items() if kinds[ref] is Kind.STATEMENT]
    return found + list(_statement_faults(push, tags))


def _faults(push: Push, update: Update, kind: Kind) -> Iterator[str]:
    try:
        yield from _by_kind(push, update, kind)
    except REFUSED as error:
        yield str(error)


def _by_kind(push: Push, update: Update, kind: Kind) -> Iterator[str]:
    if kind is Kind.OTHER:
        if push.settings is None and calls_itself_accepted(push.repository, update):
            yield f"it brings a registry, and the accepted branch here is {push.accepted_ref}: on the server, git config {KEY} NAME"
    elif kind is Kind.FORBIDDEN:
        if update.new is not None:
            yield "gitreg gives this name to nothing, and it would be in the way of names that it does give"
    elif push.settings is None:
        if update.new is not None and kind is not Kind.ACCEPTED:
            yield f"there is no registry here yet: push its accepted branch first, as {push.accepted_ref}"
    elif update.new is not None and not push.is_commit(update.new):
        yield "it is no commit"
    else:
        yield from BRANCHES[kind](push, update)


def _statement_faults(push: Push, tags: list[Update]) -> Iterator[Fault]:
    new = [one for one in tags if one.old is None and one.new is not None]
    for one in tags:
        yield from (Fault(one.ref, message) for message in fixed_faults(one))
    if not new:
        return
    try:
        statements = statements_of(push, [one.ref for one in new])
    except REFUSED as error:
        yield Fault(new[0].ref, f"nobody can tell who may sign here: {error}")
        return
    for one in new:
        if statements is None:
            yield Fault(
                one.ref,
                f"there is no registry here yet: push its accepted branch first, as {push.accepted_ref}",
            )
        else:
            yield from (Fault(one.ref, message) for message in statements.faults(one))
