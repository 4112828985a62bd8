"""What is asked of the index, and what it answers: candidates by number, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Deleted = Literal["no", "too", "only"]


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for.

    Args:
        filter: a text of the filter language; empty, everything meets it.
        order: keys such as `metrics.auc`, `-metrics.auc` or `metrics.auc DESC`, the first counting most; then, and without
            any, the newest comes first, and candidates of one moment by their ids.
        experiments: slugs; None means all.
        deleted: whether candidates that were deleted, or whose experiment was, are left out, or among the others, or alone.
        drafts: whether candidates that run on this machine are among the others.
        limit: the most candidates of a page; None means no bound.
        token: where the page begins: the `token` of the page before, for the same filter, order and experiments.
    """

    filter: str = ""
    order: tuple[str, ...] = ()
    experiments: tuple[str, ...] | None = None
    deleted: Deleted = "no"
    drafts: bool = True
    limit: int | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Candidates in order.

    Args:
        numbers: their `candidates.n`.
        token: where the next page begins; None when this is the last.
    """

    numbers: tuple[int, ...]
    token: str | None


@dataclass(frozen=True, slots=True)
class Column:
    """A key that some candidates have.

    Args:
        kind: `metrics`, `params` or `tags`.
        key: its name.
        count: how many candidates have it.
    """

    kind: str
    key: str
    count: int
