"""A draft's record on the candidate branch: the first one, or the next one of a candidate that was recorded before.

Whoever changed the record meanwhile, in another clone say, keeps what they changed: it is merged key by key. Values that
a program logged (metrics, artifacts, how it ended) are those of the draft, which has all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path

from gitreg.artifacts import SILENT, Progress, Source
from gitreg.disk import claimed_folder, sweep
from gitreg.documents import places
from gitreg.documents.conflicts import naming_files
from gitreg.documents.leaves import CONFLICTS
from gitreg.documents.merging import merge_record
from gitreg.documents.merging_files import file_conflicts
from gitreg.documents.reader import read
from gitreg.documents.writer import write
from gitreg.domain.candidate import ArtifactSummary, Candidate
from gitreg.domain.curves import MetricPoint
from gitreg.domain.experiment import Experiment
from gitreg.domain.manifest import Manifest
from gitreg.domain.record import Person
from gitreg.domain.words import slug_of
from gitreg.drafts import Base, Draft, DraftStart
from gitreg.errors import ConflictError, RecordError, UsageError
from gitreg.store import Author, Change, retrying
from gitreg.workflows.candidate_branch import keep_candidate_branch
from gitreg.workflows.contents.add_files import NewFiles, add_files
from gitreg.workflows.contents.apart import unite_before_change
from gitreg.workflows.contents.read_table import listed_of, record_files
from gitreg.workflows.contents.record_room import WHOLE, fitting
from gitreg.workflows.logged_models.metrics import put_measured
from gitreg.workflows.recording.cut_secrets import without_secrets
from gitreg.workflows.recording.log_candidate import CURVES as CURVES_FILE
from gitreg.workflows.recording.log_candidate import error_words, summary_of
from gitreg.workflows.registry import CANDIDATES, Registry
from gitreg.workflows.running.draft_record import Known, draft_record
from gitreg.workflows.running.meanwhile_record import NOTHING, Added, added_meanwhile
from gitreg.workflows.running.read_draft import ReadDraft, read_draft

CURVES = ".curves-"
"""Folders in which the table of a draft's points is made."""
LOGGED = ("status", "finished", "metrics", "points", "curves", "artifacts", "models")
"""Fields that only the program that ran knows."""


def put_draft(
    registry: Registry, draft: Draft, author: Author, *, goes_on: bool, progress: Progress = SILENT
) -> Candidate:
    """Commits what a draft holds now; nothing, where the branch has that already.

    Args:
        registry: where.
        draft: sealed, or still growing.
        author: who commits, and when.
        goes_on: whether the draft stays: then the record is remembered as one that it goes on from.
        progress: what is shown while artifacts are stored.

    Returns:
        the record, as it stands on the branch.

    Raises:
        RecordError: if the draft or a record is damaged, or a newer gitreg wrote to it.
        ConflictError: if the branch moved at every try.
    """
    start = draft.start
    where = slug_of(start.experiment), start.id
    path, made = places.candidate_path(*where), dict[Added, _Prepared]()

    def commit() -> Candidate:
        keep_candidate_branch(registry, author)
        snapshot, bases = registry.candidates, draft.bases
        theirs = snapshot.file(path)
        if theirs is not None and unite_before_change(registry, path, theirs, author):
            snapshot = registry.candidates
            theirs = snapshot.file(path)
        if theirs is not None and not bases:
            # where locks do not reach, another process may have finished it meanwhile
            return read(theirs, Candidate, path)
        is_changed = theirs is not None and theirs not in {base.record for base in bases}
        other = record_files(snapshot, *where) if is_changed else None
        added = added_meanwhile(registry, path, bases[-1], other) if other else NOTHING
        if added not in made:
            made[added] = _prepared(registry, draft, author, added, progress)
        files = _joined(made[added], other.record if other else None, path, bases)
        with registry.store.change(CANDIDATES, _message(made[added].candidate, start), author) as change:
            if change.before.file(path) != theirs:
                raise ConflictError(f"{path} was changed while its draft was read")
            if goes_on:
                draft.add_base(files)
            _put(change, files, made[added], author)
        return made[added].candidate if other is None else read(files.record, Candidate, path)

    return retrying(commit, queued=registry.queue)


@dataclass(frozen=True)
class _Prepared:
    """A record whose artifact bytes are kept already, with the files beside it."""

    experiment: Experiment
    candidate: Candidate
    manifest: bytes | None
    pointer: bytes | None
    measured: Sequence[MetricPoint]


def _prepared(
    registry: Registry, draft: Draft, author: Author, added: Added, progress: Progress
) -> _Prepared:
    with ExitStack() as made:
        found = read_draft(registry, draft, lambda: made.enter_context(_scratch(draft)), added.points)
        known = Known(Person(name=author.name, email=author.email), found.before)
        try:
            experiment = Experiment.called(draft.start.experiment)
            record = draft_record(draft.start, found.content, found.folded, known)
            candidate, whole = fitting(without_secrets(record))
        except ValueError as error:
            raise UsageError(f"this candidate cannot be recorded: {error_words(error)}") from error
        if whole is not None:
            found.content.contents[WHOLE] = whole
        summary, beside = _artifacts(registry, draft, found, added, progress)
    recorded = _naming_files(candidate.model_copy(update={"artifacts": summary}), beside[0])
    return _Prepared(experiment, recorded, *beside, found.measured)


def _scratch(draft: Draft) -> AbstractContextManager[Path]:
    sweep(draft.folder, CURVES)
    return claimed_folder(draft.folder, CURVES)


def _artifacts(
    registry: Registry, draft: Draft, found: ReadDraft, added: Added, progress: Progress
) -> tuple[ArtifactSummary | None, tuple[bytes | None, bytes | None]]:
    """The artifacts' summary, manifest and `.dvc` file."""
    content, before = found.content, found.before
    contents: dict[str, bytes | Path] = {**content.contents}
    if found.table:
        contents[CURVES_FILE] = found.table
    sources = [Source(one.path, one.name) for one in content.artifacts.values()]
    base = draft.bases[0] if before else None
    listed = listed_of(base, before) if base and before else None
    if not (sources or contents or added.files or (content.removed and listed)):
        return (before.artifacts, (base.manifest, base.pointer)) if before and base else (None, (None, None))
    new = NewFiles(sources, contents, content.removed if listed else (), added.kept)
    folder = add_files(registry, listed, new, progress=progress)
    if folder is None:
        return None, (None, None)
    return summary_of(folder), (folder.manifest.content(), folder.dvc_file(draft.id))


def _joined(ours: _Prepared, theirs: bytes | None, path: str, bases: Sequence[Base]) -> Base:
    """The record and its files, with what somebody else changed in the record meanwhile."""
    text = write(ours.candidate)
    if theirs is not None:
        logged = {field: getattr(ours.candidate, field) for field in LOGGED}
        changed = read(theirs, Candidate, path).model_copy(update=logged)
        other = write(_naming_files(changed, ours.manifest))
        merged = merge_record(path, bases[-1].record, text, other)
        if merged is None:
            raise RecordError("this record and what the draft makes of it cannot be joined", place=path)
        text = merged
    return Base(text, ours.manifest, ours.pointer)


def _naming_files(record: Candidate, manifest: bytes | None) -> Candidate:
    """The record, which names the files with several values that are still there."""
    if CONFLICTS[-1] not in record.extra:
        return record
    found = file_conflicts(Manifest.parse(manifest)) if manifest else {}
    return record.model_copy(update={"extra": naming_files(record.extra, found)})


def _put(change: Change, files: Base, ours: _Prepared, author: Author) -> None:
    where = ours.candidate.experiment, ours.candidate.id
    experiment = places.experiment_path(ours.experiment.slug)
    if not change.before.files_there([experiment]):
        change.put(ours.experiment)
    beside = {
        places.candidate_path(*where): files.record,
        places.candidate_manifest_path(*where): files.manifest,
        places.candidate_dvc_path(*where): files.pointer,
    }
    for path, content in beside.items():
        if content is not None:
            change.put_file(path, content)
        elif change.before.files_there([path]):
            change.remove(path)
    put_measured(change, ours.measured, ours.candidate.id, ours.candidate.experiment, author.when)


def _message(candidate: Candidate, start: DraftStart) -> str:
    act = "Amend" if start.base else "Log"
    return f"{act} {candidate}\n\n{candidate.name}\n"
