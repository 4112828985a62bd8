"""A running candidate as the record that it would become now, read while it grows. Reads only."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from gitreg.domain.candidate import Candidate
from gitreg.domain.curves import Folding
from gitreg.domain.record import Person
from gitreg.domain.reference import CandidateReference, PickReference
from gitreg.domain.words import slug_of
from gitreg.drafts import Draft, drafts
from gitreg.errors import AmbiguousError, CredentialsError, NotFoundError
from gitreg.workflows.registry import Registry, author_at
from gitreg.workflows.running.draft_record import Known, draft_record, record_before
from gitreg.workflows.running.finish_draft import drafts_folder
from gitreg.workflows.searching.find import find_candidate, parsed

NOBODY = Person(name="unknown", email="unknown@localhost")


def find_candidate_or_draft(registry: Registry, reference: str) -> Candidate:
    """The candidate that a reference names, or the draft whose id starts so, with what was logged until now.

    Raises:
        UsageError: if the reference has none of the forms.
        NotFoundError: if there is neither; AmbiguousError if there are several.
    """
    try:
        candidate = find_candidate(registry, reference)
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
    if not isinstance(parsed(reference), (CandidateReference, PickReference)):
        return candidate  # a version's, which never changes
    return _running_again(registry, candidate) or candidate


def _running_again(registry: Registry, candidate: Candidate) -> Candidate | None:
    """What a candidate that was recorded is in its draft, where it goes on in one."""
    with suppress(NotFoundError, FileNotFoundError):
        return so_far(registry, Draft(drafts_folder(registry) / candidate.id))
    return None


def so_far(registry: Registry, draft: Draft) -> Candidate:
    """What a draft holds now, as a record; `running` while its process may live.

    Raises:
        RecordError: if the draft is damaged.
        NotFoundError: if it was finished just now.
    """
    start, folding = draft.start, Folding()
    content = draft.read(folding.add)
    before = record_before(start, draft.bases)
    known = Known(_author(registry), before, before.artifacts if before else None)
    record = draft_record(start, content, content.join_earlier(folding).folded(), known)
    is_dead = content.ended is None and draft.liveness == "dead"
    return record.model_copy(update={"status": "killed"}) if is_dead else record


def _author(registry: Registry) -> Person:
    """Whoever would finish it here; to look at it one needs no name."""
    with suppress(CredentialsError):
        author = author_at(registry, datetime.fromtimestamp(0, UTC))
        return Person(name=author.name, email=author.email)
    return NOBODY


def _drafts_of(registry: Registry, found: CandidateReference) -> list[Draft]:
    matching = [draft for draft in drafts(drafts_folder(registry)) if draft.id.startswith(found.prefix)]
    return [draft for draft in matching if found.experiment in {None, slug_of(draft.start.experiment)}]
