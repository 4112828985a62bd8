"""Curves of a version's candidate beside those of the current version's: read once, in a bounded number of points.

Tables of points are artifacts of candidates, proven by the manifest that the candidate's record names. What cannot be read is
left out, and said: no review waits for a curve.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from gitreg.artifacts import StoredFile
from gitreg.artifacts.proven import proven_file
from gitreg.artifacts.storage import Storage
from gitreg.documents import places
from gitreg.domain.candidate import Candidate
from gitreg.errors import GitregError, NotFoundError
from gitreg.store import Snapshot
from gitreg.workflows.candidates.plot_curves import TABLE
from gitreg.workflows.registry import Registry
from gitreg.workflows.report.thinning import Thinned
from gitreg.workflows.report.values import Curves
from gitreg.workflows.searching.plots import Plot, Series
from gitreg.workflows.storage import open_storage
from gitreg.workflows.versions.fetch_artifacts import listed_artifacts

DRAWN = 12
"""Curves that are drawn at most."""
LIMIT = 64 * 1024 * 1024
"""Bytes of a table of points that are read at most."""
Points = dict[str, Thinned]
Named = tuple[str, Candidate]


def compared_curves(
    registry: Registry, candidates: Snapshot, shown: Sequence[Named], order: Iterable[str]
) -> tuple[Curves, tuple[str, ...]]:
    """The curves, and why some of them are left out.

    Args:
        registry: where artifacts are.
        candidates: the candidate branch, as far as it is known.
        shown: the version's name and candidate, then those of the current version where there is one.
        order: names of metrics, the most important first.
    """
    named = [key for key in order if any(key in one.curves for _, one in shown)]
    wanted, left_out = named[:DRAWN], len(named[DRAWN:])
    found: list[tuple[str, Points]] = []
    notes: list[str] = []
    for name, candidate in shown:
        keys = [key for key in wanted if key in candidate.curves]
        try:
            found.append((name, _points(registry, candidates, candidate, keys) if keys else {}))
        except GitregError as error:
            notes.append(f"the curves of {name} are left out: {error}")
    plots = [plot for key in wanted if (plot := _plot(key, found)) is not None]
    return Curves(tuple(plots), left_out if plots else 0), tuple(notes)


def _plot(metric: str, found: Iterable[tuple[str, Points]]) -> Plot | None:
    series = []
    for name, points in found:
        kept = points[metric].points() if metric in points else []
        if len(kept) > 1:
            xs, ys = zip(*kept, strict=True)
            series.append(Series(name, xs, ys, is_line=True))
    return Plot("step", metric, tuple(series)) if series else None


def _points(
    registry: Registry, candidates: Snapshot, candidate: Candidate, metrics: Collection[str]
) -> Points:
    """The points of some metrics.

    Raises:
        GitregError: whatever is in the way.
    """
    storage = open_storage(registry)
    file = _table(registry, candidates, candidate, storage)
    with proven_file(file, registry.cache, storage, limit=LIMIT) as path:
        if path.lstat().st_size > LIMIT:
            raise NotFoundError(f"{TABLE} has more than {LIMIT} bytes")
        return _read(path, metrics)


def _table(registry: Registry, candidates: Snapshot, candidate: Candidate, storage: Storage) -> StoredFile:
    """Where the table of points is, by the manifest that the version's own copy of the candidate names."""
    where = candidate.experiment, candidate.id
    paths = places.candidate_manifest_path(*where), places.candidate_dvc_path(*where)
    try:
        found = listed_artifacts(candidates, str(candidate), candidate.artifacts, paths, TABLE)
    except NotFoundError as error:
        raise NotFoundError(f"the candidate branch here has no artifacts of {candidate}") from error
    folder = registry.cache.folder(found.dir_md5, found.manifest, storage, sizes=False)
    return next(file for file in folder.files if file.path == TABLE)


def _read(path: Path, metrics: Collection[str]) -> Points:
    found: Points = {key: Thinned() for key in metrics}
    try:
        with path.open(encoding="utf-8", newline="") as table:
            for line in csv.DictReader(table):
                points = found.get(line["metric"])
                if points is None:
                    continue
                value = float(line["value"])
                if math.isfinite(value):
                    points.add(_step(line["step"]), value)
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise NotFoundError(f"{TABLE} is no table of points") from error
    return found


def _step(text: str) -> int:
    """A step as records hold them; a larger one could not be drawn."""
    step = int(text)
    if abs(step) >= 2**63:
        raise ValueError("not a step")
    return step
