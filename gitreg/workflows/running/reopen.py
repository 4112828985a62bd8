"""Reopening a candidate that ended: its record becomes a draft again, and one new record when that is finished.

Nothing of what was logged is copied: artifacts stay what the manifest lists, and points of curves stay in the table among
them until the draft is finished; of each such metric the journal has the summary.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from gitreg.documents import places
from gitreg.documents.reader import read
from gitreg.domain.candidate import Candidate
from gitreg.domain.curves import MetricPoint
from gitreg.domain.words import candidate_id as checked_id
from gitreg.drafts import (
    Deletion,
    Draft,
    DraftStart,
    Earlier,
    Ended,
    Entry,
    Linked,
    Notes,
    Param,
    ProcessMark,
    Tag,
    process_mark,
)
from gitreg.errors import AlreadyThereError, NotFoundError, UsageError
from gitreg.store import Snapshot
from gitreg.workflows.contents.read_table import record_files, whole_record
from gitreg.workflows.registry import Registry
from gitreg.workflows.running.finish_draft import drafts_folder


def reopen_draft(
    registry: Registry,
    candidate_id: str,
    *,
    process: ProcessMark | None = None,
    experiment: str | None = None,
) -> Draft:
    """The draft of a candidate: the one that is there, or a new one that holds everything of its record.

    A new one holds how it ended, too: whoever lets it run again says so (`Runs`), and whoever only adds to it finishes
    it, by `amend`.

    Args:
        registry: where the candidate is.
        candidate_id: all 32 digits.
        process: the process that goes on with it, and owns a draft that is there too; None for this one, which will not.
        experiment: its experiment's slug, where that is known: it saves looking for it.

    Raises:
        NotFoundError: if there is neither such a candidate nor such a draft.
        RecordError: if its record cannot be read.
    """
    while (draft := open_draft(registry, candidate_id)) is None:
        place = candidate_place(registry.candidates, candidate_id, experiment)
        if place is None:
            raise NotFoundError(f"there is no candidate {candidate_id}", hint="gitreg list --deleted")
        with suppress(AlreadyThereError):  # somebody else was faster
            return _reopened(registry, place, candidate_id, process or process_mark(os.getpid()))
    if process is not None:
        draft.join(process)
    return draft


def open_draft(registry: Registry, candidate_id: str) -> Draft | None:
    """The draft of a candidate, where it has one; None otherwise.

    Raises:
        UsageError: if that is no candidate's id.
        RecordError: if the draft is damaged.
    """
    try:
        folder = drafts_folder(registry) / checked_id(candidate_id)
    except ValueError as error:
        raise UsageError(f"{candidate_id[:80]!a} is no candidate: {error}", hint="gitreg list") from error
    with suppress(NotFoundError):
        return Draft.open(folder)
    return None


def candidate_place(snapshot: Snapshot, candidate_id: str, likely: str | None = None) -> str | None:
    """The slug of the experiment that a candidate is in; None where there is none of that id.

    Args:
        snapshot: the candidate branch.
        candidate_id: all 32 digits.
        likely: the slug to look into first.
    """
    slugs = [likely] if likely else []
    for slug in [*slugs, *(one for one in snapshot.names("experiments") if one != likely)]:
        if snapshot.files_there([places.candidate_path(slug, candidate_id)]):
            return slug
    return None


def _reopened(registry: Registry, experiment: str, candidate_id: str, process: ProcessMark) -> Draft:
    snapshot, path = registry.candidates, places.candidate_path(experiment, candidate_id)
    files = record_files(snapshot, experiment, candidate_id)
    entry = snapshot.repository.entry(snapshot.tree, path) if snapshot.tree else None
    if files is None or entry is None:
        raise NotFoundError(f"{path} is gone", hint="gitreg list")
    record = whole_record(registry, read(files.record, Candidate, path), lambda: files)
    start = DraftStart(
        id=candidate_id,
        experiment=experiment,
        created=record.created,
        process=process,
        durability=registry.repository.hardening.level,
        name=record.name,
        parent=record.parent,
        code=record.code,
        data=tuple(record.data),
        environment=record.environment,
        ci=record.ci,
        user=record.user,
        base=entry.id,
        author=record.author,
    )
    return Draft.create(drafts_folder(registry), start, entries=entries_of(record), base=files)


def entries_of(record: Candidate) -> Iterator[Entry]:
    """What a journal says of a record; what a draft's start says is left out."""
    yield from (Param(key, value) for key, value in record.params.items())
    yield from (Tag(key, value) for key, value in record.tags.items())
    if record.notes:
        yield Notes(record.notes)
    for key, value in record.metrics.items():
        step, time = record.points.get(key, (None, None))
        point = MetricPoint(key, value, step, time)
        yield Earlier(point, record.curves[key]) if key in record.curves else point
    yield from map(Linked, record.models)
    if record.deleted is not None:
        yield Deletion(record.deleted)
    yield Ended(record.status, record.finished)
