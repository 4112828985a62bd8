"""Step 10, memory, and step 11, retired: what may have happened to a release since it was signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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

RELEASES = frozenset({"release", "resign"})


@dataclass(frozen=True)
class Remembered:
    """Nothing is older than, or different from, what was seen."""

    detail: str


@dataclass(frozen=True)
class Standing:
    """Whether a version is retired, and why, when that is accepted.

    Args:
        reason: why it is retired; None when it is not.
        tags: the statement that says so, where one was believed: the tag object by full ref name.
    """

    reason: str | None
    tags: Mapping[str, str] = field(default_factory=dict)

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
    """No release above the latest was seen before, and is gone or another one now.

    Whoever rules the refs could else make an older version the latest by deleting the newer one, or by breaking it.

    Raises:
        VerificationError: step `memory`.
    """
    for ref, id_ in case.seen.tags.items():
        tag = layout.parse_tag(ref)
        if tag and tag.action in RELEASES and tag.model == model and tag.version and tag.version > above:
            _refuse_unless_there(case, ref, id_)
    return Remembered(f"no release of {model} above {above} was seen before and is gone")


def _refuse_unless_there(case: Case, ref: str, id_: str) -> None:
    refuse_unless(
        case.refs.get(ref) == id_,
        "memory",
        f"{ref} was seen before and is {'another one now' if ref in case.refs else 'gone'}",
    )


def lost_releases(case: Case) -> list[str]:
    """Releases that were seen before and are gone now, of all models."""
    seen = [tag for tag in map(layout.parse_tag, case.seen.tags) if tag and tag.action in RELEASES]
    return sorted(tag.ref for tag in seen if tag.ref not in case.refs)


def check_retired(case: Case, model: str, version: VersionNumber) -> Standing:
    """Step 11: neither a `retire` statement nor the model's record at the accepted tip retires it, or that is accepted.

    Raises:
        VerificationError: step `retired`.
    """
    standing = retirement(case, model, version)
    if standing.reason is not None and not case.retired:
        raise VerificationError(
            f"{model} {version} is retired: {standing.reason}",
            step="retired",
            hint="--retired takes it all the same.",
        )
    return standing


def retirement(case: Case, model: str, version: VersionNumber) -> Standing:
    """Why a version is retired, if it is.

    What the accepted branch says counts by itself, whatever became of the key that signed the retirement. A statement that
    was believed once stays: nobody brings a version back by withholding it.

    Raises:
        VerificationError: step `retired`; only a statement says so, and it is not good. Who may push tags could else make
            an older version the latest. Step `memory`: one that was seen before is gone.
    """
    path = places.model_path(model)
    entry = read(required(case.accepted, path), Model, path).retired.get(version)
    ref = layout.retire_tag(model, version)
    if entry is not None:
        return Standing(entry, _believed(case, ref))
    if ref in case.seen.tags:
        _refuse_unless_there(case, ref, case.seen.tags[ref])
    if ref not in case.refs:
        return Standing(None)
    claim = within("retired", ref, _good_statement, case, ref)
    return Standing(claim.statement.title, {ref: claim.tag.id})


def _believed(case: Case, ref: str) -> dict[str, str]:
    """The statement beside what the branch says, to be remembered; nothing rests on it, so a bad one is no matter."""
    try:
        return {ref: within("retired", ref, _good_statement, case, ref).tag.id}
    except VerificationError:
        return {}


def _good_statement(case: Case, ref: str) -> Claim:
    claim = check_name(case, check_object(case, ref))
    check_role(case, claim, check_signature(case, claim))
    return claim
