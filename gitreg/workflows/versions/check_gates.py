"""What the gates say: of a candidate that could be promoted, and of a version that is proposed or was accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gitreg.artifacts import parse_dvc_file
from gitreg.documents import layout, places
from gitreg.documents.card_sections import sections_of
from gitreg.domain.candidate import Candidate
from gitreg.domain.gate import ApprovalsGate, Gate, GateResult, OnceGate
from gitreg.domain.manifest import Manifest
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.reference import ProposalReference, VersionReference
from gitreg.errors import GateError, NotFoundError, RecordError, UsageError
from gitreg.gates import judge
from gitreg.store import MANIFEST_LIMIT, Snapshot
from gitreg.workflows.proposing import proposals
from gitreg.workflows.proposing.proposed_already import proposed_already
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.find import find_candidate, find_version, parsed
from gitreg.workflows.storage import open_storage
from gitreg.workflows.versions.demanded_gates import (
    before_version,
    demanded_gates,
    gates_before,
    gates_of_release,
    without_result,
)
from gitreg.workflows.versions.due import Due
from gitreg.workflows.versions.gather_evidence import Subject, gather_evidence
from gitreg.workflows.versions.look_at_files import Content
from gitreg.workflows.versions.models import model_slug
from gitreg.workflows.versions.stored_folder import recorded_size, stored_folder


@dataclass(frozen=True)
class Checked:
    """What the gates said.

    Args:
        results: in the order in which promote asks.
        subject: what was asked about, for people.
        changes_gates: whether a proposal changes its model's gates; it was judged by the accepted ones.
    """

    results: tuple[GateResult, ...]
    subject: str
    changes_gates: bool = False


def check_gates(registry: Registry, reference: str, model: str | None = None) -> Checked:
    """The gates' results for a candidate and a model, or for a proposed or accepted version.

    Args:
        registry: the registry.
        reference: a candidate, a version, a proposal (`churn!1.2.0`) or the proposal's branch.
        model: for which the candidate would be promoted; a version has one of its own.

    Raises:
        UsageError: if a candidate comes without a model.
        NotFoundError: if there is no such candidate, version or proposal.
        RecordError: if a record that is needed is missing or malformed.
    """
    if (proposal := _proposal(registry, reference)) is not None:
        return _check_proposal(registry, proposal)
    if model is not None:
        return _check_candidate(registry, reference, model)
    if not isinstance(parsed(reference), VersionReference):
        raise UsageError(
            f"{reference} names a candidate, so a model must be named too",
            hint=f"gitreg check {reference} -m MODEL",
        )
    record, accepted = find_version(registry, reference), registry.accepted
    return Checked(tuple(_accepted_results(registry, record, accepted)), str(record))


def gate_results(registry: Registry, subject: Subject) -> list[GateResult]:
    """What the gates demanded of a model say, against what serves at `subject.accepted`.

    Raises:
        RecordError: if the record behind a serving version is missing: that is not an empty stage.
        VerificationError: if files are to be looked at and are nowhere as they were recorded.
    """
    gates = demanded_gates(subject.accepted, subject.model.slug)
    return judge(gates, gather_evidence(registry, subject, gates))


def require_gates(registry: Registry, accepted: Snapshot, due: Due) -> None:
    """Refuses a release that its gates do not let pass, by what was demanded before it was merged, and what is now.

    The frozen results alone would be the proposal's own word. Approvals are not asked for here: whoever signs counts them.

    Raises:
        GateError: naming each gate that failed, or of which the version has no result.
    """
    version, slug = due.statement.version, due.statement.model
    record = accepted.record(ModelVersion, layout.version_path(slug, version)) if version else None
    if record is None:
        raise NotFoundError(f"there is no {slug} {version}", hint="gitreg validate")
    results = _accepted_results(registry, record, accepted)
    failed = [f"{one.kind}: {one.detail}" for one in results if one.result == "failed"]
    if failed:
        raise GateError(
            f"{record} does not pass its gates: {'; '.join(failed)}",
            hint=f"gitreg check {slug}@{version}; promote it anew, or a candidate that passes",
        )


def _accepted_results(registry: Registry, record: ModelVersion, accepted: Snapshot) -> list[GateResult]:
    befores = before_version(registry.repository, accepted, record.model, record.version)
    demanded = gates_before(befores, record.model)
    gates = gates_of_release(accepted, befores, record.model)
    results = judge_version(registry, record, Where(accepted, befores[-1]), gates)
    return [*results, *_faults(record, demanded)]


@dataclass(frozen=True)
class Where:
    """Where a version's files are, and what served before it was accepted."""

    files: Snapshot
    before: Snapshot


def judge_version(
    registry: Registry, record: ModelVersion, where: Where, gates: Sequence[Gate]
) -> list[GateResult]:
    """What gates say of a version now; approvals are not asked for."""
    asked = [gate for gate in gates if not isinstance(gate, ApprovalsGate)]
    if record.candidate is None or record.artifacts is None:
        return judge_nothing(asked)
    return judge(asked, gather_evidence(registry, _subject(registry, record, where), asked))


def judge_nothing(gates: Sequence[Gate]) -> list[GateResult]:
    """What gates say where there is nothing to look at: whatever they demand is not shown to hold."""
    detail = "this registry holds no candidate or no artifacts of it, so there is nothing to look at"
    return [
        GateResult(kind=gate.kind, result="failed", detail=detail)
        for gate in gates
        if not isinstance(gate, (OnceGate, ApprovalsGate))
    ]


def _faults(record: ModelVersion, demanded: Sequence[Gate]) -> list[GateResult]:
    """What is wrong with the results that a version's record holds."""
    failed = [
        one.model_copy(update={"detail": f"as recorded: {one.detail}"})
        for one in record.gates
        if one.result == "failed"
    ]
    missing = [
        GateResult(kind=gate.kind, result="failed", detail="the version's record has no result of this gate")
        for gate in without_result(demanded, record.gates)
    ]
    return failed + missing


def _check_candidate(registry: Registry, reference: str, model: str) -> Checked:
    slug, accepted = model_slug(model), registry.accepted
    candidate = find_candidate(registry, reference)
    record = accepted.record(Model, places.model_path(slug)) or Model(slug=slug, name=model)

    def content() -> Content:
        storage = open_storage(registry)
        whole = stored_folder(registry, candidate, storage)
        return Content(whole.part(None), registry.cache, storage, recorded_size(candidate))

    earlier = proposed_already(registry, candidate, slug, None)
    subject = Subject(candidate, record, accepted, content, version=earlier.version if earlier else None)
    return Checked(tuple(gate_results(registry, subject)), f"{candidate} for {slug}")


def _check_proposal(registry: Registry, proposal: proposals.Proposal) -> Checked:
    """A proposal, judged by what was accepted: what it says of gates itself does not count before it is merged."""
    if proposal.kind != "promote" or proposal.version is None:
        raise UsageError(
            f"{proposal.name} promotes nothing, so no gate judges it", hint="gitreg status lists proposals"
        )
    accepted, files, slug = registry.accepted, proposals.at(registry, proposal), proposal.model
    record = files.record(ModelVersion, layout.version_path(slug, proposal.version))
    if record is None:
        raise NotFoundError(
            f"{proposal.name} holds no {slug} {proposal.version}", hint=f"git show {proposal.commit[:12]}"
        )
    gates = demanded_gates(accepted, slug)
    results = judge_version(registry, record, Where(files, accepted), gates) + _faults(record, gates)
    return Checked(tuple(results), str(record), changes_gates=_changes_gates(accepted, files, slug))


def _changes_gates(accepted: Snapshot, proposed: Snapshot, slug: str) -> bool:
    path = places.model_path(slug)
    theirs, mine = accepted.record(Model, path), proposed.record(Model, path)
    return mine is not None and mine.gates != (theirs.gates if theirs else [])


def _proposal(registry: Registry, reference: str) -> proposals.Proposal | None:
    """The open proposal that a reference or a branch names; None if it names something else.

    Raises:
        NotFoundError: if it names a proposal that is not open.
    """
    branch = reference.removeprefix("refs/heads/").removeprefix(f"{registry.remote}/")
    if branch.startswith("gitreg/"):
        name = f"refs/heads/{branch}"
    else:
        found = parsed(reference)
        if not isinstance(found, ProposalReference):
            return None
        name = layout.promote_branch(found.model, found.version)
    proposal = proposals.find_proposal(registry, name)
    if proposal is None:
        raise NotFoundError(f"there is no open proposal {reference}", hint="gitreg status")
    return proposal


def _subject(registry: Registry, record: ModelVersion, where: Where) -> Subject:
    slug, version, files, before = record.model, record.version, where.files, where.before
    path = layout.version_candidate_path(slug, version)
    candidate = files.record(Candidate, path)
    if candidate is None:
        raise RecordError(f"it is missing, and {record} is made of {record.origin.id}", place=path)
    model = before.record(Model, places.model_path(slug)) or Model(slug=slug, name=slug)
    now = files.record(Model, places.model_path(slug)) or model
    card = files.file(layout.version_card_path(slug, version)) or b""
    return Subject(
        _as_it_ended(registry, candidate),
        # its words as they are now, and what served before: the version may be in its stage already
        now.model_copy(update={"stages": model.stages}),
        before,
        _content(registry, record, files),
        version=version,
        description=record.description,
        sections=sections_of(card),
        again=any(one.kind == "once" and one.result == "skipped" for one in record.gates),
    )


def _as_it_ended(registry: Registry, candidate: Candidate) -> Candidate:
    """A candidate that still ran when it was registered, with the status that the candidate branch has of it by now."""
    if candidate.status != "running":
        return candidate
    now = registry.candidates.record(Candidate, places.candidate_path(candidate.experiment, candidate.id))
    return candidate.model_copy(update={"status": now.status}) if now else candidate


def _content(registry: Registry, record: ModelVersion, files: Snapshot) -> Callable[[], Content]:
    slug, version = record.model, record.version

    def bring() -> Content:
        path = layout.version_manifest_path(slug, version)
        listing = files.file(path, limit=MANIFEST_LIMIT) or b""
        dvc = files.file(layout.version_dvc_path(slug, version)) or b""
        try:
            manifest = Manifest.parse(listing)
        except ValueError as error:
            raise RecordError(str(error), place=path) from error
        storage = open_storage(registry)
        folder = registry.cache.folder(parse_dvc_file(dvc).md5, manifest, storage)
        return Content(folder, registry.cache, storage, record.content.size)

    return bring
