"""The merge requests of proposals that are there: asked for, and never needed. What cannot be learnt is a note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gitreg.errors import GitregError
from gitreg.forge.base import MergeRequest
from gitreg.workflows.proposing.answering_forge import answering_forge
from gitreg.workflows.proposing.proposals import Proposal
from gitreg.workflows.registry import Registry

MOST = 20
"""So many are asked for, one by one: a status is to be quick."""


@dataclass(frozen=True)
class KnownRequests:
    """What a forge knows of proposals.

    Args:
        requests: by the branch's short name.
        notes: what could not be learnt, and why.
    """

    requests: Mapping[str, MergeRequest] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def at_once(seconds: float) -> None:
    """No wait between calls that are tried again: nobody needs the answer that much."""


def known_requests(registry: Registry, proposals: Sequence[Proposal], *, offline: bool) -> KnownRequests:
    """The merge requests of the remote's proposals, where there is a forge that answers."""
    shared = [one for one in proposals if one.shared]
    if offline or not shared or registry.bundle is not None:
        return KnownRequests()
    found: dict[str, MergeRequest] = {}
    try:
        forge = answering_forge(registry, wait=at_once).forge
        if not forge.abilities.reads:
            return KnownRequests()
        for one in shared[:MOST]:
            if request := forge.find(one.name, registry.settings.accepted_branch):
                found[one.name] = request
    except GitregError as error:
        return KnownRequests(found, (f"merge requests are not known: {error.message}",))
    more = len(shared) - MOST
    return KnownRequests(found, (f"{more} more proposals were not asked for",) if more > 0 else ())
