"""A candidate as a list shows it: the values of its record that can be searched.

Named tuples: the class costs a tenth of a frozen dataclass to make, when every millisecond of a start counts, and so do a
hundred thousand rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, TypeAlias

Point: TypeAlias = tuple[int, datetime | None]


class Dataset(NamedTuple):
    """Data that was used."""

    name: str
    uri: str
    digest: str | None
    context: str
    fingerprint: str = ""


class Row(NamedTuple):
    """One candidate, as the index knows it.

    Args:
        n: its number in this index, which another index need not share.
        id: 32 hex digits.
        experiment: the experiment's slug.
        author: as `Name <mail>`.
        repository: where the code is.
        revision: the code's commit.
        branch: the code's branch.
        dirty: whether the code was more than its commit.
        params: text by key, sorted.
        metrics: the last value by key, sorted; NaN and infinities are values.
        files: how many artifacts it has; None without any, as `size` (bytes) and `manifest` (its digest) are.
        deleted: when it was deleted; None while it is not.
        blob: id of the record's bytes in Git; None for a draft.
        draft: whether it is running, or ended and not yet committed.
        user: who ran it, as the program said; the author where it did not.
        points: step and time of the last values of metrics, by key; of those that were logged with either.
    """

    n: int
    id: str
    experiment: str
    name: str
    status: str
    created: datetime
    finished: datetime | None
    author: str | None
    parent: str | None
    repository: str | None
    revision: str | None
    branch: str | None
    dirty: bool
    notes: str
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    datasets: tuple[Dataset, ...]
    files: int | None
    size: int | None
    manifest: str | None
    deleted: datetime | None
    blob: str | None
    draft: bool
    user: str | None = None
    points: Mapping[str, Point] = {}
