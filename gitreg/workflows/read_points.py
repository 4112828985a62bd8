"""Metric points of a candidate, running or ended: from its journal, its table of points, or its record.

The very same point that was logged twice is one point, as in MLflow.
"""

from __future__ import annotations

from gitreg.artifacts import SILENT, Progress
from gitreg.domain.candidate import Candidate
from gitreg.domain.curves import MetricPoint
from gitreg.drafts import Draft
from gitreg.workflows.registry import Registry


def read_points(
    registry: Registry, of: Candidate | Draft, metric: str | None = None, *, progress: Progress = SILENT
) -> list[MetricPoint]:
    """All points of a metric, or of every metric, in no order that means anything.

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
    raise NotImplementedError
