"""A draft read to its end, with the points of the record that it goes on from: what finishing it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitreg.domain.candidate import Candidate
from gitreg.domain.curves import Folded, MetricPoint
from gitreg.drafts import Draft, DraftContent
from gitreg.errors import RecordError
from gitreg.workflows.contents.curve_table import CurveTable
from gitreg.workflows.contents.read_table import identity, listed_of, table_points, whole_record
from gitreg.workflows.registry import Registry
from gitreg.workflows.running.draft_record import record_before

MEASURED = 5000
"""Points of logged models that are held at most; of more, the last of each series stay."""


@dataclass(frozen=True)
class ReadDraft:
    """All of a draft.

    Args:
        content: what its journal says, without points.
        before: the record that it was reopened from.
        folded: its points, folded.
        table: all points of curves, in a file where they are many; None where there are no curves, or the record's table stays as it is.
        measured: points of logged models.
    """

    content: DraftContent
    before: Candidate | None
    folded: Folded
    table: bytes | Path | None
    measured: tuple[MetricPoint, ...]


def read_draft(
    registry: Registry, draft: Draft, folder: Callable[[], Path], more: Sequence[MetricPoint] = ()
) -> ReadDraft:
    """Reads a draft.

    Args:
        registry: whose draft; its storage is asked where a reopened one has new points.
        draft: the draft.
        folder: makes an empty folder for a table, which the caller removes.
        more: points that somebody else added meanwhile to the record that it goes on from.

    Raises:
        RecordError: if it is damaged, or a newer gitreg wrote to it.
        VerificationError: if the table of the record that it goes on from is missing, or not what was recorded.
    """
    before = _before(registry, draft)
    measured, table = Measured(), CurveTable(folder)
    content = _read(draft, measured, table)
    if before is not None:
        if (
            table.count == len(before.metrics) - len(before.curves) and not more
        ):  # none but what the record had
            folded = Folded(before.metrics, before.points, before.curves, b"")
            return ReadDraft(content, before, folded, None, measured.points)
        measured, table = Measured(), CurveTable(folder)
        for point in _earlier(registry, draft, before):
            table.add(point)
        content = _read(draft, measured, table)
    for point in _new(draft, more):
        table.add(point)
    return ReadDraft(content, before, table.folded(), table.content(), measured.points)


class Measured:
    """Points of logged models, as they come; a training may log every point of its curves so."""

    def __init__(self) -> None:
        self._points: list[MetricPoint] = []

    def add(self, point: MetricPoint) -> None:
        """Takes a point, if it is one of a logged model."""
        if point.model is None:
            return
        self._points.append(point)
        if len(self._points) > 2 * MEASURED:
            self._points = list(_thinned(self._points))

    @property
    def points(self) -> tuple[MetricPoint, ...]:
        """Those that were kept, in the order in which they came."""
        return tuple(self._points)


def _thinned(points: list[MetricPoint]) -> Iterator[MetricPoint]:
    """The last point of each series, and the newest of the others."""
    last = {(one.key, one.model, one.data): at for at, one in enumerate(points)}
    kept = set(last.values())
    yield from (one for at, one in enumerate(points) if at in kept or at >= len(points) - MEASURED)


def _read(draft: Draft, measured: Measured, table: CurveTable) -> DraftContent:
    def take(point: MetricPoint) -> None:
        table.add(point)
        measured.add(point)

    content = draft.read(take)
    if content.unknown:
        kinds = ", ".join(sorted(content.unknown))
        raise RecordError(
            f"the draft {draft.id} holds what only a newer gitreg knows ({kinds}); it is kept",
            hint="finish it with that gitreg",
        )
    return content


def _before(registry: Registry, draft: Draft) -> Candidate | None:
    """The record that a draft was reopened from, with what did not fit into it."""
    bases = draft.bases
    record = record_before(draft.start, bases)
    return whole_record(registry, record, lambda: bases[0]) if record else None


def _new(draft: Draft, more: Sequence[MetricPoint]) -> list[MetricPoint]:
    """Those points that the draft does not have itself: after a crash the record may hold what the draft said."""
    found = {identity(point): point for point in more}
    if found:
        draft.read(lambda point: found.pop(identity(point), None))
    return list(found.values())


def _earlier(registry: Registry, draft: Draft, before: Candidate) -> Iterator[MetricPoint]:
    """The points of the curves that the record has; those of its other metrics are in the journal."""
    listed = listed_of(draft.bases[0], before)
    if before.curves and listed is not None:
        yield from table_points(registry, listed)
