"""Whether enough people stand behind what is due: who may sign and approve it, who did, and who still may. Signs nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gitreg.domain.statement import Statement
from gitreg.domain.trust import Permission
from gitreg.errors import AnswerIsNoError, GateError, GitregError
from gitreg.gitrepo import ObjectId
from gitreg.workflows.registry import Registry
from gitreg.workflows.releasing.approval_gates import approval_gates, judged
from gitreg.workflows.releasing.reviewed import Review, is_brought_by
from gitreg.workflows.verification.approvals import REFUSALS, Counted, approval_refs, count_approvals
from gitreg.workflows.verification.case import Case
from gitreg.workflows.verification.people import machines_among, permission_of
from gitreg.workflows.verification.record import check_record, check_review
from gitreg.workflows.verification.statements import check_name, check_object
from gitreg.workflows.versions.due import Due


@dataclass(frozen=True)
class Backed:
    """Something due, and the people behind it.

    Args:
        due: it; its commit is the one that was approved, where somebody approved already.
        permission: who may sign and approve it; None where nobody may.
        counted: the approvals that are there.
        gate: why the gates that ask for approvals do not let it pass; None when they do, or none asks.
        asked: whether such a gate asks.
        review: what the forge knows of its review, where that is of this commit.
    """

    due: Due
    permission: Permission | None
    counted: Counted
    gate: GateError | None = None
    asked: bool = False
    review: Review | None = None

    @property
    def needs_approval(self) -> bool:
        """Whether one person's signature alone will not do."""
        return self.asked or (self.permission is not None and self.permission.threshold > 1)


def backed(
    registry: Registry, case: Case, dues: Iterable[Due], reviews: Mapping[str, Review] | None = None
) -> list[Backed]:
    """Who stands behind each of these.

    Args:
        registry: the registry.
        case: what a verifier would rest on.
        dues: what is due.
        reviews: what the forge knows of their reviews, by their tags.
    """
    return [_backed(registry, case, due, (reviews or {}).get(due.tag)) for due in dues]


def shortage(case: Case, one: Backed, signer: str | None, *, again: bool = False) -> GitregError | None:
    """Why it cannot be signed yet by this person, and what to do; None when it can.

    Args:
        case: what a verifier would rest on.
        one: what is due, and who stands behind it.
        signer: who would sign; None when nobody can here, then one more person is assumed.
        again: whether it is signed for the second time.
    """
    permission, statement = one.permission, one.due.statement
    if permission is None or (signer and signer not in permission.by):
        return None  # who may sign is another question, and asked first
    people = tuple(dict.fromkeys([*([signer] if signer else []), *one.counted.people]))
    there = len(people) + (signer is None)
    still = [name for name in permission.by if name not in people]
    words = "--again --approve" if again or statement.action == "resign" else "--approve"
    command = f"gitreg release {words} {statement.model}"
    if there < permission.threshold:
        return AnswerIsNoError(
            f"'{statement.title}' takes {permission.threshold} people, and there {_are(people)}; "
            f"{_names(still)} may still approve{_beside(one)}",
            hint=f"{command}, by one of them",
        )
    if signer and permission.threshold > 1 and machines_among(case.trust.roles, people) == people:
        persons = [name for name in still if not case.trust.roles.people[name].machine]
        return AnswerIsNoError(
            f"'{statement.title}' takes a person beside machines, and there {_are(people)}; "
            f"{_names(persons)} may still approve{_beside(one)}",
            hint=f"{command}, by one of them",
        )
    return one.gate


def _backed(registry: Registry, case: Case, due: Due, review: Review | None) -> Backed:
    permission = permission_of(case.trust.roles, due.statement)
    if permission is None:
        return Backed(due, None, Counted())
    due, counted = _approved(case, due, permission)
    if review is not None and not is_brought_by(case.repository, due, review):
        review = None
    reported = review.approvers if review else ()
    gates = approval_gates(registry, case.accepted, due.statement)
    gate = judged(case, due.statement, gates, (*counted.people, *reported)) if gates else None
    return Backed(due, permission, counted, gate, asked=bool(gates), review=review)


def _approved(case: Case, due: Due, permission: Permission) -> tuple[Due, Counted]:
    """The approvals, on the commit that most of them are of.

    An accepted version may have several commits that would do (somebody corrected its card, or it came back); the first
    who approves chooses, and all others follow. It must be one that a verifier accepts.
    """
    commits = dict.fromkeys([due.commit, *_commits(case, due.statement)])
    found = {
        commit: count_approvals(case, replace(due, commit=commit), permission, None) for commit in commits
    }
    best, _ = Counter({commit: len(counted.people) for commit, counted in found.items()}).most_common(1)[0]
    return replace(due, commit=best), found[best]


def _commits(case: Case, statement: Statement) -> list[ObjectId]:
    """Commits that somebody's approval is of, and that a verifier would take."""
    commits = []
    for ref in approval_refs(case, statement):
        try:
            claim = check_name(case, check_object(case, ref))
            check_review(case, claim)
            if claim.statement.version is not None:
                check_record(case, claim)
        except REFUSALS:
            continue  # why it is no good, counting says
        commits.append(claim.commit)
    return sorted(commits)


def _are(people: Sequence[str]) -> str:
    return f"is {people[0]}" if len(people) == 1 else f"are {', '.join(people)}" if people else "is nobody"


def _names(people: Sequence[str]) -> str:
    return " or ".join(people) if people else "nobody"


def _beside(one: Backed) -> str:
    return "".join(f"; {note}" for note in one.counted.notes)
