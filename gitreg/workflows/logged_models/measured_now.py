"""What running candidates measured of logged models so far: read from their journals, each on from where it was left.

The records get it when the candidates end (logged_model_metrics.py).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from gitreg.domain.curves import MetricPoint
from gitreg.domain.logged_model import ModelMetric
from gitreg.drafts import Draft, drafts
from gitreg.drafts.draft import JOURNAL
from gitreg.drafts.journal import Journal
from gitreg.drafts.lines import parse
from gitreg.errors import GitregError, NotFoundError
from gitreg.workflows.logged_models.metrics import value_of

MARK = b'"model":'
"""In the line of every point of a logged model, and in few others: the rest of a journal is not parsed."""


@dataclass
class _Read:
    """What a journal said until a place in it.

    Args:
        inode: the journal's.
        offset: the place, in bytes: where the last line but one ends, for the last may not be whole.
        size: of the journal when it was read.
        values: what was measured, with the model's id.
    """

    inode: int
    offset: int = 0
    size: int = -1
    values: list[tuple[str, ModelMetric]] = field(default_factory=list)
    last: list[tuple[str, ModelMetric]] = field(default_factory=list)


class Measuring:
    """Follows the drafts of one registry. What it remembers are places in files; another process may begin anew."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, _Read] = {}

    def values(self) -> dict[str, list[ModelMetric]]:
        """What was measured until now, by the model's id; each draft's in the order in which it was logged."""
        there = drafts(self._folder)
        self._known = {draft.id: self._known[draft.id] for draft in there if draft.id in self._known}
        found: dict[str, list[ModelMetric]] = {}
        for draft in there:
            with suppress(NotFoundError, OSError):  # it ended at this moment: the record has it
                for model, value in self._read_on(draft):
                    found.setdefault(model, []).append(value)
        return found

    def _read_on(self, draft: Draft) -> list[tuple[str, ModelMetric]]:
        path = draft.folder / JOURNAL
        status = os.stat(path)  # noqa: PTH116 - two numbers of one call
        known = self._known.get(draft.id)
        if known is None or known.inode != status.st_ino or known.size > status.st_size:
            known = self._known[draft.id] = _Read(status.st_ino)
        if known.size != status.st_size:
            known.size = status.st_size
            _follow(known, draft, Journal(path).lines_after(known.offset))
        return [*known.values, *known.last]


def _follow(known: _Read, draft: Draft, lines: Iterable[tuple[bytes, int]]) -> None:
    known.last, behind = [], known.offset
    for text, end in lines:
        known.values += known.last
        known.offset, behind = behind, end
        known.last = _measured(text, draft)


def _measured(text: bytes, draft: Draft) -> list[tuple[str, ModelMetric]]:
    if MARK not in text:
        return []
    with suppress(ValueError, GitregError):  # what no gitreg wrote: finishing the draft tells
        point = parse(text)
        if isinstance(point, MetricPoint) and point.model is not None:
            return [(point.model, value_of(point, draft.id, point.time or draft.start.created))]
    return []
