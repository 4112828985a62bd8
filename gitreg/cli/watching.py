"""How far the making of an index is: a bar where a person waits, loaded when there is something to wait for."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from gitreg.cli.loading import load
from gitreg.workflows.searching.search import Watch, unwatched

LABEL = "indexing candidates"


@contextmanager
def watch_on(environ: Mapping[str, str]) -> Iterator[Watch]:
    """What tells a person on a terminal how far it is; it leaves nothing behind."""
    if not sys.stderr.isatty() or environ.get("TERM") == "dumb":
        yield unwatched
        return
    bars: list[Any] = []

    def watch(done: int, total: int) -> None:
        if not bars and done < total:
            bars.append(
                load("gitreg.render.count_terminal:CountBar")(LABEL, colour=not environ.get("NO_COLOR"))
            )
        for bar in bars:
            bar.show(done, total)

    try:
        yield watch
    finally:
        for bar in bars:
            bar.close()
