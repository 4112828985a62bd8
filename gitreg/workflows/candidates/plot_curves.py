"""The points of one metric of some candidates: of finished ones from their table of points, of running ones from the journal.

Tables are artifacts: they come from the cache of this machine, or from the registry's storage, every byte proven.
"""

from __future__ import annotations

import csv
import math
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from gitreg.artifacts import SILENT, Progress
from gitreg.drafts import Draft
from gitreg.errors import NotFoundError
from gitreg.index.row import Row
from gitreg.workflows.registry import Registry
from gitreg.workflows.running.finish_draft import drafts_folder
from gitreg.workflows.running.read_points import read_points
from gitreg.workflows.searching.plots import Plot, Series
from gitreg.workflows.versions.fetch_artifacts import fetch_artifacts, find_artifacts

TABLE = ".gitreg/curves.csv"
KEPT = 4096
"""Points of a curve that are drawn at most; no terminal is wider."""


def curves(registry: Registry, rows: Iterable[Row], metric: str, progress: Progress = SILENT) -> Plot:
    """The curves of a metric; candidates without one are counted.

    Raises:
        VerificationError: if a table is missing, or is not what was recorded.
    """
    series, left_out = list[Series](), 0
    for row in rows:
        found = _thinned(_points(registry, row, metric, progress))
        if len(found) > 1:
            xs, ys = zip(*found, strict=True)
            series.append(Series(f"{row.id[:8]} {row.name}", xs, ys, is_line=True))
        else:
            left_out += 1
    return Plot("step", f"metrics.{metric}", tuple(series), left_out)


def _points(registry: Registry, row: Row, metric: str, progress: Progress) -> Iterator[tuple[float, float]]:
    """Step and value; where no steps were logged, the points are counted."""
    found = _drafted(registry, row, metric) if row.draft else _recorded(registry, row, metric, progress)
    steps, values = list[int](), list[float]()
    for step, value in found:
        if math.isfinite(value):
            steps.append(step)
            values.append(value)
    order = range(1, len(values) + 1) if len(set(steps)) <= 1 else steps
    yield from sorted(zip(map(float, order), values, strict=True))


def _drafted(registry: Registry, row: Row, metric: str) -> Iterator[tuple[int, float]]:
    with suppress(NotFoundError):  # it ended this moment
        points = read_points(registry, Draft(drafts_folder(registry) / row.id), metric)
        yield from ((point.step or 0, point.value) for point in points)


def _recorded(registry: Registry, row: Row, metric: str, progress: Progress) -> Iterator[tuple[int, float]]:
    try:
        found = find_artifacts(registry, row.id, TABLE)
    except NotFoundError:
        return
    with tempfile.TemporaryDirectory(prefix="gitreg-") as folder:
        fetch_artifacts(registry, found, Path(folder, "artifacts"), progress=progress)
        with Path(folder, "artifacts", TABLE).open(encoding="utf-8", newline="") as table:
            for line in csv.DictReader(table):
                if line["metric"] == metric:
                    yield int(line["step"]), float(line["value"])


def _thinned(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """So many that a screen can tell them apart, the last among them."""
    found = list(points)
    if len(found) <= KEPT:
        return found
    step = math.ceil(len(found) / KEPT)
    return [*found[:-1:step], found[-1]]
