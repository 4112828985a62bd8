"""Finishing what a crash left: drafts whose process is dead become candidates, with everything that was logged."""

from __future__ import annotations

from gitreg.artifacts import SILENT, Progress
from gitreg.domain.candidate import Candidate
from gitreg.drafts import Draft, drafts
from gitreg.errors import AmbiguousError, AnswerIsNoError, NotFoundError
from gitreg.store import Author
from gitreg.workflows.finish_draft import drafts_folder, end_draft, finish_draft
from gitreg.workflows.registry import Registry


def recover(
    registry: Registry, author: Author, prefix: str | None = None, *, progress: Progress = SILENT
) -> list[Candidate]:
    """Finishes drafts as `killed`, unless they say themselves how they ended; what still runs is never touched.

    Args:
        registry: whose drafts.
        author: who commits.
        prefix: the start of one draft's id, which may have been started on another machine; every draft of a dead
            process of this machine when None.
        progress: what is shown while artifacts are stored.

    Raises:
        NotFoundError: if no draft's id starts so; AmbiguousError if several do.
        AnswerIsNoError: if the one that was named still runs.
    """
    found = drafts(drafts_folder(registry))
    if prefix is None:
        chosen = [draft for draft in found if draft.liveness == "dead"]
    else:
        chosen = [_named(found, prefix)]
    for draft in chosen:
        end_draft(draft, "killed", draft.last_heard)
    return [finish_draft(registry, draft, author, status="killed", progress=progress) for draft in chosen]


def _named(found: list[Draft], prefix: str) -> Draft:
    matching = [draft for draft in found if draft.id.startswith(prefix)]
    if not matching:
        raise NotFoundError(f"no draft's id starts with {prefix!a}", hint="gitreg status")
    if len(matching) > 1:
        ids = ", ".join(draft.id[:12] for draft in matching[:10])
        raise AmbiguousError(
            f"{len(matching)} drafts' ids start with {prefix!a}: {ids}", hint="give more digits"
        )
    if matching[0].liveness == "running" and matching[0].read().ended is None:
        mark = matching[0].start.process
        raise AnswerIsNoError(
            f"the draft {matching[0].id} still runs, in process {mark.pid}", hint="gitreg status"
        )
    return matching[0]
