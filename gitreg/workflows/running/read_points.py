"""Metric points of a candidate, running or ended: from its journal, its table of points, or its record.

The very same point that was logged twice is one point, as in MLflow.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gitreg.artifacts import SILENT, Progress
from gitreg.domain.candidate import Candidate
from gitreg.domain.curves import MetricPoint
from gitreg.drafts import Draft
from gitreg.workflows.contents.read_table import identity, record_files, record_points, whole_record
from gitreg.workflows.registry import Registry
from gitreg.workflows.running.draft_record import record_before


def read_points(
    registry: Registry, of: Candidate | Draft, metric: str | None = None, *, progress: Progress = SILENT
) -> list[MetricPoint]:
    """All points of a metric, or of every metric; of each metric in the order in which they were logged.

    A point that was logged without a step has none, if it is the only one of its metric; in a table it has step 0.

    Args:
        registry: where the candidate is.
        of: its record, or its draft.
        metric: its name; every metric when None.
        progress: what is shown while a table is fetched.

    Raises:
        NotFoundError: if the draft was finished at this moment: then the candidate is committed.
        VerificationError: if the table of points is missing, or is not what was recorded.
    """
    found: dict[tuple[object, ...], MetricPoint] = {}

    def take(point: MetricPoint) -> None:
        if metric is None or point.key == metric:
            found.setdefault(identity(point), point)

    if isinstance(of, Draft):
        _take_draft(registry, of, take, metric, progress)
    else:
        files = partial(record_files, registry.candidates, of.experiment, of.id)
        for point in record_points(registry, of, files, metric, progress=progress):
            take(point)
    return list(found.values())


def _take_draft(
    registry: Registry,
    draft: Draft,
    take: Callable[[MetricPoint], object],
    metric: str | None,
    progress: Progress,
) -> None:
    bases = draft.bases
    before = record_before(draft.start, bases)
    if before is not None:
        before = whole_record(registry, before, lambda: bases[0], progress=progress)
    if before is not None and before.curves:  # its other metrics are in the journal
        curves = before.model_copy(
            update={"metrics": {key: before.metrics[key] for key in before.curves}, "extra": {}}
        )
        for point in record_points(registry, curves, lambda: bases[0], metric, progress=progress):
            take(point)
    if metric is None:
        draft.read(take)
        return
    for point in draft.points(metric):
        take(point)
