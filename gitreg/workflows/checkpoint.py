"""A running candidate's record as it is now, committed while it goes on: a model version can name it."""

from __future__ import annotations

from gitreg.artifacts import SILENT, Progress
from gitreg.domain.candidate import Candidate
from gitreg.drafts import Draft
from gitreg.store import Author
from gitreg.workflows.registry import Registry


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
    raise NotImplementedError
