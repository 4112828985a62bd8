"""Promotion: a candidate becomes a proposed model version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gitreg.artifacts import SILENT, Progress, StoredFolder, verify_stored
from gitreg.artifacts.storage import Storage
from gitreg.documents import layout, places
from gitreg.documents.reader import read
from gitreg.domain.candidate import Candidate
from gitreg.domain.gate import GateResult
from gitreg.domain.model import Model, ModelVersion
from gitreg.domain.version import Part, VersionNumber
from gitreg.errors import AnswerIsNoError, ConflictError, GateError, NotFoundError
from gitreg.forge.base import MergeRequest
from gitreg.gitrepo import ObjectId
from gitreg.store import Author, Snapshot, retrying
from gitreg.workflows.proposing import proposals
from gitreg.workflows.proposing.answering_forge import answering_forge
from gitreg.workflows.proposing.proposal_branch import known_there, made_commit, overtaken
from gitreg.workflows.proposing.proposed_already import proposed_already
from gitreg.workflows.proposing.request_words import title_of
from gitreg.workflows.publishing.exchange import fetch_unless
from gitreg.workflows.registry import Registry
from gitreg.workflows.remote_refs import tracking_ref
from gitreg.workflows.searching.find import find_candidate
from gitreg.workflows.storage import open_storage
from gitreg.workflows.versions.check_gates import gate_results
from gitreg.workflows.versions.gather_evidence import Subject
from gitreg.workflows.versions.look_at_files import Content
from gitreg.workflows.versions.models import model_slug
from gitreg.workflows.versions.new_version import NewVersion, free_version, version_record
from gitreg.workflows.versions.promotion_draft import Said, promotion_draft
from gitreg.workflows.versions.stages import require_stage
from gitreg.workflows.versions.stored_folder import recorded_size, stored_folder

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
        title: of the merge request; "Promote churn 1.2.0" when None.
        draft: whether the merge request is one that is not to be merged yet.
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
    title: str | None = None
    draft: bool = False


@dataclass(frozen=True)
class Promoted:
    """A proposed version.

    Args:
        version: its record.
        branch: full name of the proposal's branch.
        found: whether the same proposal was there already.
        request: its merge request, where a forge was asked for it.
        url: where people see its merge request, where that is known.
        notes: what came of it, for the caller.
    """

    version: ModelVersion
    branch: str
    found: bool = False
    request: MergeRequest | None = None
    url: str | None = None
    notes: tuple[str, ...] = ()


@dataclass
class _Race:
    """What this clone knew of the remote's proposals of a model: a proposal that nobody here has seen is not replaced.

    Args:
        registry: the registry.
        author: who promotes.
        seen: the proposals before anything was fetched.
        before: the proposals when the promotion began.
        tries: how often it was tried.
    """

    registry: Registry
    author: Author
    seen: Mapping[str, ObjectId]
    before: Mapping[str, ObjectId]
    tries: int = 0

    def won_by_others(self, branch: str) -> ObjectId | None:
        """The tip of a branch that somebody else made or changed meanwhile; None where nobody did.

        What came by the first fetch and is one's own, from another clone, may be changed.
        """
        now = known_there(self.registry, branch)
        if now is None or now == self.seen.get(branch):
            return None
        if self.tries > 1 and now != self.before.get(branch):
            return now
        whose = self.registry.repository.commit(now).author.email
        return now if whose != self.author.email else None


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
    not fit what was accepted meanwhile, it is made anew under the same version, unless it is somebody else's and news
    to this clone.

    Raises:
        GateError: if a gate refuses, naming each.
        AnswerIsNoError: if the candidate is deleted, not finished, or has nothing to deploy.
        AlreadyThereError: if the version exists, or is proposed for another candidate.
        ConflictError: if others were faster every time, or proposed something else of it that was not seen here before.
    """
    model = model_slug(options.model)
    if options.title is not None:
        title_of(options.title)
    seen = _remote_tips(registry, model)
    fetch_unless(registry, author, offline=options.offline)
    if options.stage is not None:
        require_stage(registry, options.stage)
    race = _Race(registry, author, seen, _remote_tips(registry, model))
    new = _new_version(registry, reference, model, options, progress)

    def act() -> Promoted | ConflictError:
        fetch_unless(registry, author, offline=options.offline or not race.tries)
        race.tries += 1
        return _proposed(registry, new, options, author, race)

    promoted = retrying(act, ATTEMPTS)
    if isinstance(promoted, ConflictError):
        raise promoted
    return promoted


def _remote_tips(registry: Registry, model: str) -> Mapping[str, ObjectId]:
    folder = f"refs/heads/gitreg/promote/{model}/"
    tracked = tracking_ref(registry, folder) if registry.remote else folder
    refs = registry.repository.refs(tracked)
    return {f"{folder}{ref.name.removeprefix(tracked)}": ref.id for ref in refs}


def _proposed(
    registry: Registry, new: NewVersion, options: PromoteOptions, author: Author, race: _Race
) -> Promoted | ConflictError:
    """Proposes it once; an error where somebody else decided otherwise while this was tried, which no retry changes."""
    accepted, slug = registry.accepted, new.model.slug
    earlier = proposed_already(registry, new.candidate, slug, options.version)
    version = (
        earlier.version if earlier else free_version(registry, accepted, slug, options.version, options.bump)
    )
    record = version_record(accepted, new, version, author, earlier)
    branch = layout.promote_branch(slug, version)
    if options.dry_run:
        return Promoted(record, branch, found=record == earlier, notes=_rehearsed(registry, options))
    draft = promotion_draft(registry, new, record, earlier, Said(options.title, options.draft))
    if (tip := race.won_by_others(branch)) and made_commit(registry, draft, author)[0] != tip:
        return overtaken(registry, draft.name, tip)
    before = proposals.find_proposal(registry, branch)
    made = proposals.propose(registry, draft, author, offline=options.offline)
    found = before is not None and before.commit == made.commit
    return Promoted(record, branch, found, made.request, made.url, made.notes)


def _rehearsed(registry: Registry, options: PromoteOptions) -> tuple[str, ...]:
    found = None if options.offline or registry.remote is None else answering_forge(registry)
    return (str(found),) if found and found.place else ()


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
