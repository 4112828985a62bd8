"""Proposals: they may be made anew and deleted at any time, and hold nothing but what they are for."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks import Finding
from gitreg.checks.proposed import proposal_of
from gitreg.checks.trust_chain import LACKS
from gitreg.documents import places
from gitreg.gitrepo import ObjectId
from gitreg.store import Snapshot
from gitreg.workflows.pre_receive.push import Push, Update
from gitreg.workflows.pre_receive.records import record_faults
from gitreg.workflows.proposing.sound_trust import root_version


def proposal_faults(push: Push, update: Update) -> Iterator[str]:
    """Why a proposal cannot be like this."""
    if update.new is None:
        return
    tip = push.accepted.commit
    base = push.repository.merge_base(tip, update.new) if tip else None
    if base is None:
        yield "it has no commit in common with the accepted branch, so it proposes no change of that"
        return
    proposal = proposal_of(update.ref)
    if proposal is not None and proposal.kind == "trust":
        yield from _root_faults(push, update.new, int(proposal.name.rpartition("/")[2]))
    yield from record_faults(push, base, update.new, update.ref, waits=_waits_for_signatures)


def _root_faults(push: Push, new: ObjectId, number: int) -> Iterator[str]:
    if root_version(Snapshot(push.repository, new)) != number:
        yield f"{places.ROOT}: it is not trust root {number}"


def _waits_for_signatures(one: Finding) -> bool:
    """A proposed root is where its signatures are gathered; the accepted branch asks for all of them."""
    return one.code == "GR105" and f" {LACKS} " in one.message
