"""What would be signed, and cannot be yet."""

from __future__ import annotations

from dataclasses import dataclass

from gitreg.errors import GitregError


@dataclass(frozen=True)
class Waiting:
    """A tag that cannot be made now, or ever, and why.

    Args:
        tag: its full name.
        error: why, and what to do.
    """

    tag: str
    error: GitregError
