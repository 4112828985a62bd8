"""What every command that proposes says: the merge request or the branch on stdout, notes and the next step on stderr."""

from __future__ import annotations

from gitreg.cli.saying import say
from gitreg.cli.session import Act
from gitreg.workflows.proposing.proposals import Proposal


def tell_proposal(
    act: Act, proposal: Proposal, signing: str | None = None, *, step: str | None = None
) -> None:
    """The URL of the merge request, or the branch where there is none; then what comes next.

    Args:
        act: the act.
        proposal: what it made.
        signing: the command that signs it once it is merged.
        step: the next step, where that is another one.
    """
    for note in proposal.notes:
        say(f"note: {note}")
    act.done(proposal.url or proposal.name, following=step or next_step(act, proposal, signing))


def next_step(act: Act, proposal: Proposal, signing: str | None) -> str:
    """Who merges it where, and what signs it then."""
    target, then = act.registry.settings.accepted_branch, f", then {signing}" if signing else ""
    if proposal.url is not None:
        return f"a reviewer merges it into {target}{then}"
    alone = f"{signing or 'gitreg release'} --merge"
    return f"merge {proposal.name} after review{then}; without a forge: {alone}"
