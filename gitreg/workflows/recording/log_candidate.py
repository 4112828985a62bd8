"""Logging: candidates become records, one commit on the candidate branch for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from gitreg.artifacts import SILENT, Progress, Source, StoredFolder
from gitreg.documents import places
from gitreg.documents.writer import write
from gitreg.domain.candidate import (
    ArtifactSummary,
    Candidate,
    Code,
    DataSource,
    Environment,
    ModelLink,
    Pipeline,
    Status,
    name_from,
)
from gitreg.domain.curves import Folded, MetricPoint, fold
from gitreg.domain.experiment import Experiment
from gitreg.domain.record import Person
from gitreg.errors import AlreadyThereError, UsageError
from gitreg.gitrepo import Bulk, ObjectId
from gitreg.store import Author, Change, retrying
from gitreg.workflows.candidate_branch import keep_candidate_branch
from gitreg.workflows.recording.cut_secrets import without_secrets
from gitreg.workflows.registry import CANDIDATES, Registry

CURVES = ".gitreg/curves.csv"
CODE_PATCH = ".gitreg/code.patch"


@dataclass(frozen=True)
class NewCandidate:
    """What is to be logged: the three components, and what came of them.

    `artifacts` are files and folders on disk; `contents` are files that gitreg itself makes (below `.gitreg/`), as bytes
    or as a file on disk. `folded` stands for `metrics` where there are too many points to hold; their table is among the
    contents then.
    """

    id: str
    experiment: str
    created: datetime
    finished: datetime | None = None
    name: str | None = None
    status: Status = "finished"
    parent: str | None = None
    code: Code = field(default_factory=Code)
    data: Sequence[DataSource] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: Sequence[MetricPoint] = ()
    folded: Folded | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""
    environment: Environment | None = None
    ci: Pipeline | None = None
    artifacts: Sequence[Source] = ()
    contents: Mapping[str, bytes | Path] = field(default_factory=dict)
    user: str = ""
    models: Sequence[ModelLink] = ()
    deleted: datetime | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class _Stored:
    """What is stored already, and in no commit yet: paths and ids, for there may be many.

    Args:
        records: the blob of each candidate's record, by its path.
        others: those of manifests and `.dvc` files.
        experiments: those that a candidate is in, by their paths.
        first: the first candidate.
    """

    records: dict[str, ObjectId] = field(default_factory=dict)
    others: dict[str, ObjectId] = field(default_factory=dict)
    experiments: dict[str, Experiment] = field(default_factory=dict)
    first: Candidate | None = None


def log_candidates(
    registry: Registry, news: Iterable[NewCandidate], author: Author, *, progress: Progress = SILENT
) -> list[Candidate]:
    """Commits candidates, all or none: artifact bytes first, then one commit with every record.

    Returns:
        the candidates as they were recorded, in the order given.

    Raises:
        UsageError: for a name or value that cannot be recorded; nothing is committed.
        AlreadyThereError: if there is a candidate of that id already.
        ConflictError: if the candidate branch moved at every try.
    """
    made: list[Candidate] = []
    _log(registry, news, author, progress, made.append)
    return made


def log_many(
    registry: Registry, news: Iterable[NewCandidate], author: Author, *, progress: Progress = SILENT
) -> list[str]:
    """The same in one pass over any number of candidates, of which nothing stays in memory but paths and ids.

    Returns:
        the candidates' ids, in the order given.

    Raises:
        as `log_candidates`, and whatever `news` raises; nothing is committed then.
    """
    made: list[str] = []
    _log(registry, news, author, progress, lambda candidate: made.append(candidate.id))
    return made


def _log(
    registry: Registry,
    news: Iterable[NewCandidate],
    author: Author,
    progress: Progress,
    told: Callable[[Candidate], object],
) -> None:
    stored = _Stored()
    with registry.repository.bulk() as blobs:
        for new in news:
            told(_store(stored, _prepare(registry, new, author, progress), blobs))
        if stored.first is not None:
            _commit(registry, stored, blobs, author, _message(stored.first, len(stored.records)))


def _commit(registry: Registry, stored: _Stored, blobs: Bulk, author: Author, message: str) -> None:
    def commit() -> None:
        blobs.store()
        keep_candidate_branch(registry, author)
        with registry.store.change(CANDIDATES, message, author) as change:
            _put(change, stored)

    retrying(commit, queued=registry.queue)


@dataclass(frozen=True)
class _Prepared:
    """A candidate whose artifact bytes are kept already."""

    experiment: Experiment
    candidate: Candidate
    folder: StoredFolder | None


def _prepare(registry: Registry, new: NewCandidate, author: Author, progress: Progress) -> _Prepared:
    try:
        experiment = Experiment.called(new.experiment)
        folded = new.folded or fold(new.metrics)
        candidate = without_secrets(_record(new, experiment.slug, author, folded))
    except ValueError as error:
        raise UsageError(f"this candidate cannot be recorded: {error_words(error)}") from error
    contents = {**new.contents, **({CURVES: folded.table} if folded.table else {})}
    if not new.artifacts and not contents:
        return _Prepared(experiment, candidate, None)
    folder = registry.cache.add(new.artifacts, contents, progress=progress)
    return _Prepared(experiment, candidate.model_copy(update={"artifacts": summary_of(folder)}), folder)


def _record(new: NewCandidate, experiment: str, author: Author, folded: Folded) -> Candidate:
    return Candidate(
        id=new.id,
        experiment=experiment,
        name=new.name or name_from(dict(new.params), new.id),
        status=new.status,
        created=new.created,
        finished=new.finished,
        author=Person(name=author.name, email=author.email),
        parent=new.parent,
        code=new.code,
        data=list(new.data),
        params=dict(new.params),
        metrics=folded.metrics,
        points=folded.points,
        curves=folded.curves,
        tags=dict(new.tags),
        notes=new.notes,
        environment=new.environment,
        ci=new.ci,
        user=new.user,
        models=list(new.models),
        deleted=new.deleted,
        extra=dict(new.extra),
    )


def _store(stored: _Stored, one: _Prepared, blobs: Bulk) -> Candidate:
    candidate = one.candidate
    path = places.candidate_path(candidate.experiment, candidate.id)
    if path in stored.records:
        raise _there_already(candidate.experiment, candidate.id)
    stored.records[path] = blobs.write(write(candidate))
    stored.experiments.setdefault(places.experiment_path(one.experiment.slug), one.experiment)
    stored.first = stored.first or candidate
    if one.folder is not None:
        manifest = places.candidate_manifest_path(candidate.experiment, candidate.id)
        stored.others[manifest] = blobs.write(one.folder.manifest.content())
        dvc = places.candidate_dvc_path(candidate.experiment, candidate.id)
        stored.others[dvc] = blobs.write(one.folder.dvc_file(candidate.id))
    return candidate


def _put(change: Change, stored: _Stored) -> None:
    there = change.before.files_there(sorted(stored.records))
    if there:
        place = places.candidate_of(there[0])
        raise _there_already(*place) if place else AlreadyThereError(f"{there[0]} is there already")
    known = change.before.files_there(
        sorted(stored.experiments)
    )  # not read: a partial clone may lack the content
    for path in stored.experiments.keys() - known:
        change.put(stored.experiments[path])
    for path, id_ in (*stored.records.items(), *stored.others.items()):
        change.put_file(path, id_)


def _there_already(experiment: str, candidate: str) -> AlreadyThereError:
    return AlreadyThereError(
        f"there is a candidate {experiment}/{candidate[:8]} already, and what was logged stays",
        hint=f"gitreg show {candidate[:8]}; gitreg tag or note changes it",
    )


def summary_of(folder: StoredFolder) -> ArtifactSummary:
    """What a record keeps of a folder of artifacts."""
    return ArtifactSummary(files=len(folder.files), size=folder.size, manifest=folder.manifest.digest)


def error_words(error: ValueError) -> str:
    """A refusal of a value, in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if len(lines) >= 3 and "validation error" in lines[0]:
        return f"{lines[1]}: {lines[2].partition(' [type=')[0].removeprefix('Value error, ')}"
    return lines[0] if lines else "it is not valid"


def _message(first: Candidate, count: int) -> str:
    if count == 1:
        return f"Log {first}\n\n{first.name}\n"
    return f"Log {count} candidates\n\n{first} and others\n"
