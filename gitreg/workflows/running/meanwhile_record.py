"""What somebody else added to a candidate while its draft went on from its record: points and files, in another clone say.

Both are added to only, but for files that are removed: so what both sides have is what the record keeps in the end.
"""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.artifacts import Kept, StoredFile
from gitreg.documents.merging_files import CLASHES
from gitreg.documents.reader import read
from gitreg.domain.candidate import Candidate
from gitreg.domain.curves import MetricPoint
from gitreg.domain.manifest import Manifest
from gitreg.drafts import Base
from gitreg.workflows.contents.add_files import RESERVED, stored_files
from gitreg.workflows.contents.read_table import identity, listed_of, record_points
from gitreg.workflows.registry import Registry


@dataclass(frozen=True)
class Added:
    """What is in their record and was not in ours.

    Args:
        points: of metrics.
        files: artifacts, as they are stored.
        size: bytes of these files at most.
    """

    points: tuple[MetricPoint, ...] = ()
    files: tuple[StoredFile, ...] = ()
    size: int = 0

    @property
    def kept(self) -> Kept:
        """The files, to be joined with others."""
        return Kept(self.files, self.size)


NOTHING = Added()


def added_meanwhile(registry: Registry, path: str, before: Base, after: Base) -> Added:
    """What somebody added to a record.

    Args:
        registry: whose.
        path: of the record.
        before: the record as the draft knows it.
        after: as it is now.

    Raises:
        VerificationError: if a table or a listing is missing, or is not what was recorded.
    """
    old, new = read(before.record, Candidate, path), read(after.record, Candidate, path)
    if (old.artifacts, old.metrics) == (new.artifacts, new.metrics):
        return NOTHING
    known = {identity(point) for point in record_points(registry, old, lambda: before)}
    points = [point for point in record_points(registry, new, lambda: after) if identity(point) not in known]
    listed = listed_of(after, new)
    if listed is None or old.artifacts == new.artifacts:
        return Added(tuple(points))
    there = {entry.path: entry.sha256 for entry in Manifest.parse(before.manifest or b"").entries}
    files = [
        file
        for file in stored_files(registry, listed).files
        if there.get(file.path) != file.sha256
        and (file.path.startswith(CLASHES) or not file.path.startswith(RESERVED))
    ]
    return Added(tuple(points), tuple(files), listed.size)
