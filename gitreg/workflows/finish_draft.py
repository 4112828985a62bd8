"""Finishing a draft: what was logged becomes a candidate, and only then the draft goes.

Done twice, or again after a crash at any point, it makes one candidate.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from gitreg.artifacts import SILENT, Progress, Source
from gitreg.documents import layout
from gitreg.domain.candidate import Candidate, Status
from gitreg.domain.names import slug_of
from gitreg.drafts import Draft, DraftContent, DraftStart, Ended
from gitreg.errors import RecordError
from gitreg.store import Author
from gitreg.workflows.log_candidate import NewCandidate, log_candidates
from gitreg.workflows.registry import Registry


def drafts_folder(registry: Registry) -> Path:
    """Where the drafts of a registry are: in the Git directory, shared by linked work trees."""
    return registry.local_state / "drafts"


def end_draft(draft: Draft, status: Status, now: datetime) -> None:
    """Writes down how a draft ended, unless that was done before; nothing can be logged to it any more."""
    if draft.read().ended is None:
        draft.append([Ended(status, now)])
    draft.seal()


def finish_draft(
    registry: Registry, draft: Draft, author: Author, *, status: Status, progress: Progress = SILENT
) -> Candidate:
    """Commits a draft's candidate and removes the draft.

    Args:
        registry: where it is committed.
        draft: what was logged.
        author: who commits; `author.when` is when it ended.
        status: how it ended, unless the draft says so itself.
        progress: what is shown while artifacts are stored.

    Raises:
        RecordError: if a newer gitreg wrote to the draft, which is kept then; as it is after every other error.
    """
    end_draft(draft, status, author.when)
    content = draft.read()
    if content.unknown:
        kinds = ", ".join(sorted(content.unknown))
        raise RecordError(
            f"the draft {draft.id} holds what only a newer gitreg knows ({kinds}); it is kept",
            hint="finish it with that gitreg",
        )
    candidate = _recorded(registry, draft.start)
    if candidate is None:
        [candidate] = log_candidates(registry, [_new(draft.start, content)], author, progress=progress)
    draft.remove()
    return candidate


def _recorded(registry: Registry, start: DraftStart) -> Candidate | None:
    """The candidate, where a crash came between its commit and the draft's removal."""
    return registry.candidates.record(Candidate, layout.candidate_path(slug_of(start.experiment), start.id))


def _new(start: DraftStart, content: DraftContent) -> NewCandidate:
    ended = content.ended
    return NewCandidate(
        id=start.id,
        experiment=start.experiment,
        created=start.created,
        finished=ended.time if ended else None,
        name=start.name,
        status=ended.status if ended else "killed",
        parent=start.parent,
        code=start.code,
        data=[*start.data, *(one for one in content.data if one not in start.data)],
        params=content.params,
        metrics=content.points,
        tags=content.tags,
        notes=content.notes,
        environment=start.environment,
        ci=start.ci,
        artifacts=[Source(one.path, one.name) for one in content.artifacts.values()],
        contents=content.contents,
    )
