"""How tests search a registry: the records that an answer holds, all of them read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from gitreg.domain.candidate import Candidate
from gitreg.index.query.values import Query
from gitreg.workflows.registry import Registry
from gitreg.workflows.searching.found_candidates import Found, find_candidates

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def search(registry: Registry, words: str = "", experiments: Sequence[str] = (), **asked: object) -> Found:
    """What a search finds."""
    return find_candidates(registry, Query(words, **asked), experiments, NOW)  # type: ignore[arg-type]


def searched(
    registry: Registry, words: str = "", experiments: Sequence[str] = (), **asked: object
) -> list[Candidate]:
    """The records of what a search finds."""
    found = search(registry, words, experiments, **asked)
    return found.records(0, len(found.places))
