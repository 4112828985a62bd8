"""How an index is built, as its callers say it: a value, which costs nothing to import."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Progress = Callable[[int, int], object]


class Way(NamedTuple):
    """How a build is done.

    Args:
        progress: is told how many of how many files were read.
        workers: processes that read, beside this one; 0 for none, None for as many as there are cores, up to 4.
    """

    progress: Progress = lambda _done, _total: None
    workers: int | None = None
