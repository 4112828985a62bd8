"""Finishing a draft: what was logged becomes a candidate, and only then the draft goes.

Done twice, or again after a crash at any point, it makes one candidate.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from gitreg.artifacts import SILENT, Progress
from gitreg.documents import places
from gitreg.domain.candidate import Candidate, Status
from gitreg.domain.words import slug_of
from gitreg.drafts import Draft, DraftStart, Ended
from gitreg.errors import NotFoundError
from gitreg.store import Author
from gitreg.workflows.registry import Registry
from gitreg.workflows.running.put_draft import put_draft


def drafts_folder(registry: Registry) -> Path:
    """Where the drafts of a registry are: in the Git directory, shared by linked work trees."""
    return registry.local_state / "drafts"


def end_draft(draft: Draft, status: Status, now: datetime) -> None:
    """Writes down how a draft ended, unless that was done before; nothing can be logged to it any more."""
    if draft.ended is None:
        draft.unseal()  # it ran again as it was sealed, and a crash came before the seal was taken away
        draft.append([Ended(status, now)])
    draft.seal()


def finish_draft(
    registry: Registry, draft: Draft, author: Author, *, status: Status, progress: Progress = SILENT
) -> Candidate:
    """Commits a draft's candidate and removes the draft; where another process does so just now, its candidate counts.

    Args:
        registry: where it is committed.
        draft: what was logged.
        author: who commits; `author.when` is when it ended.
        status: how it ended, unless the draft says so itself.
        progress: what is shown while artifacts are stored.

    Raises:
        RecordError: if a newer gitreg wrote to the draft, which is kept then; as it is after every other error.
        NotFoundError: if the draft is gone, and there is no candidate of its id.
    """
    with draft.alone() as is_there:
        recorded = _finished_already(registry, draft, is_there=is_there)
        if recorded is not None and not is_there:
            return recorded
        end_draft(draft, status, author.when)
        return _committed(registry, draft, author, recorded, progress)


def finish_ended(
    registry: Registry, draft: Draft, author: Author, *, progress: Progress = SILENT
) -> Candidate | None:
    """The same for a draft that says itself how it ended; None where somebody let it run again meanwhile."""
    with draft.alone() as is_there:
        recorded = _finished_already(registry, draft, is_there=is_there)
        if recorded is not None and not is_there:
            return recorded
        if not _has_ended(draft):  # before the seal, which refuses what a training says
            return None
        draft.seal()
        if not _has_ended(draft):
            draft.unseal()
            return None
        return _committed(registry, draft, author, recorded, progress)


def _has_ended(draft: Draft) -> bool:
    return draft.ended is not None


def _finished_already(registry: Registry, draft: Draft, *, is_there: bool) -> Candidate | None:
    """The record that came of a draft, where it is gone, or a crash came before its removal; None where it is to come.

    Raises:
        NotFoundError: if there is neither.
    """
    if is_there and draft.goes_on_from:
        return None
    recorded = recorded_candidate(registry, draft.start)
    if recorded is None and not is_there:
        raise NotFoundError(f"the draft {draft.id} is gone", hint="gitreg status")
    return recorded


def _committed(
    registry: Registry, draft: Draft, author: Author, recorded: Candidate | None, progress: Progress
) -> Candidate:
    candidate = recorded or put_draft(registry, draft, author, goes_on=False, progress=progress)
    draft.remove()
    return candidate


def recorded_candidate(registry: Registry, start: DraftStart) -> Candidate | None:
    """A draft's candidate on the branch: where a crash came between its commit and the draft's removal, or a checkpoint."""
    return registry.candidates.record(Candidate, places.candidate_path(slug_of(start.experiment), start.id))
