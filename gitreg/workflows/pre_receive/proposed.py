"""Proposals: they may be made anew and deleted at any time, and hold nothing but what they are for."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks import CommitFiles
from gitreg.checks.trust_chain import LACKS, trust_faults
from gitreg.documents import places
from gitreg.domain.trust import Root
from gitreg.errors import RecordError
from gitreg.gitrepo import ObjectId
from gitreg.store import Snapshot
from gitreg.workflows.pre_receive.kinds import proposal_of
from gitreg.workflows.pre_receive.push import Push, Update
from gitreg.workflows.pre_receive.records import outside_faults, record_faults


def proposal_faults(push: Push, update: Update) -> Iterator[str]:
    """Why a proposal cannot be like this."""
    if update.new is None:
        return
    tip = push.accepted.commit
    base = push.repository.merge_base(tip, update.new) if tip else None
    if base is None:
        yield "it has no commit in common with the accepted branch, so it proposes no change of that"
        return
    found = proposal_of(update.ref)
    kind, model = found or ("", "")
    if kind == "trust":
        yield from _trust_faults(push, base, update.new, int(update.ref.rpartition("/")[2]))
        return
    yield from outside_faults(push, base, update.new, (f"models/{model}/",), f"a proposal of {model}")
    yield from record_faults(push, base, update.new, update.ref.removeprefix("refs/heads/"))


def _trust_faults(push: Push, base: ObjectId, new: ObjectId, number: int) -> Iterator[str]:
    """A root that waits for signatures may lack them; everything else must be as it will be merged."""
    yield from outside_faults(push, base, new, (f"{places.TRUST}/",), "a proposal of a trust root")
    before, after = Snapshot(push.repository, base), Snapshot(push.repository, new)
    try:
        root = after.record(Root, places.ROOT)
        if root is None or root.version != number:
            yield f"{places.ROOT}: it is not trust root {number}"
        for path, message in trust_faults(CommitFiles(before), CommitFiles(after), push.repository.environ):
            if f" {LACKS} " not in message:
                yield f"{path}: {message}"
    except RecordError as error:
        yield str(error)
