"""Finishing a draft: what was logged becomes a candidate, and only then the draft goes.

Done twice, or again after a crash at any point, it makes one candidate.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from gitreg.artifacts import SILENT, Progress, Source
from gitreg.disk import claimed_folder, sweep
from gitreg.documents import places
from gitreg.domain.candidate import Candidate, Status
from gitreg.domain.words import slug_of
from gitreg.drafts import Draft, DraftContent, DraftStart, Ended
from gitreg.errors import AlreadyThereError, NotFoundError, RecordError
from gitreg.store import Author
from gitreg.workflows.curve_table import CurveTable
from gitreg.workflows.log_candidate import CURVES as CURVES_FILE
from gitreg.workflows.log_candidate import NewCandidate, log_candidates
from gitreg.workflows.registry import Registry

CURVES = ".curves-"
"""Folders in which the table of a draft's points is made."""


def drafts_folder(registry: Registry) -> Path:
    """Where the drafts of a registry are: in the Git directory, shared by linked work trees."""
    return registry.local_state / "drafts"


def end_draft(draft: Draft, status: Status, now: datetime) -> None:
    """Writes down how a draft ended, unless that was done before; nothing can be logged to it any more."""
    if draft.ended is None:
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
    start = draft.start
    with draft.alone() as is_there:
        candidate = _recorded(registry, start)
        if not is_there:
            if candidate is None:
                raise NotFoundError(f"the draft {draft.id} is gone", hint="gitreg status")
            return candidate
        end_draft(draft, status, author.when)
        if candidate is None:
            candidate = _commit(registry, draft, author, progress)
        draft.remove()
    return candidate


def _commit(registry: Registry, draft: Draft, author: Author, progress: Progress) -> Candidate:
    sweep(draft.folder, CURVES)
    with claimed_folder(draft.folder, CURVES) as folder:
        table = CurveTable(folder)
        content = draft.read(table.add)
        if content.unknown:
            kinds = ", ".join(sorted(content.unknown))
            raise RecordError(
                f"the draft {draft.id} holds what only a newer gitreg knows ({kinds}); it is kept",
                hint="finish it with that gitreg",
            )
        new = _new(draft.start, content, table)
        try:
            [candidate] = log_candidates(registry, [new], author, progress=progress)
        except AlreadyThereError:
            # where locks do not reach, another process may have finished it meanwhile
            recorded = _recorded(registry, draft.start)
            if recorded is None:
                raise
            return recorded
    return candidate


def _recorded(registry: Registry, start: DraftStart) -> Candidate | None:
    """The candidate, where a crash came between its commit and the draft's removal."""
    return registry.candidates.record(Candidate, places.candidate_path(slug_of(start.experiment), start.id))


def _new(start: DraftStart, content: DraftContent, table: CurveTable) -> NewCandidate:
    ended = content.ended
    points = table.write()
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
        folded=table.folded(),
        tags=content.tags,
        notes=content.notes,
        environment=start.environment,
        ci=start.ci,
        artifacts=[Source(one.path, one.name) for one in content.artifacts.values()],
        contents={**content.contents, **({CURVES_FILE: points} if points else {})},
    )
