"""Promotion: a candidate becomes a proposed model version."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.artifacts import SILENT, Progress, StoredFolder, parse_dvc_file, verify_stored
from gitreg.artifacts.storage import Storage
from gitreg.documents import layout
from gitreg.documents.card import model_card
from gitreg.documents.writer import write
from gitreg.domain.candidate import Candidate
from gitreg.domain.digest import Digest
from gitreg.domain.gate import GateResult
from gitreg.domain.manifest import Manifest
from gitreg.domain.model import CandidateSource, Model, ModelVersion
from gitreg.domain.names import slug_of, stage
from gitreg.domain.record import Person
from gitreg.domain.version import Part, VersionNumber
from gitreg.errors import AlreadyThereError, AnswerIsNoError, GateError, UsageError
from gitreg.gates import Evidence, judge
from gitreg.store import MANIFEST_LIMIT, Author, Snapshot
from gitreg.workflows import proposals
from gitreg.workflows.exchange import fetch
from gitreg.workflows.find import experiment_of, find_candidate, versions_of
from gitreg.workflows.log_candidate import error_words, summary_of
from gitreg.workflows.registry import Registry
from gitreg.workflows.stages import staged
from gitreg.workflows.storage import open_storage

FIRST = VersionNumber(1, 0, 0)


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

    Raises:
        GateError: if a gate refuses, naming each.
        AnswerIsNoError: if the candidate is deleted, not finished, or has nothing to deploy.
        AlreadyThereError: if the version exists, or is proposed for another candidate.
    """
    if not options.offline:
        fetch(registry, author)
    candidate = find_candidate(registry, reference)
    model = _slug(options)
    same = _same_proposal(registry, candidate, model, options)
    if same is not None:
        return same
    _require_promotable(candidate)
    accepted = registry.accepted
    record = _model(accepted, model, options)
    results = _judge(registry, accepted, candidate, record)
    number = _version_number(registry, accepted, model, options)
    part = _stored_part(registry, candidate, options, progress)
    raw = _raw_record(registry, candidate)
    source = CandidateSource(experiment=candidate.experiment, id=candidate.id, record=Digest.of(raw))
    version = _model_version(
        accepted, options, source, part, author, model=model, number=number, results=results
    )
    branch = layout.promote_branch(model, number)
    if not options.dry_run:
        files = _files(accepted, _Proposed(version, part, raw), candidate, record, options.stage)
        message = f"Propose {model} {number}\n\nFrom candidate {candidate.id} of {candidate.experiment}.\n"
        proposals.propose(registry, proposals.Draft(branch, files, message), author, offline=options.offline)
    return Promoted(version, branch)


@dataclass(frozen=True)
class _Proposed:
    version: ModelVersion
    part: StoredFolder
    raw: bytes


def _slug(options: PromoteOptions) -> str:
    try:
        if options.stage is not None:
            stage(options.stage)
        return slug_of(options.model)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _require_promotable(candidate: Candidate) -> None:
    if candidate.deleted is not None:
        raise AnswerIsNoError(f"{candidate} is deleted", hint=f"gitreg restore {candidate.id}")
    if candidate.status != "finished":
        raise AnswerIsNoError(f"{candidate} is {candidate.status}; only a finished candidate is promoted")
    if candidate.artifacts is None:
        raise AnswerIsNoError(
            f"{candidate} has no artifacts, so there is nothing to deploy",
            hint=f"gitreg log {candidate.experiment} -a PATH ...",
        )


def _same_proposal(
    registry: Registry, candidate: Candidate, model: str, options: PromoteOptions
) -> Promoted | None:
    """The open proposal of this candidate for this model, unless it lost its number to another one meanwhile."""
    for proposal in proposals.open_proposals(registry):
        if proposal.kind != "promote" or proposal.model != model:
            continue
        version = VersionNumber.parse(proposal.name.rpartition("/v")[2])
        record = proposals.at(registry, proposal).record(ModelVersion, layout.version_path(model, version))
        if record is None or record.candidate.id != candidate.id or options.version not in {None, version}:
            continue
        if registry.accepted.file(layout.number_path(model, record.number)) is None:
            return Promoted(record, proposal.branch, found=True)
    return None


def _model(accepted: Snapshot, slug: str, options: PromoteOptions) -> Model:
    model = accepted.record(Model, layout.model_path(slug)) or Model(slug=slug, name=options.model)
    if model.deleted is not None:
        raise AnswerIsNoError(f"the model {slug} is deleted", hint=f"gitreg model edit {slug} --restore")
    return model


def _judge(registry: Registry, accepted: Snapshot, candidate: Candidate, model: Model) -> list[GateResult]:
    experiment = experiment_of(registry.candidates, candidate.experiment)
    serving = {}
    for name, version in model.stages.items():
        current = accepted.record(Candidate, layout.version_candidate_path(model.slug, version))
        if current is not None:
            serving[name] = current
    goals = {key: rule.goal for key, rule in experiment.metrics.items()}
    results = judge([*registry.settings.gates, *model.gates], Evidence(candidate, goals, serving))
    failed = [result.detail for result in results if result.result == "failed"]
    if failed:
        raise GateError(f"{candidate} may not become a version of {model.slug}: {'; '.join(failed)}")
    return results


def _version_number(
    registry: Registry, accepted: Snapshot, model: str, options: PromoteOptions
) -> VersionNumber:
    taken = versions_of(accepted, model)
    proposed = [
        VersionNumber.parse(proposal.name.rpartition("/v")[2])
        for proposal in proposals.open_proposals(registry)
        if proposal.kind == "promote" and proposal.model == model
    ]
    highest = max([*taken, *proposed], default=None)
    if options.version is None:
        return highest.bumped(options.bump) if highest else FIRST
    if str(options.version).lower() in {str(version).lower() for version in [*taken, *proposed]}:
        where = (
            "exists already" if options.version in taken else "is proposed already, from another candidate"
        )
        following = highest.bumped("minor") if highest else FIRST
        raise AlreadyThereError(
            f"{model} {options.version} {where}", hint=f"gitreg promote ... -m {model} --version {following}"
        )
    return options.version


def stored_folder(registry: Registry, candidate: Candidate, storage: Storage) -> StoredFolder:
    """A candidate's artifacts as they are stored: manifest from the record, places from DVC's listing."""
    manifest_path = layout.candidate_manifest_path(candidate.experiment, candidate.id)
    manifest = registry.candidates.file(manifest_path, limit=MANIFEST_LIMIT)
    dvc = registry.candidates.file(layout.candidate_dvc_path(candidate.experiment, candidate.id))
    if manifest is None or dvc is None or candidate.artifacts is None:
        raise AnswerIsNoError(f"{candidate} has no artifacts")
    if Digest.of(manifest) != candidate.artifacts.manifest:
        raise AnswerIsNoError(f"{manifest_path} is not the manifest that {candidate} names")
    return registry.cache.folder(parse_dvc_file(dvc).md5, Manifest.parse(manifest), storage)


def _stored_part(
    registry: Registry, candidate: Candidate, options: PromoteOptions, progress: Progress
) -> StoredFolder:
    storage = open_storage(registry)
    whole = stored_folder(registry, candidate, storage)
    part = registry.cache.part(whole, options.artifact)
    if not part.files:
        raise AnswerIsNoError(
            f"{candidate} has no artifacts but gitreg's own", hint="log the model with -a PATH"
        )
    if not options.dry_run:
        wanted = {*whole.ids, *part.ids}
        storage.push(
            registry.cache, sorted(wanted & set(registry.cache.unpushed_objects())), progress=progress
        )
        verify_stored(part, registry.cache, storage, deep=options.deep)
    return part


def _raw_record(registry: Registry, candidate: Candidate) -> bytes:
    path = layout.candidate_path(candidate.experiment, candidate.id)
    raw = registry.candidates.file(path)
    if raw is None:
        raise AnswerIsNoError(f"{path} is gone")
    return raw


def _model_version(  # noqa: PLR0913 - the record's parts come from as many places
    accepted: Snapshot,
    options: PromoteOptions,
    source: CandidateSource,
    part: StoredFolder,
    author: Author,
    *,
    model: str,
    number: VersionNumber,
    results: list[GateResult],
) -> ModelVersion:
    claimed = [int(name) for name in accepted.names(layout.numbers_folder(model)) if name.isdigit()]
    try:
        return ModelVersion(
            model=model,
            version=number,
            number=max(claimed, default=0) + 1,
            created=author.when,
            author=Person(name=author.name, email=author.email),
            candidate=source,
            artifacts=summary_of(part),
            gates=results,
            description=options.description,
        )
    except ValueError as error:
        raise UsageError(f"this version cannot be recorded: {error_words(error)}") from error


def _files(
    accepted: Snapshot, proposed: _Proposed, candidate: Candidate, model: Model, stage: str | None
) -> dict[str, bytes | None]:
    version, part = proposed.version, proposed.part
    slug, number = version.model, version.version
    files: dict[str, bytes | None] = {
        layout.number_path(slug, version.number): f"{number}\n".encode(),
        layout.version_path(slug, number): write(version),
        layout.version_candidate_path(slug, number): proposed.raw,
        layout.version_manifest_path(slug, number): part.manifest.content(),
        layout.version_dvc_path(slug, number): part.dvc_file("artifacts"),
        layout.version_card_path(slug, number): model_card(version, candidate, model),
    }
    text = accepted.file(layout.model_path(slug))
    if text is None:
        files[layout.model_path(slug)] = write(model)
    if stage is not None:
        files[layout.model_path(slug)] = staged(text or write(model), model, stage, number)
    return files
