"""Step 12, stage: which version serves in a stage, by the chain of signed assignments, not by what a file says."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.documents import layout, places
from gitreg.documents.reader import read
from gitreg.domain.model import Model
from gitreg.domain.version import VersionNumber
from gitreg.errors import NotFoundError
from gitreg.workflows.verification.case import Case, refuse_unless, required
from gitreg.workflows.verification.record import check_record, check_review
from gitreg.workflows.verification.result import within
from gitreg.workflows.verification.role import Permit, check_role
from gitreg.workflows.verification.signer import check_signature
from gitreg.workflows.verification.standing import check_root_not_older, check_same_tag
from gitreg.workflows.verification.statements import Claim, check_name, check_object


@dataclass(frozen=True)
class Assigned:
    """The assignment that an answer rests on.

    Args:
        stage: `model/stage`, as memory keeps it.
        number: its place in the chain.
        ref: its tag.
        tag: the tag object's id.
        version: what it assigns; None when it empties the stage.
        people: who signed and approved it, the signer first.
        notes: what a careful reader should know.
    """

    stage: str
    number: int
    ref: str
    tag: str
    version: VersionNumber | None
    people: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def detail(self) -> str:
        """For the report."""
        signed = " and ".join(self.people)
        return f"assignment {self.number} of {self.stage}, signed by {signed}, says {self.version or 'none'}"


def check_stage(case: Case, model: str, stage: str) -> Assigned:
    """Step 12: the highest assignment of a stage, signed, allowed and accepted, at the end of a chain without a hole.

    Raises:
        NotFoundError: nothing was ever assigned.
        VerificationError: step `stage`; step `memory`, when more was seen before.
    """
    numbers = _numbers(case, model, stage)
    known = f"{model}/{stage}"
    highest, seen = max(numbers, default=0), case.seen.stages.get(known, 0)
    check_root_not_older(case)
    refuse_unless(
        highest >= seen,
        "memory",
        f"assignment {highest} is the newest of {known} now, and {seen} was seen before: somebody holds news back",
    )
    if not numbers:
        raise NotFoundError(
            f"nothing was assigned to {stage} of {model}", hint=f"gitreg assign {model}@V {stage}"
        )
    ref = layout.stage_tag(model, stage, highest)
    claim = within("stage", ref, _claim, case, ref)
    permit = within("stage", ref, _believed, case, claim)
    check_chain(case, claim, seen)
    return Assigned(
        known,
        highest,
        ref,
        claim.tag.id,
        claim.statement.version,
        permit.people,
        (*permit.notes, *_notes(case, claim)),
    )


def check_chain(case: Case, newest: Claim, seen: int) -> None:
    """Each assignment names the statement before it, back to the first, or to the last that was seen.

    Raises:
        VerificationError: step `stage`; there is a hole, or a link that does not hold.
    """
    claim, stage = newest, newest.statement.stage or ""
    while (number := claim.statement.sequence or 1) > max(seen, 1):
        ref = layout.stage_tag(claim.statement.model, stage, number - 1)
        before = within("stage", f"The chain of {stage} has a hole", _claim, case, ref)
        refuse_unless(
            before.statement.digest == claim.statement.previous,
            "stage",
            f"{claim.tag.ref} follows another statement than that of {ref}",
        )
        claim = before
    if number == seen:
        check_same_tag(case, claim)


def _numbers(case: Case, model: str, stage: str) -> list[int]:
    return [tag.number for tag in case.known.of_stage(model, stage) if tag.number]


def _claim(case: Case, ref: str) -> Claim:
    return check_name(case, check_object(case, ref))


def _believed(case: Case, claim: Claim) -> Permit:
    permit = check_role(case, claim, check_signature(case, claim))
    check_review(case, claim)
    if claim.statement.version is not None:
        check_record(case, claim)
    return permit


def _notes(case: Case, claim: Claim) -> tuple[str, ...]:
    path = places.model_path(claim.statement.model)
    stage, version = claim.statement.stage or "", claim.statement.version
    written = read(required(case.accepted, path), Model, path).stages.get(stage)
    if written == version:
        return ()
    said = f"{path} puts {written or 'nothing'} into {stage}, and the newest signature {version or 'nothing'}"
    return (f"{said}: a change waits for its signature.",)
