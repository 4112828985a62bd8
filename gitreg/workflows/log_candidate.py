"""Logging: candidates become records, one commit on the candidate branch for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gitreg.artifacts import SILENT, Progress, Source, StoredFolder
from gitreg.documents import layout
from gitreg.domain.candidate import (
    ArtifactSummary,
    Candidate,
    Code,
    DataSource,
    Environment,
    Pipeline,
    Status,
    name_from,
)
from gitreg.domain.curves import MetricPoint, fold
from gitreg.domain.experiment import Experiment
from gitreg.domain.record import Person
from gitreg.errors import AlreadyThereError, UsageError
from gitreg.store import Author, Change, retrying
from gitreg.workflows.candidate_branch import keep_candidate_branch
from gitreg.workflows.registry import CANDIDATES, Registry

CURVES = ".gitreg/curves.csv"
CODE_PATCH = ".gitreg/code.patch"


@dataclass(frozen=True)
class NewCandidate:
    """What is to be logged: the three components, and what came of them.

    `artifacts` are files and folders on disk; `contents` are files that gitreg itself makes (below `.gitreg/`).
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
    tags: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""
    environment: Environment | None = None
    ci: Pipeline | None = None
    artifacts: Sequence[Source] = ()
    contents: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class _Prepared:
    """A candidate whose artifact bytes are kept already."""

    experiment: Experiment
    candidate: Candidate
    folder: StoredFolder | None


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
    prepared = [_prepare(registry, new, author, progress) for new in news]
    if not prepared:
        return []
    message = _message([one.candidate for one in prepared])

    def commit() -> None:
        keep_candidate_branch(registry, author)
        with registry.store.change(CANDIDATES, message, author) as change:
            for one in prepared:
                _put(change, one)

    retrying(commit)
    return [one.candidate for one in prepared]


def _prepare(registry: Registry, new: NewCandidate, author: Author, progress: Progress) -> _Prepared:
    try:
        experiment = Experiment.called(new.experiment)
        folded = fold(new.metrics)
        unfinished = _record(new, experiment.slug, author, None)
    except ValueError as error:
        raise UsageError(f"this candidate cannot be recorded: {error_words(error)}") from error
    contents = {**new.contents, **({CURVES: folded.table} if folded.table else {})}
    folder = (
        registry.cache.add(new.artifacts, contents, progress=progress) if new.artifacts or contents else None
    )
    if folder is None:
        return _Prepared(experiment, unfinished, None)
    return _Prepared(experiment, _record(new, experiment.slug, author, summary_of(folder)), folder)


def _record(
    new: NewCandidate, experiment: str, author: Author, artifacts: ArtifactSummary | None
) -> Candidate:
    folded = fold(new.metrics)
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
        artifacts=artifacts,
    )


def _put(change: Change, one: _Prepared) -> None:
    candidate = one.candidate
    path = layout.candidate_path(candidate.experiment, candidate.id)
    if path in change.files or change.before.file(path) is not None:
        raise AlreadyThereError(
            f"there is a candidate {candidate} already, and what was logged stays",
            hint=f"gitreg show {candidate.id[:8]}; gitreg tag or note changes it",
        )
    if change.before.file(layout.experiment_path(one.experiment.slug)) is None:
        change.put(one.experiment)
    change.put(candidate)
    if one.folder is not None:
        manifest = layout.candidate_manifest_path(candidate.experiment, candidate.id)
        change.put_file(manifest, one.folder.manifest.content())
        change.put_file(
            layout.candidate_dvc_path(candidate.experiment, candidate.id), one.folder.dvc_file(candidate.id)
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


def _message(candidates: Sequence[Candidate]) -> str:
    first = candidates[0]
    if len(candidates) == 1:
        return f"Log {first}\n\n{first.name}\n"
    return f"Log {len(candidates)} candidates\n\n{first} and others\n"
