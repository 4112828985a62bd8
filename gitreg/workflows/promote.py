"""Promotion: a candidate becomes a proposed model version."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.artifacts import SILENT, Progress, StoredFolder, verify_stored
from gitreg.artifacts.storage import Storage
from gitreg.documents import layout, places
from gitreg.documents.card import model_card
from gitreg.documents.reader import read
from gitreg.domain.candidate import Candidate
from gitreg.domain.gate import GateResult
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.version import Part, VersionNumber
from gitreg.errors import AnswerIsNoError, GateError, NotFoundError
from gitreg.store import Author, Snapshot, retrying
from gitreg.workflows import proposals
from gitreg.workflows.check_gates import gate_results
from gitreg.workflows.exchange import fetch_unless
from gitreg.workflows.find import find_candidate
from gitreg.workflows.gather_evidence import Subject
from gitreg.workflows.look_at_files import Content
from gitreg.workflows.models import model_slug
from gitreg.workflows.new_version import NewVersion, free_version, version_files, version_record
from gitreg.workflows.proposed_already import proposed_already
from gitreg.workflows.registry import Registry
from gitreg.workflows.stages import require_stage
from gitreg.workflows.storage import open_storage
from gitreg.workflows.stored_folder import recorded_size, stored_folder

ATTEMPTS = 5


@dataclass(frozen=True)
class PromoteOptions:
    """What the proposer may say.

    Args:
        model: name of the model; made when it is new.
        artifact: the file or folder of the candidate that is the model; everything but gitreg's own files when None.
        version: the version; the next by `bump` when None.
        bump: which part of the highest version goes up.
        stage: a stage that the version is put into by the same proposal.
        description: what is new in it.
        deep: read every byte back from the storage, and compare.
        offline: do not ask the remote first, and do not send the proposal.
        dry_run: only say what would be proposed; nothing is written.
        again: also when the candidate is a version of this model already.
    """

    model: str
    artifact: str | None = None
    version: VersionNumber | None = None
    bump: Part = "minor"
    stage: str | None = None
    description: str = ""
    deep: bool = False
    offline: bool = False
    dry_run: bool = False
    again: bool = False


@dataclass(frozen=True)
class Promoted:
    """A proposed version; `found` when the same proposal was there already."""

    version: ModelVersion
    branch: str
    found: bool = False


def promote(
    registry: Registry,
    reference: str,
    options: PromoteOptions,
    author: Author,
    *,
    progress: Progress = SILENT,
) -> Promoted:
    """Proposes a candidate as a version of a model: gates, artifact bytes in the storage, then the branch.

    The open proposal of the same candidate is found again; where it says something else than is asked for now, or does
    not fit what was accepted meanwhile, it is made anew under the same version.

    Raises:
        GateError: if a gate refuses, naming each.
        AnswerIsNoError: if the candidate is deleted, not finished, or has nothing to deploy.
        AlreadyThereError: if the version exists, or is proposed for another candidate.
        ConflictError: if others were faster every time.
    """
    model = model_slug(options.model)
    fetch_unless(registry, author, offline=options.offline)
    if options.stage is not None:
        require_stage(registry, options.stage)
    new = _new_version(registry, reference, model, options, progress)

    def act() -> Promoted:
        fetch_unless(registry, author, offline=options.offline or not tries)
        tries.append(1)
        return _proposed(registry, new, options, author)

    tries: list[int] = []
    return retrying(act, ATTEMPTS)


def _proposed(registry: Registry, new: NewVersion, options: PromoteOptions, author: Author) -> Promoted:
    accepted, slug = registry.accepted, new.model.slug
    earlier = proposed_already(registry, new.candidate, slug, options.version)
    version = (
        earlier.version if earlier else free_version(registry, accepted, slug, options.version, options.bump)
    )
    record = version_record(accepted, new, version, author, earlier)
    branch = layout.promote_branch(slug, version)
    if options.dry_run:
        return Promoted(record, branch, found=record == earlier)
    message = (
        f"Propose {slug} {version}\n\nFrom candidate {new.candidate.id} of {new.candidate.experiment}.\n"
    )
    files = version_files(accepted, new, record, _written_card(registry, earlier))
    draft = proposals.Draft(branch, files, message, is_new=earlier is None)
    before = proposals.find_proposal(registry, branch)
    made = proposals.propose(registry, draft, author, offline=options.offline)
    return Promoted(record, branch, found=before is not None and before.commit == made.commit)


def _written_card(registry: Registry, earlier: ModelVersion | None) -> bytes | None:
    """README.md of the proposal as it was made before, where people wrote in it: their words are not made anew."""
    if earlier is None:
        return None
    slug, version = earlier.model, earlier.version
    proposal = proposals.find_proposal(registry, layout.promote_branch(slug, version))
    if proposal is None:
        return None
    there = proposals.at(registry, proposal)
    candidate = there.record(Candidate, layout.version_candidate_path(slug, version))
    model = there.record(Model, places.model_path(slug))
    card = there.file(layout.version_card_path(slug, version))
    is_ours = candidate is not None and model is not None and card == model_card(earlier, candidate, model)
    return None if is_ours else card


def _new_version(
    registry: Registry, reference: str, model: str, options: PromoteOptions, progress: Progress
) -> NewVersion:
    candidate, raw = _recorded(registry, reference)
    _require_promotable(candidate)
    accepted = registry.accepted
    record = _model(accepted, model, options)
    storage = open_storage(registry)
    whole = stored_folder(registry, candidate, storage)
    if options.artifact is None and not whole.part(None).files:
        raise AnswerIsNoError(
            f"{candidate} has no artifacts but gitreg's own", hint="log the model with -a PATH"
        )
    earlier = proposed_already(registry, candidate, model, options.version)
    subject = Subject(
        candidate,
        record,
        accepted,
        lambda: Content(whole.part(options.artifact), registry.cache, storage, recorded_size(candidate)),
        version=earlier.version if earlier else options.version,
        description=options.description,
        again=options.again,
    )
    return NewVersion(
        candidate,
        raw,
        gates=_judge(registry, subject),
        part=_stored_part(registry, whole, storage, options, progress),
        model=record,
        description=options.description,
        stage=options.stage,
    )


def _recorded(registry: Registry, reference: str) -> tuple[Candidate, bytes]:
    """The candidate as the candidate branch has it now; a version's reference names it as it was."""
    found = find_candidate(registry, reference)
    path = places.candidate_path(found.experiment, found.id)
    raw = registry.candidates.file(path)
    if raw is None:
        raise NotFoundError(f"the candidate branch does not have {found}", hint="gitreg fetch")
    return read(raw, Candidate, path), raw


def _require_promotable(candidate: Candidate) -> None:
    if candidate.deleted is not None:
        raise AnswerIsNoError(f"{candidate} is deleted", hint=f"gitreg restore {candidate.id}")
    if candidate.status != "finished":
        raise AnswerIsNoError(
            f"{candidate} is {candidate.status}, and only a finished candidate is promoted",
            hint=f"gitreg list -e {candidate.experiment} \"status = 'finished'\"",
        )
    if candidate.artifacts is None:
        raise AnswerIsNoError(
            f"{candidate} has no artifacts, so there is nothing to deploy",
            hint=f"gitreg log {candidate.experiment} -a PATH ...",
        )


def _model(accepted: Snapshot, slug: str, options: PromoteOptions) -> Model:
    model = accepted.record(Model, places.model_path(slug)) or Model(slug=slug, name=options.model)
    if model.deleted is not None:
        raise AnswerIsNoError(f"the model {slug} is deleted", hint=f"gitreg model edit {slug} --restore")
    return model


def _judge(registry: Registry, subject: Subject) -> list[GateResult]:
    results = gate_results(registry, subject)
    failed = [result for result in results if result.result == "failed"]
    if failed:
        candidate, slug = subject.candidate, subject.model.slug
        hint = f"gitreg compare {candidate.id[:8]} {candidate.experiment}/best"
        if [result.kind for result in failed] == ["once"]:
            hint = f"gitreg promote {candidate.id[:8]} -m {slug} --again, if another version of it is meant"
        words = "; ".join(result.detail for result in failed)
        raise GateError(f"{candidate} may not become a version of {slug}: {words}", hint=hint)
    return results


def _stored_part(
    registry: Registry, whole: StoredFolder, storage: Storage, options: PromoteOptions, progress: Progress
) -> StoredFolder:
    part = registry.cache.part(whole, options.artifact)
    if not options.dry_run:
        wanted = {*whole.ids, *part.ids}
        storage.push(
            registry.cache, sorted(wanted & set(registry.cache.unpushed_objects())), progress=progress
        )
        verify_stored(part, registry.cache, storage, deep=options.deep)
    return part
