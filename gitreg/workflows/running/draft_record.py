"""A draft as a record: what its start, its journal and its points come to. Knows no files and no commits."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.documents.reader import read
from gitreg.domain.candidate import ArtifactSummary, Candidate, name_from
from gitreg.domain.curves import Folded
from gitreg.domain.record import Person
from gitreg.domain.words import slug_of
from gitreg.drafts import Base, DraftContent, DraftStart, joined_data


@dataclass(frozen=True)
class Known:
    """What a draft itself does not say.

    Args:
        author: who logs it; whoever logged it first stays its author.
        before: the record that it was reopened from, if it was.
        artifacts: what it holds.
    """

    author: Person
    before: Candidate | None = None
    artifacts: ArtifactSummary | None = None


def draft_record(start: DraftStart, content: DraftContent, folded: Folded, known: Known) -> Candidate:
    """The record that a draft is.

    Raises:
        ValueError: for what cannot be recorded.
    """
    before = known.before
    return Candidate(
        id=start.id,
        experiment=slug_of(start.experiment),
        name=content.name or start.name or name_from(content.params, start.id),
        status=content.status,
        created=start.created,
        finished=content.ended.time if content.ended else None,
        author=before.author if before else known.author,
        parent=start.parent,
        code=start.code,
        data=joined_data(start.data, content.data),
        params=content.params,
        metrics=folded.metrics,
        points=folded.points,
        curves=folded.curves,
        tags=content.tags,
        notes=content.notes,
        environment=start.environment,
        ci=start.ci,
        artifacts=known.artifacts,
        deleted=content.deleted,
        extra=before.extra if before else {},
        user=start.user,
        models=content.models,
    )


def record_before(start: DraftStart, bases: list[Base]) -> Candidate | None:
    """The record that a draft was reopened from; None for one that began as a draft.

    Raises:
        RecordError: if it cannot be read.
    """
    if start.base is None or not bases:
        return None
    return read(bases[0].record, Candidate, f"{start.id}.yaml")
