"""Promotion: a candidate becomes a proposed model version."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.artifacts import SILENT, Progress, StoredFolder, parse_dvc_file, verify_stored
from gitreg.artifacts.storage import Storage
from gitreg.documents import layout, places
from gitreg.documents.reader import read
from gitreg.domain.candidate import Candidate
from gitreg.domain.digest import Digest
from gitreg.domain.gate import GateResult
from gitreg.domain.manifest import Manifest
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.version import Part, VersionNumber
from gitreg.errors import AnswerIsNoError, GateError, NotFoundError, RecordError
from gitreg.store import MANIFEST_LIMIT, Author, Snapshot, retrying
from gitreg.workflows import proposals
from gitreg.workflows.check_gates import gate_results
from gitreg.workflows.exchange import fetch_unless
from gitreg.workflows.find import find_candidate
from gitreg.workflows.models import model_slug
from gitreg.workflows.new_version import NewVersion, free_version, version_files, version_record
from gitreg.workflows.registry import Registry
from gitreg.workflows.stages import require_stage
from gitreg.workflows.storage import open_storage

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
    earlier = _earlier(registry, new.candidate, slug, options.version)
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
    draft = proposals.Draft(branch, version_files(accepted, new, record), message, is_new=earlier is None)
    before = proposals.find_proposal(registry, branch)
    made = proposals.propose(registry, draft, author, offline=options.offline)
    return Promoted(record, branch, found=before is not None and before.commit == made.commit)


def _earlier(
    registry: Registry, candidate: Candidate, model: str, version: VersionNumber | None
) -> ModelVersion | None:
    """The version that an open proposal makes of this candidate for this model."""
    for proposal in proposals.open_proposals(registry):
        if proposal.kind != "promote" or proposal.model != model or version not in {None, proposal.version}:
            continue
        assert proposal.version is not None  # noqa: S101 - a promotion's branch names one
        path = layout.version_path(model, proposal.version)
        try:
            record = proposals.at(registry, proposal).record(ModelVersion, path)
        except RecordError:
            continue  # a stranger's branch; whoever merges it will hear of it
        if record and record.candidate.id == candidate.id and registry.accepted.file(path) is None:
            return record
    return None


def _new_version(
    registry: Registry, reference: str, model: str, options: PromoteOptions, progress: Progress
) -> NewVersion:
    candidate, raw = _recorded(registry, reference)
    _require_promotable(candidate)
    accepted = registry.accepted
    record = _model(accepted, model, options)
    return NewVersion(
        candidate,
        raw,
        gates=_judge(registry, accepted, candidate, record),
        part=_stored_part(registry, candidate, options, progress),
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


def _judge(registry: Registry, accepted: Snapshot, candidate: Candidate, model: Model) -> list[GateResult]:
    results = gate_results(registry, accepted, candidate, model)
    failed = [result.detail for result in results if result.result == "failed"]
    if failed:
        raise GateError(
            f"{candidate} may not become a version of {model.slug}: {'; '.join(failed)}",
            hint=f"gitreg compare {candidate.id[:8]} {candidate.experiment}/best",
        )
    return results


def stored_folder(registry: Registry, candidate: Candidate, storage: Storage) -> StoredFolder:
    """A candidate's artifacts as they are stored: manifest from the record, places from DVC's listing.

    Raises:
        AnswerIsNoError: if it has none, or the manifest beside it is not the one that it names.
        RecordError: if one of the files is malformed.
    """
    manifest_path = places.candidate_manifest_path(candidate.experiment, candidate.id)
    manifest = registry.candidates.file(manifest_path, limit=MANIFEST_LIMIT)
    dvc = registry.candidates.file(places.candidate_dvc_path(candidate.experiment, candidate.id))
    if manifest is None or dvc is None or candidate.artifacts is None:
        raise AnswerIsNoError(
            f"{candidate} has no artifacts", hint=f"gitreg log {candidate.experiment} -a PATH"
        )
    if Digest.of(manifest) != candidate.artifacts.manifest:
        raise AnswerIsNoError(
            f"{manifest_path} is not the manifest that {candidate} names",
            hint=f"git log {places.CANDIDATES_BRANCH} -- {manifest_path}",
        )
    try:
        parsed = Manifest.parse(manifest)
    except ValueError as error:
        raise RecordError(str(error), place=manifest_path) from error
    return registry.cache.folder(parse_dvc_file(dvc).md5, parsed, storage)


def _stored_part(
    registry: Registry, candidate: Candidate, options: PromoteOptions, progress: Progress
) -> StoredFolder:
    storage = open_storage(registry)
    whole = stored_folder(registry, candidate, storage)
    if options.artifact is None and not whole.part(None).files:
        raise AnswerIsNoError(
            f"{candidate} has no artifacts but gitreg's own", hint="log the model with -a PATH"
        )
    part = registry.cache.part(whole, options.artifact)
    if not options.dry_run:
        wanted = {*whole.ids, *part.ids}
        storage.push(
            registry.cache, sorted(wanted & set(registry.cache.unpushed_objects())), progress=progress
        )
        verify_stored(part, registry.cache, storage, deep=options.deep)
    return part
