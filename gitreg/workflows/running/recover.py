"""Finishing what a crash left: drafts whose process is dead become candidates, with everything that was logged."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from gitreg.artifacts import SILENT, Progress
from gitreg.domain.candidate import Candidate
from gitreg.drafts import Draft, drafts, sweep_drafts
from gitreg.errors import AmbiguousError, AnswerIsNoError, GitregError, NotFoundError, RecordError
from gitreg.store import Author
from gitreg.workflows.registry import Registry
from gitreg.workflows.running.finish_draft import drafts_folder, end_draft, finish_draft


@dataclass(frozen=True)
class Recovered:
    """What became of drafts.

    Args:
        candidates: those that were finished.
        faults: why others could not be; they are kept.
    """

    candidates: tuple[Candidate, ...]
    faults: tuple[GitregError, ...] = ()


def recover(
    registry: Registry, author: Author, prefix: str | None = None, *, progress: Progress = SILENT
) -> Recovered:
    """Finishes drafts as `killed`, unless they say themselves how they ended; what still runs is never touched.

    Args:
        registry: whose drafts.
        author: who commits.
        prefix: the start of one draft's id, which may have been started on another machine; when None every draft that
            has ended, or whose process is gone, or was silent for long elsewhere.
        progress: what is shown while artifacts are stored.

    Raises:
        NotFoundError: if no draft's id starts so; AmbiguousError if several do.
        AnswerIsNoError: if the one that was named still runs.
    """
    _sweep(registry)
    if prefix is not None:
        [draft] = to_finish(registry, prefix)
        return Recovered((_finish(registry, draft, author, progress),))
    finished: list[Candidate] = []
    faults: list[GitregError] = []
    for draft in to_finish(registry):
        try:
            finished.append(_finish(registry, draft, author, progress))
        except GitregError as error:
            faults.append(error)  # a damaged draft keeps nobody from finishing the others
    return Recovered(tuple(finished), tuple(faults))


def to_finish(registry: Registry, prefix: str | None = None) -> list[Draft]:
    """The drafts that `recover` finishes, or says why it cannot.

    Raises:
        as `recover`.
    """
    found = drafts(drafts_folder(registry))
    return [draft for draft in found if _is_over(draft)] if prefix is None else [_named(found, prefix)]


def _is_over(draft: Draft) -> bool:
    """Whether its process is gone, or said how it ended: then its commit failed, or is being made just now."""
    try:
        return draft.liveness == "dead" or draft.ended is not None
    except (NotFoundError, FileNotFoundError):
        return False  # its own process, or another recover, finished it just now
    except RecordError:
        return True  # it is damaged, as finishing it will say


def _finish(registry: Registry, draft: Draft, author: Author, progress: Progress) -> Candidate:
    with suppress(NotFoundError, FileNotFoundError):  # finished just now, as finish_draft will find
        end_draft(draft, "killed", draft.last_heard)
    return finish_draft(registry, draft, author, status="killed", progress=progress)


def _sweep(registry: Registry) -> None:
    """What dead processes left half-made is nobody's; each act sweeps its own places, and this one all of them."""
    sweep_drafts(drafts_folder(registry))
    registry.cache.sweep()
    registry.repository.sweep()


def _named(found: list[Draft], prefix: str) -> Draft:
    matching = [draft for draft in found if draft.id.startswith(prefix)]
    if not matching:
        raise NotFoundError(f"no draft's id starts with {prefix!a}", hint="gitreg status")
    if len(matching) > 1:
        ids = ", ".join(draft.id[:12] for draft in matching[:10])
        raise AmbiguousError(
            f"{len(matching)} drafts' ids start with {prefix!a}: {ids}", hint="give more digits"
        )
    if matching[0].liveness == "running" and matching[0].ended is None:
        mark = matching[0].start.process
        raise AnswerIsNoError(
            f"the draft {matching[0].id} still runs, in process {mark.pid}", hint="gitreg status"
        )
    return matching[0]
