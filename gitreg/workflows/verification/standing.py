"""Step 10, memory, and step 11, retired: what may have happened to a release since it was signed."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.documents import layout, places
from gitreg.documents.reader import read
from gitreg.domain.model import Model
from gitreg.domain.version import VersionNumber
from gitreg.errors import VerificationError
from gitreg.workflows.verification.case import Case, refuse_unless, required
from gitreg.workflows.verification.result import within
from gitreg.workflows.verification.role import check_role
from gitreg.workflows.verification.signer import check_signature
from gitreg.workflows.verification.statements import Claim, check_name, check_object


@dataclass(frozen=True)
class Remembered:
    """Nothing is older than, or different from, what was seen."""

    detail: str


@dataclass(frozen=True)
class Standing:
    """Whether a version is retired, and why, when that is accepted."""

    reason: str | None

    @property
    def detail(self) -> str:
        """For the report."""
        return "not retired" if self.reason is None else f"retired, as asked for: {self.reason}"


def check_memory(case: Case, claim: Claim) -> Remembered:
    """Step 10: root and tag are not older than, or different from, what this verifier has seen.

    Raises:
        VerificationError: step `memory`.
    """
    check_root_not_older(case)
    check_same_tag(case, claim)
    known = "as seen before" if claim.tag.ref in case.seen.tags else "seen for the first time"
    return Remembered(f"root {case.trust.root.version}, {claim.tag.ref} {known}")


def check_root_not_older(case: Case) -> None:
    """The trust root is at least the one seen before.

    Raises:
        VerificationError: step `memory`.
    """
    version = case.trust.root.version
    refuse_unless(
        version >= case.seen.root,
        "memory",
        f"the trust root is {version} now, and {case.seen.root} was seen before: this is an older registry",
    )


def check_same_tag(case: Case, claim: Claim) -> None:
    """The tag is the object that was seen under its name before.

    Raises:
        VerificationError: step `memory`.
    """
    before = case.seen.tags.get(claim.tag.ref, claim.tag.id)
    refuse_unless(
        claim.tag.id == before,
        "memory",
        f"{claim.tag.ref} is {claim.tag.id[:12]} now, and {before[:12]} was seen before: tags never move",
    )


def check_none_lost(case: Case, model: str, above: VersionNumber) -> Remembered:
    """No release above the latest was seen before and is gone now.

    Raises:
        VerificationError: step `memory`.
    """
    for ref in case.seen.tags:
        tag = layout.parse_tag(ref)
        if tag and tag.action == "release" and tag.model == model and tag.version and tag.version > above:
            refuse_unless(ref in case.refs, "memory", f"{ref} was seen before and is gone")
    return Remembered(f"no release of {model} above {above} was seen before and is gone")


def check_retired(case: Case, model: str, version: VersionNumber) -> Standing:
    """Step 11: neither a `retire` statement nor the model's record at the accepted tip retires it, or that is accepted.

    Raises:
        VerificationError: step `retired`.
    """
    reason = retirement(case, model, version)
    if reason is not None and not case.retired:
        raise VerificationError(
            f"{model} {version} is retired: {reason}", step="retired", hint="--retired takes it all the same."
        )
    return Standing(reason)


def retirement(case: Case, model: str, version: VersionNumber) -> str | None:
    """Why a version is retired; None when it is not.

    What the accepted branch says counts by itself, whatever became of the key that signed the retirement.

    Raises:
        VerificationError: step `retired`; only a statement says so, and it is not good. Who may push tags could else make
            an older version the latest.
    """
    path = places.model_path(model)
    entry = read(required(case.accepted, path), Model, path).retired.get(version)
    ref = layout.retire_tag(model, version)
    if entry is not None or ref not in case.refs:
        return entry
    return within("retired", ref, _good_statement, case, ref).statement.title


def _good_statement(case: Case, ref: str) -> Claim:
    claim = check_name(case, check_object(case, ref))
    check_role(case, claim, check_signature(case, claim))
    return claim
