"""What the index asks of a repository. `gitreg.gitrepo.reading.Reading` is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from gitreg.gitrepo.names import ObjectId
from gitreg.gitrepo.process import Layout


class Source(Protocol):
    """A repository that is only read."""

    layout: Layout

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment that it was opened with."""

    def is_commit(self, id_: ObjectId) -> bool:
        """Whether a commit is in it."""

    def changed_blobs(
        self, old: ObjectId | None, new: ObjectId, prefix: str
    ) -> Iterator[tuple[str, ObjectId | None]]:
        """Path and blob of every file below `prefix` that differs, in the order of trees; None where it is gone."""

    def blobs(self, ids: Iterable[ObjectId]) -> Iterator[tuple[ObjectId, bytes | None]]:
        """Contents in the order asked; None for what is not there, or too large for a record."""

    def close(self) -> None:
        """Ends its processes."""
