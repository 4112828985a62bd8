"""Steps 4 to 11, for one release: the same for a version asked for by name, by stage, as the latest, or with all others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from gitreg.artifacts.progress import Progress
from gitreg.documents import layout
from gitreg.domain.version import VersionNumber
from gitreg.errors import NotFoundError, VerificationError
from gitreg.workflows.registry import Registry
from gitreg.workflows.verification.case import Case
from gitreg.workflows.verification.record import Recorded, check_record, check_review
from gitreg.workflows.verification.result import Log
from gitreg.workflows.verification.role import Permit, check_role
from gitreg.workflows.verification.signer import Signature, check_signature
from gitreg.workflows.verification.standing import Standing, check_memory, check_none_lost, check_retired
from gitreg.workflows.verification.statements import Claim, check_name, check_object

FINAL = frozenset({"memory", "retired"})
"""Steps whose refusal another signature of the same release does not outweigh."""


@dataclass(frozen=True)
class Release:
    """A release that no step refused.

    Args:
        claim: the tag and what it says.
        signature: with which key.
        permit: who may say so.
        recorded: the records that it is of.
        standing: whether it is retired.
        beside: retirements that were believed on the way to it: tag objects by full ref name.
    """

    claim: Claim
    signature: Signature
    permit: Permit
    recorded: Recorded
    standing: Standing
    beside: Mapping[str, str] = field(default_factory=dict)

    @property
    def tags(self) -> dict[str, str]:
        """The statements that the answer rests on, for the memory."""
        return {self.claim.tag.ref: str(self.claim.tag.id), **self.standing.tags, **self.beside}

    @property
    def model(self) -> str:
        """The model."""
        return self.recorded.version.model

    @property
    def version(self) -> VersionNumber:
        """The version."""
        return self.recorded.version.version

    @property
    def notes(self) -> tuple[str, ...]:
        """What a careful reader should know."""
        statement, notes = self.claim.statement, self.permit.notes
        if statement.merge_request or statement.approved_by:
            notes += (
                "The Git host is trusted for the review: approvals are what it reported to the signer.",
            )
        if statement.action == "resign":
            notes += (f"The first signature is not good any more; {self.claim.tag.ref} is.",)
        if self.standing.reason is not None:
            notes += (f"{self.model} {self.version} is retired: {self.standing.reason}",)
        return notes


@dataclass(frozen=True)
class Proven:
    """Bytes that are those of the manifest.

    Args:
        detail: for the report.
        storage: where they are, if that is to be remembered: the repository says so, and not the user.
        notes: what a careful reader should know.
    """

    detail: str
    storage: str | None = None
    notes: tuple[str, ...] = ()


ContentStep = Callable[[Registry, Case, Release, Progress], Proven]
"""Step 13: what proves a release's bytes. Its own modules have it, so that who asks for no bytes loads no storage."""


def check_tag(case: Case, log: Log, ref: str) -> tuple[Log, Release]:
    """Steps 4 to 11 for the release that one tag is.

    Raises:
        NotFoundError: there is no such tag.
        RefusedError: by the first step that refused.
    """
    log, tag = log.run("object", check_object, case, ref)
    log, claim = log.run("name", check_name, case, tag)
    log, signature = log.run("signature", check_signature, case, claim)
    log, permit = log.run("role", check_role, case, claim, signature)
    log, _ = log.run("review", check_review, case, claim)
    log, recorded = log.run("record", check_record, case, claim)
    log, _ = log.run("memory", check_memory, case, claim)
    version = recorded.version
    log, standing = log.run("retired", check_retired, case, version.model, version.version)
    return log, Release(claim, signature, permit, recorded, standing)


def check_release(case: Case, log: Log, model: str, version: VersionNumber) -> tuple[Log, Release]:
    """Steps 4 to 11 for a version: by its release, or by any good signature that was made again.

    Raises:
        NotFoundError: it was never released.
        RefusedError: the refusal of the first signature, when none is good.
    """
    refs = _signatures(case, model, version)
    first: VerificationError | None = None
    for ref in refs:
        try:
            return check_tag(case, log, ref)
        except VerificationError as error:
            if error.step in FINAL:
                raise
            first = first or error
    if first is not None:
        raise first
    raise NotFoundError(f"{model} {version} was never released", hint=f"gitreg model versions {model}")


def _signatures(case: Case, model: str, version: VersionNumber) -> list[str]:
    tags = case.known.of_version(model, version)
    again = sorted(tag.number or 0 for tag in tags if tag.action == "resign")
    first = [tag.ref for tag in tags if tag.action == "release"]
    return first + [layout.resign_tag(model, version, number) for number in again]


def check_latest(case: Case, log: Log, model: str) -> tuple[Log, Release, tuple[str, ...]]:
    """Steps 4 to 11 for the highest version that verifies and is not retired; what was passed over is in the notes.

    Raises:
        NotFoundError: nothing was released, or all of it is retired.
        RefusedError: nothing verifies; or memory refuses, or a retirement cannot be believed.
    """
    tags = [tag for tag in case.known.tags if tag.model == model and tag.action in {"release", "resign"}]
    versions = {tag.version for tag in tags if tag.version}
    notes: tuple[str, ...] = ()
    beside: dict[str, str] = {}
    first: VerificationError | None = None
    lenient = replace(case, retired=True)
    for version in sorted(versions, reverse=True):
        try:
            passed, release = check_release(lenient, log, model, version)
        except VerificationError as error:
            if error.step in FINAL:
                raise
            first = first or error
            notes += (f"{model} {version} was passed over ({error.step}): {error.message}",)
            continue
        if release.standing.reason is not None and not case.retired:
            notes += (f"{model} {version} was passed over (retired): {release.standing.reason}",)
            beside |= release.standing.tags
            continue
        log.run("memory", check_none_lost, case, model, version)
        return passed, replace(release, beside=beside), notes
    raise first or NotFoundError(f"{model} has no released version that may be used", hint="gitreg release")
