"""The candidate branch and the inbox: what was published stays in their history, and candidates are all that comes."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.documents import places
from gitreg.gitrepo import ObjectId
from gitreg.workflows.candidate_branch import ATTRIBUTES_FILE, DVC_IGNORE_FILE, IGNORE_FILE
from gitreg.workflows.pre_receive.push import Push, Update
from gitreg.workflows.pre_receive.records import outside_faults, record_faults
from gitreg.workflows.registry import CANDIDATES

PLACES = ("experiments/", places.DVC_CONFIG, DVC_IGNORE_FILE, IGNORE_FILE, ATTRIBUTES_FILE)
WHAT = "the candidate branch"


def candidate_faults(push: Push, update: Update) -> Iterator[str]:
    """Why the candidate branch cannot move like this."""
    if update.new is None:
        yield "the candidate branch is never deleted: what was promoted comes from it"
        return
    yield from _grown_faults(push, update, update.new)


def inbox_faults(push: Push, update: Update) -> Iterator[str]:
    """Why an inbox ref cannot move like this; one that the candidate branch holds may go, as whoever folds it does."""
    if update.new is None:
        if update.old and not (push.candidates and push.repository.is_ancestor(update.old, push.candidates)):
            yield "the candidate branch does not hold these candidates yet; gitreg push folds them"
        return
    yield from _grown_faults(push, update, update.new)


def _grown_faults(push: Push, update: Update, new: ObjectId) -> Iterator[str]:
    if update.old and not push.repository.is_ancestor(update.old, new):
        yield "it would lose candidates that were published; gitreg push merges them"
        return
    before = update.old or _common(push, new)
    yield from outside_faults(push, before, new, PLACES, WHAT)
    yield from record_faults(push, before, new)


def _common(push: Push, new: ObjectId) -> ObjectId | None:
    """Where a new ref left the candidate branch, as far as that is known here."""
    known = push.repository.resolve(CANDIDATES)
    return push.repository.merge_base(known, new) if known else None
