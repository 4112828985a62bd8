"""Which version a report is about, and which one it is measured against."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.documents import layout, places
from gitreg.domain.candidate import Candidate
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.reference import ProposalReference, VersionReference
from gitreg.domain.version import VersionNumber
from gitreg.errors import NotFoundError, RecordError, UsageError
from gitreg.gitrepo import ObjectId
from gitreg.store import Snapshot
from gitreg.workflows.proposing import proposals
from gitreg.workflows.registry import Registry
from gitreg.workflows.report.values import Current, Subject
from gitreg.workflows.searching.find import find_version, is_released, parsed, versions_of
from gitreg.workflows.versions.demanded_gates import before_version

PROMOTES = "gitreg/promote/"


@dataclass(frozen=True)
class Found:
    """A version with the records around it.

    Args:
        subject: the version.
        files: the records among which it stands.
        before: what was accepted before it.
        proposal: the open proposal of it, where it is one.
    """

    subject: Subject
    files: Snapshot
    before: Snapshot
    proposal: proposals.Proposal | None = None


def branch_of(registry: Registry, reference: str) -> str | None:
    """The full ref name of the proposal that a reference names; None for a reference of an accepted version.

    Raises:
        UsageError: if it names neither.
    """
    branch = reference.removeprefix("refs/heads/").removeprefix(f"{registry.remote}/")
    if branch.startswith("gitreg/"):
        return _checked(branch)
    found = parsed(reference)
    if isinstance(found, ProposalReference):
        return layout.promote_branch(found.model, found.version)
    if not isinstance(found, VersionReference):
        raise UsageError(
            f"{reference} names no proposal and no version",
            hint="gitreg report 'churn!1.2.0', or churn@1.2.0",
        )
    return None


def _checked(branch: str) -> str:
    """The full ref name of a branch that promotes; its name may be anybody's."""
    model, _, last = branch.removeprefix(PROMOTES).partition("/v")
    try:
        name = layout.promote_branch(model, VersionNumber.parse(last))
    except ValueError:
        name = ""
    if name != f"refs/heads/{branch}":
        raise UsageError(
            f"{branch[:80]!a} promotes nothing, so there is nothing to report",
            hint="gitreg status lists proposals",
        )
    return name


def find_subject(registry: Registry, reference: str) -> Found:
    """The version that a reference names, and what was accepted before it.

    Raises:
        NotFoundError: if there is no such version or proposal.
        RecordError: if one of its records is missing or malformed.
    """
    branch = branch_of(registry, reference)
    if branch is None:
        return _accepted(registry, find_version(registry, reference))
    proposal = proposals.find_proposal(registry, branch)
    if proposal is None or proposal.version is None:
        raise NotFoundError(f"there is no open proposal {reference}", hint="gitreg status")
    files = proposals.at(registry, proposal)
    record = files.record(ModelVersion, layout.version_path(proposal.model, proposal.version))
    if record is None:
        raise NotFoundError(
            f"{proposal.name} holds no {proposal.model} {proposal.version}",
            hint=f"git show {proposal.commit[:12]}",
        )
    before = registry.accepted
    return Found(_subject(registry, record, files, before, proposal), files, before, proposal)


def _accepted(registry: Registry, record: ModelVersion) -> Found:
    files = registry.accepted
    before = before_version(registry.repository, files, record.model, record.version)[-1]
    return Found(_subject(registry, record, files, before, None), files, before)


def _subject(
    registry: Registry,
    record: ModelVersion,
    files: Snapshot,
    before: Snapshot,
    proposal: proposals.Proposal | None,
) -> Subject:
    slug, version = record.model, record.version
    model = _model(files, slug)
    former = _model(before, slug).stages
    stages = tuple(
        stage for stage, there in model.stages.items() if there == version and former.get(stage) != version
    )
    released = proposal is None and is_released(registry, slug, version)
    return Subject(
        record,
        _candidate(files, record),
        model,
        "proposed" if proposal else "released" if released else "accepted",
        proposal.branch if proposal else None,
        proposal.commit if proposal else _tip(files),
        stages,
    )


def find_current(registry: Registry, found: Found) -> Current | None:
    """The version in the stage that it is to be put into, else in production, else the latest that was released before.

    Raises:
        RecordError: if a record of that version is missing: then nobody knows what it is compared with.
    """
    slug, version = found.subject.version.model, found.subject.version.version
    stages = _model(found.before, slug).stages
    for stage in (*found.subject.stages, "production"):
        if stage in stages and stages[stage] != version:
            return _current(found.before, slug, stages[stage], f"now in {stage}")
    retired = _model(found.before, slug).retired
    for number in reversed(versions_of(found.before, slug)):
        if number != version and number not in retired and is_released(registry, slug, number):
            return _current(found.before, slug, number, "the latest release")
    return None


def _current(files: Snapshot, slug: str, version: VersionNumber, why: str) -> Current:
    path = layout.version_path(slug, version)
    record = files.record(ModelVersion, path)
    if record is None:
        raise RecordError(f"it is missing, and {slug} {version} is {why}", place=path)
    return Current(record, _candidate(files, record), why)


def _candidate(files: Snapshot, record: ModelVersion) -> Candidate | None:
    if record.candidate is None:
        return None
    path = layout.version_candidate_path(record.model, record.version)
    candidate = files.record(Candidate, path)
    if candidate is None:
        raise RecordError(f"it is missing, and {record} is made of it", place=path)
    return candidate


def _model(files: Snapshot, slug: str) -> Model:
    return files.record(Model, places.model_path(slug)) or Model(slug=slug, name=slug)


def _tip(files: Snapshot) -> ObjectId:
    if files.commit is None:
        raise NotFoundError("there is no accepted branch", hint="gitreg init")
    return files.commit
