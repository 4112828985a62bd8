"""The table of points among a candidate's artifacts, from this machine or from the storage, every byte proven.

It is read again and again, by whoever looks at curves: what came from the storage is kept in DVC's cache, under the name
that it has there.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO

from gitreg.artifacts import SILENT, Progress, StoredFile, StoredFolder, deliver
from gitreg.artifacts.cache import open_object_file
from gitreg.domain.candidate import Candidate
from gitreg.domain.curves import MetricPoint, points_of
from gitreg.drafts import Base
from gitreg.errors import RecordError, VerificationError
from gitreg.workflows.add_files import ListedFolder, stored_files
from gitreg.workflows.log_candidate import CURVES
from gitreg.workflows.registry import Registry
from gitreg.workflows.storage import open_storage


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


def table_points(
    registry: Registry, listed: ListedFolder, *, progress: Progress = SILENT
) -> Iterator[MetricPoint]:
    """The points of a folder's table; none where it has no table.

    Raises:
        VerificationError: if the table is missing, or is not what was recorded.
        RecordError: if it is none.
    """
    folder = stored_files(registry, listed)
    table = next((file for file in folder.files if file.path == CURVES), None)
    if table is None:
        return
    with tempfile.TemporaryDirectory(prefix="gitreg-") as made:
        path = _local(registry, table)
        if path is None:
            path = _fetched(registry, listed, table, Path(made, "table"), progress)
        with closing(io.TextIOWrapper(open_object_file(path), encoding="utf-8", newline="")) as text:
            try:
                yield from points_of(text)
            except ValueError as error:
                raise RecordError(f"{CURVES} is no table of points: {error}") from error


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
    registry.cache.learn(table.md5, target / CURVES)
    return target / CURVES
