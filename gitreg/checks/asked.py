"""What rules ask of places that they do not know: the candidate branch's history, the artifact storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from gitreg.artifacts import DvcOut
from gitreg.domain.manifest import Manifest

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Origin:
    """Whether a record was ever on the candidate branch.

    Args:
        is_there: whether it is known to have been.
        lack: why nobody can tell; nothing where that is known.
        severity: of not being able to tell.
    """

    is_there: bool
    lack: str = ""
    severity: Severity = "error"


class Origins(Protocol):
    """The history of the candidate branch."""

    def find(self, path: str, content: bytes) -> Origin:
        """Whether a file on the candidate branch ever had this content."""


class Stored(Protocol):
    """The artifact storage."""

    def fault(self, out: DvcOut, manifest: Manifest, size: int) -> str | None:
        """What of the files that a version needs is not in the storage as recorded; None where all is.

        Args:
            out: from the version's DVC file.
            manifest: of the version.
            size: bytes of all files, as recorded.

        Raises:
            RemoteError: if the storage cannot be reached: that is no answer.
        """
