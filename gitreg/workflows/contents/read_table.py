"""What a candidate's record and the files beside it hold of points: the table is an artifact, every byte of it proven.

It is read again and again, by whoever looks at curves: what came from the storage is kept in DVC's cache, under the name
that it has there.
"""

from __future__ import annotations

import hashlib
import io
import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO, TextIO

from gitreg.artifacts import SILENT, Progress, StoredFile, StoredFolder, deliver
from gitreg.artifacts.cache import open_object_file
from gitreg.documents import places
from gitreg.domain.candidate import Candidate
from gitreg.domain.curves import MetricPoint, lines_about, points_of
from gitreg.drafts import Base
from gitreg.errors import RecordError, VerificationError
from gitreg.store import MANIFEST_LIMIT, Snapshot
from gitreg.workflows.contents.add_files import ListedFolder, stored_files
from gitreg.workflows.contents.record_room import LEFT_OUT, WHOLE, whole_of
from gitreg.workflows.recording.log_candidate import CURVES
from gitreg.workflows.registry import Registry
from gitreg.workflows.storage import open_storage

LONGEST = 4096
"""Characters of a line of a table: a key has 250, and each may be quoted."""
LARGEST = 256 * 1024 * 1024
"""Bytes of what did not fit into a record: it is read at once."""


def record_files(snapshot: Snapshot, experiment: str, candidate: str) -> Base | None:
    """A candidate's record, and the files beside it; None where there is no such candidate."""
    record = snapshot.file(places.candidate_path(experiment, candidate))
    if record is None:
        return None
    manifest = snapshot.file(places.candidate_manifest_path(experiment, candidate), limit=MANIFEST_LIMIT)
    return Base(record, manifest, snapshot.file(places.candidate_dvc_path(experiment, candidate)))


def listed_of(base: Base, record: Candidate) -> ListedFolder | None:
    """The artifacts of a record, as the files beside it list them; None where it has none.

    Raises:
        VerificationError: if these files are missing, or are not those that the record names.
    """
    if record.artifacts is None:
        return None
    if base.manifest is None or base.pointer is None:
        raise VerificationError(f"the files that list the artifacts of {record} are missing", step="content")
    listed = ListedFolder(base.manifest, base.pointer, record.artifacts.size)
    if listed.digest != record.artifacts.manifest:
        raise VerificationError(f"the manifest of {record} is not the one that it names", step="content")
    return listed


def record_points(
    registry: Registry,
    record: Candidate,
    files: Callable[[], Base | None],
    metric: str | None = None,
    *,
    progress: Progress = SILENT,
) -> Iterator[MetricPoint]:
    """The points of a record, of one metric or of all; the table may hold those of others too.

    Args:
        registry: whose.
        record: a candidate's.
        files: tells what is beside it, if the table is needed.
        metric: its name; every metric when None.
        progress: what is shown while a table is fetched.

    Raises:
        VerificationError: if the table is missing, or is not what was recorded.
    """
    record = whole_record(registry, record, files, progress=progress)
    wanted = record.metrics.keys() if metric is None else {metric} & record.metrics.keys()
    for key in record.metrics:
        if key in wanted and key not in record.curves:
            yield MetricPoint(key, record.metrics[key], *record.points.get(key, (None, None)))
    if wanted & record.curves.keys() and (beside := files()) is not None:
        listed = listed_of(beside, record)
        if listed is not None:
            yield from table_points(registry, listed, metric, progress=progress)


def identity(point: MetricPoint) -> tuple[object, ...]:
    """Equal for the very same point, whoever it was measured of; NaN is NaN."""
    value = None if math.isnan(point.value) else point.value
    return point.key, point.step or 0, point.time, value


def table_points(
    registry: Registry, listed: ListedFolder, metric: str | None = None, *, progress: Progress = SILENT
) -> Iterator[MetricPoint]:
    """The points of a folder's table, of one metric or of all; none where it has no table.

    Raises:
        VerificationError: if the table is missing, or is not what was recorded.
        RecordError: if it is none.
    """
    with tempfile.TemporaryDirectory(prefix="gitreg-") as made:
        path = _proven(registry, listed, CURVES, Path(made, "table"), progress)
        if path is None:
            return
        with closing(io.TextIOWrapper(open_object_file(path), encoding="utf-8", newline="")) as text:
            try:
                lines = _lines(text)
                yield from points_of(lines if metric is None else lines_about(metric, lines))
            except ValueError as error:
                raise RecordError(f"{CURVES} is no table of points: {error}") from error


def _lines(table: TextIO) -> Iterator[str]:
    """The lines of a table; a stranger's may be of any length."""
    while line := table.readline(LONGEST):
        if len(line) == LONGEST:
            raise ValueError("a line that is too long")
        yield line


def whole_record(
    registry: Registry, record: Candidate, files: Callable[[], Base | None], *, progress: Progress = SILENT
) -> Candidate:
    """A candidate with what did not fit into its record (record_room.py); mostly the record itself.

    Raises:
        VerificationError: if what did not fit is missing, or is not what was recorded.
    """
    beside = files() if LEFT_OUT in record.extra else None
    listed = listed_of(beside, record) if beside else None
    if listed is None:
        return record
    with tempfile.TemporaryDirectory(prefix="gitreg-") as made:
        path = _proven(registry, listed, WHOLE, Path(made, "whole"), progress)
        if path is not None and path.stat().st_size > LARGEST:
            raise RecordError(f"{WHOLE} of {record} has more than {LARGEST} bytes")
        whole = whole_of(path.read_bytes(), f"{record.id}/{WHOLE}") if path else record
    return whole.model_copy(update={"artifacts": record.artifacts, "extra": record.extra})


def _proven(
    registry: Registry, listed: ListedFolder, name: str, target: Path, progress: Progress
) -> Path | None:
    """One file of a folder, proven by its sha256; None where there is none of that name."""
    folder = stored_files(registry, listed)
    file = next((one for one in folder.files if one.path == name), None)
    if file is None:
        return None
    return _local(registry, file) or _fetched(registry, listed, file, target, progress)


def _local(registry: Registry, table: StoredFile) -> Path | None:
    for path in registry.cache.places(table.md5):
        with suppress(OSError), closing(open_object_file(path)) as file:
            if _sha256(file) == table.sha256:
                return path
    return None


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def _fetched(
    registry: Registry, listed: ListedFolder, table: StoredFile, target: Path, progress: Progress
) -> Path:
    alone = StoredFolder.of([table])
    deliver(alone, target, cache=None, storage=open_storage(registry), size=listed.size, progress=progress)
    registry.cache.learn(table.md5, target / table.path)
    return target / table.path
