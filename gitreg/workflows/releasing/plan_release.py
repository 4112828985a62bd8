"""What a release would merge and sign, known before anybody is asked; and then exactly that, or nothing.

Merging is rehearsed first, so that the list a signer says yes to names every tag and commit, those of the merge too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gitreg.documents import layout
from gitreg.domain.version import VersionNumber
from gitreg.errors import AnswerIsNoError, ConflictError, CredentialsError, GitregError
from gitreg.store import Author
from gitreg.workflows.proposing import proposals
from gitreg.workflows.proposing.proposals import Proposal
from gitreg.workflows.proposing.rehearsal import rehearsed
from gitreg.workflows.registry import Registry
from gitreg.workflows.releasing.again import again
from gitreg.workflows.releasing.quorum import Backed, backed, shortage
from gitreg.workflows.releasing.release import Due, due, release
from gitreg.workflows.releasing.reviewed import Review, Reviews, find_reviews, unasked
from gitreg.workflows.releasing.signer import find_signer
from gitreg.workflows.releasing.signing_case import signing_case
from gitreg.workflows.releasing.waiting import Waiting


@dataclass(frozen=True)
class Scope:
    """Which model or version a release is about; everything when both are None.

    With `again` it is about what was signed before, by a signature that is not good any more.
    """

    model: str | None = None
    version: VersionNumber | None = None
    again: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """As it is typed."""
        what = f"{self.model}@{self.version}" if self.model and self.version else self.model
        return (*(("--again",) if self.again else ()), *((what,) if what else ()))


@dataclass(frozen=True)
class ReleasePlan:
    """What would be done.

    Args:
        scope: what it is about.
        proposals: what would be merged, in order.
        misfits: proposals that cannot be merged, and why.
        dues: what would be signed after that.
        waiting: what cannot be signed yet, and why.
        approvers: who approved what would be signed, by its tag.
        reviews: what the forge knows of the reviews of what would be signed, by its tag.
        notes: what the signer should know.
    """

    scope: Scope
    proposals: tuple[Proposal, ...]
    misfits: tuple[tuple[Proposal, GitregError], ...]
    dues: tuple[Due, ...]
    waiting: tuple[Waiting, ...] = ()
    approvers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reviews: Mapping[str, Review] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def plan_release(
    registry: Registry, scope: Scope, author: Author, *, merge: bool, ask: bool = False
) -> ReleasePlan:
    """What a release would do now; nothing is merged, nothing is signed.

    Args:
        registry: the registry.
        scope: what it is about.
        author: whoever merges and signs, and when.
        merge: whether open proposals are merged first.
        ask: whether the forge is asked which merge requests brought what would be signed, and who approved them.

    Raises:
        CredentialsError, RemoteError: the forge is asked, and does not answer.
    """
    plan = _plan(registry, scope, author, merge=merge, ask=ask)
    return plan if ask or not plan.dues else replace(plan, notes=unasked(registry).notes)


def _plan(registry: Registry, scope: Scope, author: Author, *, merge: bool, ask: bool) -> ReleasePlan:
    if not merge:
        return _planned(registry, ReleasePlan(scope, (), (), ()), ask=ask)
    with tempfile.TemporaryDirectory(prefix="gitreg-") as scratch:
        twin = rehearsed(registry, Path(scratch))
        try:
            plan = _rehearse(twin, _chosen(registry, scope), scope, author)
            return _planned(twin, plan, ask=ask)
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
    if plan.dues and not any(one.kind == "trust" for one in plan.proposals):
        _require_signer(registry, plan.scope)  # a new trust root may be what makes this key one that signs
    for proposal in plan.proposals:
        proposals.merge(registry, proposal, author)
    if not plan.dues:
        return []
    dues = _planned(registry, plan).dues
    if dues != plan.dues:
        raise ConflictError(
            "what review accepted changed while the release was being made; nothing was signed",
            hint="gitreg release shows it anew",
        )
    return release(registry, dues, author, plan.reviews)


def _require_signer(registry: Registry, scope: Scope) -> None:
    """Refuses before anything is merged where nobody can sign; a CI job's log tells people what to do instead.

    Raises:
        CredentialsError: nobody can.
    """
    try:
        find_signer(registry, registry.accepted)
    except CredentialsError as error:
        if not registry.environ.get("CI"):
            raise
        typed = " ".join(["gitreg release", *scope.words])
        raise CredentialsError(
            f"this job cannot sign: {error.message}",
            hint=f"somebody whom the roles name types this in a clone: {typed}",
        ) from error


def scoped_dues(registry: Registry, scope: Scope) -> tuple[list[Due], list[Waiting]]:
    """Everything that the scope is about, whether enough people are there or not; and what can never be signed."""
    if scope.again:
        return again(registry, model=scope.model, version=scope.version)
    return due(registry, model=scope.model, version=scope.version), []


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
    return ReleasePlan(scope, tuple(fitting), tuple(misfits), ())


def _planned(registry: Registry, plan: ReleasePlan, *, ask: bool = False) -> ReleasePlan:
    """The plan with what enough people stand behind, on the commit that they approved; and with the rest."""
    asked, waiting = scoped_dues(registry, plan.scope)
    if not asked:
        return replace(plan, waiting=tuple(waiting))
    known = Reviews(plan.reviews, plan.notes)
    if ask and not plan.scope.again:
        known = find_reviews(registry, asked)
    case, signer = signing_case(registry, registry.accepted), _person(registry)
    ready: list[Backed] = []
    for one in backed(registry, case, asked, known.by_tag):
        short = shortage(case, one, signer, again=plan.scope.again)
        if short is None:
            ready.append(one)
        else:
            waiting.append(Waiting(one.due.tag, short))
    dues, waiting = _without_followers([one.due for one in ready], waiting)
    return replace(
        plan,
        dues=tuple(dues),
        waiting=tuple(waiting),
        approvers={one.due.tag: one.counted.people for one in ready if one.needs_approval},
        reviews={one.due.tag: one.review for one in ready if one.review},
        notes=known.notes,
    )


def _person(registry: Registry) -> str | None:
    """Who would sign; None where nobody can here: a plan is shown all the same."""
    try:
        return find_signer(registry, registry.accepted).person
    except CredentialsError:
        return None


def _without_followers(ready: Iterable[Due], waiting: Sequence[Waiting]) -> tuple[list[Due], list[Waiting]]:
    """No version is put into a stage while its release waits for people."""
    held, kept, left = {one.tag for one in waiting}, [], list(waiting)
    for one in ready:
        model, version = one.statement.model, one.statement.version
        if one.statement.action == "assign" and version and layout.version_tag(model, version) in held:
            why = AnswerIsNoError(f"'{one.statement.title}' waits for the release of {model} {version}")
            left.append(Waiting(one.tag, why))
        else:
            kept.append(one)
    return kept, left
