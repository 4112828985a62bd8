"""Adding to a candidate, whether it runs or ended: to its draft where it has one, else by one commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gitreg.artifacts import SILENT, Progress, Source
from gitreg.domain.candidate import Candidate
from gitreg.drafts import Entry, ProcessMark
from gitreg.store import Author
from gitreg.workflows.registry import Registry


def amend(
    registry: Registry,
    candidate_id: str,
    entries: Iterable[Entry],
    author: Author,
    *,
    process: ProcessMark,
    sources: Sequence[Source] = (),
    experiment: str | None = None,
    progress: Progress = SILENT,
) -> Candidate | None:
    """Says more of a candidate; all of it, or none. When this returns it is kept, whatever becomes of the process.

    One that ended keeps how it ended, unless an entry says otherwise (`Ended`); it gets one commit, or none where nothing
    changes. Where somebody else ends it at this moment, what is said comes after that.

    Args:
        registry: where the candidate is.
        candidate_id: all 32 digits.
        entries: what is said.
        author: who commits, and when.
        process: the process that says it.
        sources: files and folders to keep as artifacts, as they are now.
        experiment: its experiment's slug, where that is known.
        progress: what is shown while artifacts are stored.

    Returns:
        the new record; None where it runs, and its draft has what was said.

    Raises:
        NotFoundError: if there is neither such a candidate nor such a draft.
        UsageError: for what cannot be recorded, or a param that has another value.
        ConflictError: if the candidate branch moved at every try; what was said is kept as a draft.
    """
    raise NotImplementedError
