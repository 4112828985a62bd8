"""Experiments as the index knows them: how many candidates they have, and which is best or latest."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitreg.index.query.hidden import BEHIND_DRAFTS

_COUNTS = """SELECT slug, status, candidates.deleted IS NOT NULL, draft, count(*) FROM candidates JOIN experiments USING (e)
    WHERE n NOT IN ({behind}){where} GROUP BY candidates.e, status, candidates.deleted IS NOT NULL, draft"""
_BEST = """SELECT c.n FROM metrics JOIN candidates c USING (n)
    WHERE k = (SELECT k FROM keys WHERE kind = 'metrics' AND name = ?) AND e = (SELECT e FROM experiments WHERE slug = ?)
    AND value IS NOT NULL AND status = 'finished' AND deleted IS NULL AND draft = 0
    ORDER BY value {direction}, created DESC, id DESC LIMIT 1"""
_LATEST = """SELECT n FROM candidates WHERE e = (SELECT e FROM experiments WHERE slug = ?) AND deleted IS NULL AND draft = 0
    ORDER BY created DESC, id DESC LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many candidates there are.

    Args:
        by_status: committed ones that are not deleted; one that goes on as a draft is counted there.
        deleted: those that were deleted.
        drafts: those that run on this machine, or ended and are not committed yet.
    """

    by_status: Mapping[str, int] = field(default_factory=dict)
    deleted: int = 0
    drafts: int = 0

    @property
    def living(self) -> int:
        """Committed ones that are not deleted."""
        return sum(self.by_status.values())


def counts(connection: sqlite3.Connection, slug: str | None = None) -> dict[str, Counts]:
    """How many candidates each experiment has that has any, or the one of that slug."""
    where, values = (" AND slug = ?", (slug,)) if slug is not None else ("", ())
    found: dict[str, dict[str, Any]] = {}
    for name, status, deleted, draft, many in connection.execute(
        _COUNTS.format(behind=BEHIND_DRAFTS, where=where), values
    ):
        sums = found.setdefault(name, {"by_status": {}, "deleted": 0, "drafts": 0})
        if draft:
            sums["drafts"] += many
        elif deleted:
            sums["deleted"] += many
        else:
            sums["by_status"][status] = many
    return {name: Counts(**sums) for name, sums in found.items()}


def best(connection: sqlite3.Connection, slug: str, metric: str, *, least: bool) -> int | None:
    """The number of the finished candidate with the greatest or least value; of equal ones the newest, then by id."""
    direction = "ASC" if least else "DESC"
    return _one(connection, _BEST.format(direction=direction), (metric, slug))


def latest(connection: sqlite3.Connection, slug: str) -> int | None:
    """The number of the candidate that was created last."""
    return _one(connection, _LATEST, (slug,))


def _one(connection: sqlite3.Connection, asked: str, values: tuple[str, ...]) -> int | None:
    found = connection.execute(asked, values).fetchone()
    return found[0] if found else None
