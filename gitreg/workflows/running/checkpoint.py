"""A running candidate's record as it is now, committed while it goes on: a model version can name it."""

from __future__ import annotations

from gitreg.artifacts import SILENT, Progress
from gitreg.domain.candidate import Candidate
from gitreg.drafts import Draft
from gitreg.errors import NotFoundError
from gitreg.store import Author
from gitreg.workflows.registry import Registry
from gitreg.workflows.running.finish_draft import recorded_candidate
from gitreg.workflows.running.put_draft import put_draft


def checkpoint(registry: Registry, draft: Draft, author: Author, *, progress: Progress = SILENT) -> Candidate:
    """Commits what a draft holds now, with the status `running` or `scheduled`; the draft goes on, and replaces it.

    Args:
        registry: where it is committed.
        draft: what was logged until now.
        author: who commits, and when.
        progress: what is shown while artifacts are stored.

    Returns:
        the record; where the draft was finished meanwhile, the one that came of it.

    Raises:
        NotFoundError: if the draft is gone, and there is no candidate of its id.
        RecordError: if a newer gitreg wrote to the draft.
        ConflictError: if the candidate branch moved at every try.
    """
    start = draft.start
    with draft.alone() as is_there:
        if is_there:
            return put_draft(registry, draft, author, goes_on=True, progress=progress)
    recorded = recorded_candidate(registry, start)
    if recorded is None:
        raise NotFoundError(f"the draft {draft.id} is gone", hint="gitreg status")
    return recorded
