"""A running candidate as the record that it would become now, read while it grows. Reads only."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from gitreg.domain.candidate import Candidate, Status, name_from
from gitreg.domain.curves import Folding
from gitreg.domain.record import Person
from gitreg.domain.reference import CandidateReference
from gitreg.domain.words import slug_of
from gitreg.drafts import Draft, drafts
from gitreg.errors import AmbiguousError, CredentialsError, NotFoundError
from gitreg.workflows.find import find_candidate, parsed
from gitreg.workflows.finish_draft import drafts_folder
from gitreg.workflows.registry import Registry, author_at

NOBODY = Person(name="unknown", email="unknown@localhost")


def find_candidate_or_draft(registry: Registry, reference: str) -> Candidate:
    """The candidate that a reference names, or the draft whose id starts so, with what was logged until now.

    Raises:
        UsageError: if the reference has none of the forms.
        NotFoundError: if there is neither; AmbiguousError if there are several.
    """
    try:
        return find_candidate(registry, reference)
    except AmbiguousError:
        raise
    except NotFoundError:
        found = parsed(reference)
        running = _drafts_of(registry, found) if isinstance(found, CandidateReference) else []
        if not running:
            raise
        if len(running) > 1:
            ids = ", ".join(draft.id[:12] for draft in running[:10])
            raise AmbiguousError(
                f"{len(running)} drafts' ids start with {reference}: {ids}", hint="give more digits"
            ) from None
        return so_far(registry, running[0])


def so_far(registry: Registry, draft: Draft) -> Candidate:
    """What a draft holds now, as a record; `running` while its process may live.

    Raises:
        RecordError: if the draft is damaged.
        NotFoundError: if it was finished just now.
    """
    start, folding = draft.start, Folding()
    content = draft.read(folding.add)
    folded = folding.folded()
    return Candidate(
        id=start.id,
        experiment=slug_of(start.experiment),
        name=start.name or name_from(content.params, start.id),
        status=_status(draft),
        created=start.created,
        finished=content.ended.time if content.ended else None,
        author=_author(registry),
        parent=start.parent,
        code=start.code,
        data=[*start.data, *(one for one in content.data if one not in start.data)],
        params=content.params,
        metrics=folded.metrics,
        points=folded.points,
        curves=folded.curves,
        tags=content.tags,
        notes=content.notes,
        environment=start.environment,
        ci=start.ci,
    )


def _status(draft: Draft) -> Status:
    ended = draft.ended
    if ended is not None:
        return ended.status
    return "killed" if draft.liveness == "dead" else "running"


def _author(registry: Registry) -> Person:
    """Whoever would finish it here; to look at it one needs no name."""
    with suppress(CredentialsError):
        author = author_at(registry, datetime.fromtimestamp(0, UTC))
        return Person(name=author.name, email=author.email)
    return NOBODY


def _drafts_of(registry: Registry, found: CandidateReference) -> list[Draft]:
    matching = [draft for draft in drafts(drafts_folder(registry)) if draft.id.startswith(found.prefix)]
    return [draft for draft in matching if found.experiment in {None, slug_of(draft.start.experiment)}]
