"""Reopening a candidate that ended: its record becomes a draft again, and one new record when that is finished.

Nothing of what was logged is copied: artifacts stay what the manifest lists, and points of curves stay in the table among
them until the draft is finished; of each such metric the journal has the summary.
"""

from __future__ import annotations

from datetime import datetime

from gitreg.drafts import Draft, ProcessMark
from gitreg.workflows.registry import Registry


def reopen_draft(
    registry: Registry,
    candidate_id: str,
    *,
    process: ProcessMark,
    now: datetime,
    experiment: str | None = None,
) -> Draft:
    """The draft of a candidate: the one that is there, or a new one that holds everything of its record.

    A new one holds how it ended, too: whoever lets it run again says so (`Runs`), and whoever only adds to it finishes
    it, by `amend`.

    Args:
        registry: where the candidate is.
        candidate_id: all 32 digits.
        process: the process that goes on with it.
        now: the time, for what is asked of the storage.
        experiment: its experiment's slug, where that is known: it saves looking for it.

    Raises:
        NotFoundError: if there is neither such a candidate nor such a draft.
        RecordError: if its record cannot be read.
    """
    raise NotImplementedError
