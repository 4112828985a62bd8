"""Points of metrics that several sides added to one candidate: two points of one curve are no conflict, they are two points.

The table is the same whoever unites whom: sorted, and each point once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from gitreg.domain.candidate import Candidate
from gitreg.domain.curves import MetricPoint
from gitreg.drafts import Base
from gitreg.workflows.contents.curve_table import CurveTable
from gitreg.workflows.contents.read_table import identity, record_points
from gitreg.workflows.contents.record_room import LEFT_OUT
from gitreg.workflows.registry import Registry

MOST = 1_000_000
"""Points that are held in memory; tables of more stay beside each other, as other files do."""


def can_unite_points(sides: Iterable[Candidate]) -> bool:
    """Whether all points of some sides can be held, and are in their tables."""
    known = list(sides)
    count = sum(curve.points for side in known for curve in side.curves.values())
    return count <= MOST and not any(LEFT_OUT in side.extra for side in known)


def united_points(registry: Registry, sides: Iterable[tuple[Candidate, Base]], folder: Path) -> CurveTable:
    """All points of all sides, in one table.

    Args:
        registry: whose storage has the tables.
        sides: the records, with what is beside them.
        folder: for files of the table, which the caller removes.

    Raises:
        VerificationError: if a table is missing, or is not what was recorded.
    """
    found: dict[tuple[object, ...], MetricPoint] = {}
    for record, base in sides:
        for point in record_points(registry, record, partial(_same, base)):
            found.setdefault(identity(point), point)
    table = CurveTable(folder)
    for point in sorted(found.values(), key=_place):
        table.add(point)
    return table


def _same(base: Base) -> Base:
    return base


def _place(point: MetricPoint) -> tuple[str, int, float, bool, float]:
    number = not math.isnan(point.value)
    time = point.time.timestamp() if point.time else -math.inf
    return point.key, point.step or 0, time, number, point.value if number else 0.0
