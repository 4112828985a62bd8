"""Tags that say something in a person's name: made once, and only good ones, by what verification asks of them.

Trust files are those of the accepted branch before the push, so that nobody brings the role by which they sign. The commit may
be one that comes with the same push.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from gitreg.documents import layout
from gitreg.domain.statement import Statement
from gitreg.domain.trust import Permission, permission_for
from gitreg.errors import VerificationError
from gitreg.gitrepo import ObjectId
from gitreg.workflows.pre_receive.push import Push, Update
from gitreg.workflows.releasing.sign_tag import check_statement
from gitreg.workflows.releasing.signing_case import trust_at
from gitreg.workflows.verification.approvals import REFUSALS, check_approver, check_named
from gitreg.workflows.verification.case import Case
from gitreg.workflows.verification.people import permission_of
from gitreg.workflows.verification.record import check_record, check_review
from gitreg.workflows.verification.seen import Seen
from gitreg.workflows.verification.signer import check_signature
from gitreg.workflows.verification.statements import Claim, check_name, check_object

APPROVALS = "refs/tags/approve/"
MANY = 20
"""Tags in one push for which the accepted line is read once, instead of being asked about each."""


@dataclass(frozen=True)
class Statements:
    """The tags of a push, as they are judged.

    Args:
        push: it.
        case: what the steps of verification rest on; its refs are the pushed tags.
    """

    push: Push
    case: Case

    def faults(self, update: Update) -> Iterator[str]:
        """Why such a tag cannot come."""
        try:
            self._check(update.ref)
        except REFUSALS as error:
            step = error.step if isinstance(error, VerificationError) else "record"
            yield f"it would not verify ({step}): {error}"

    def _check(self, ref: str) -> None:
        """What verification will ask of it: object, name, signature, role, review, record, and its place in a stage's chain.

        Raises:
            VerificationError: by the step that refuses it.
        """
        claim = check_name(self.case, check_object(self.case, ref))
        if claim.statement.action == "approve":
            _check_approval(self.case, claim)
        else:
            check_statement(self._beside(claim), ref)

    def _beside(self, claim: Claim) -> Case:
        """The case with the few tags that this one is judged beside: its approvals, and the assignment before it."""
        statement, repository = claim.statement, self.case.repository
        near = {claim.tag.ref: claim.tag.id}
        if statement.action == "assign" and statement.sequence and statement.sequence > 1:
            before = layout.stage_tag(statement.model, statement.stage or "", statement.sequence - 1)
            id_ = self.case.refs.get(before) or repository.resolve(before)
            near |= {before: id_} if id_ else {}
        permission = permission_of(self.case.trust.roles, statement)
        if permission is not None and permission.threshold > 1:
            folder = layout.approvals_folder(statement.model, statement.approval_id)
            near |= {ref.name: ref.id for ref in repository.refs(folder)} | self._approvals.get(folder, {})
        return replace(self.case, refs=near)

    @cached_property
    def _approvals(self) -> dict[str, dict[str, ObjectId]]:
        """The pushed approvals by folder."""
        found: dict[str, dict[str, ObjectId]] = defaultdict(dict)
        for ref, id_ in self.case.refs.items():
            if ref.startswith(APPROVALS):
                found[ref[: ref.rindex("/") + 1]][ref] = id_
        return found


def fixed_faults(update: Update) -> Iterator[str]:
    """Why a tag that is there stays where it is."""
    if update.new is None:
        yield "a signed statement is never deleted: whoever relied on it must find it"
    elif update.old is not None:
        yield "a signed statement never moves: this name is taken"


def statements_of(push: Push, refs: Collection[str]) -> Statements | None:
    """What these new tags are judged by; None where there is no registry, before or after.

    Raises:
        NotFoundError, RecordError: the trust files that count are missing or malformed.
    """
    tip, registry = push.accepted.commit, push.registry
    if registry is None or tip is None:
        return None
    case = Case(
        repository=push.repository,
        tip=tip,
        refs={ref: new for ref in refs if (new := push.after(ref)) is not None},
        trust=trust_at(registry, push.trusted),
        seen=Seen(registry.settings.id),
        environ=push.repository.environ,
        retired=True,
        line=frozenset(push.repository.first_parent_line(tip)) if len(refs) > MANY else None,
    )
    return Statements(push, case)


def _check_approval(case: Case, claim: Claim) -> None:
    """It is a person's own, who may approve this, and of a commit and record that were accepted.

    What it approves may not be there yet: approvals come first. Beside that, it is counted or not.
    """
    permission = _permission(case, claim.statement)
    check_named(permission, claim.tag.ref)
    check_approver(case, claim, check_signature(case, claim))
    check_review(case, claim)
    if claim.statement.version is not None:
        check_record(case, claim)


def _permission(case: Case, statement: Statement) -> Permission:
    role = case.trust.roles.role_of(statement.model)
    action = statement.approves
    permission = permission_for(role, action, statement.stage) if role and action else None  # type: ignore[arg-type]
    if permission is None:
        raise VerificationError(f"nobody may {action} {statement.model}", step="role")
    return permission
