"""What a release would merge and sign, known before anybody is asked; and then exactly that, or nothing.

Merging is rehearsed first, so that the list a signer says yes to names every tag and commit, those of the merge too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gitreg.domain.version import VersionNumber
from gitreg.errors import AnswerIsNoError, ConflictError, GitregError
from gitreg.store import Author
from gitreg.workflows import proposals
from gitreg.workflows.proposals import Proposal
from gitreg.workflows.registry import Registry
from gitreg.workflows.rehearsal import rehearsed
from gitreg.workflows.release import Due, due, release
from gitreg.workflows.signer import find_signer


@dataclass(frozen=True)
class Scope:
    """Which model or version a release is about; everything when both are None."""

    model: str | None = None
    version: VersionNumber | None = None


@dataclass(frozen=True)
class ReleasePlan:
    """What would be done.

    Args:
        scope: what it is about.
        proposals: what would be merged, in order.
        misfits: proposals that cannot be merged, and why.
        dues: what would be signed after that.
    """

    scope: Scope
    proposals: tuple[Proposal, ...]
    misfits: tuple[tuple[Proposal, GitregError], ...]
    dues: tuple[Due, ...]


def plan_release(registry: Registry, scope: Scope, author: Author, *, merge: bool) -> ReleasePlan:
    """What a release would do now; nothing is merged, nothing is signed."""
    if not merge:
        return ReleasePlan(scope, (), (), _dues(registry, scope))
    with tempfile.TemporaryDirectory(prefix="gitreg-") as scratch:
        twin = rehearsed(registry, Path(scratch))
        try:
            return _rehearse(twin, _chosen(registry, scope), scope, author)
        finally:
            twin.close()


def carry_out(registry: Registry, plan: ReleasePlan, author: Author) -> list[str]:
    """Merges and signs what was planned, in the name and at the time that it was planned with.

    Returns:
        the tags' full ref names.

    Raises:
        CredentialsError: if nobody can sign here; nothing is merged then.
        ConflictError: if what was accepted is not what it was when the plan was made; nothing is signed then.
    """
    if plan.dues:
        find_signer(registry, registry.accepted)
    for proposal in plan.proposals:
        proposals.merge(registry, proposal, author)
    dues = _dues(registry, plan.scope)
    if dues != plan.dues:
        raise ConflictError(
            "what review accepted changed while the release was being made; nothing was signed",
            hint="gitreg release shows it anew",
        )
    return release(registry, list(dues), author)


def _chosen(registry: Registry, scope: Scope) -> list[Proposal]:
    return [
        one
        for one in proposals.open_proposals(registry)
        if scope.model in {None, one.model} and scope.version in {None, one.version}
    ]


def _rehearse(twin: Registry, chosen: Sequence[Proposal], scope: Scope, author: Author) -> ReleasePlan:
    fitting: list[Proposal] = []
    misfits: list[tuple[Proposal, GitregError]] = []
    for one in chosen:
        try:
            proposals.merge(twin, one, author)
        except (ConflictError, AnswerIsNoError) as error:
            misfits.append((one, error))
        else:
            fitting.append(one)
    return ReleasePlan(scope, tuple(fitting), tuple(misfits), _dues(twin, scope))


def _dues(registry: Registry, scope: Scope) -> tuple[Due, ...]:
    return tuple(due(registry, model=scope.model, version=scope.version))
