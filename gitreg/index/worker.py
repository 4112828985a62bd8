"""A process that reads candidates for a build: files in by standard input, what stands in them out by standard output.

A process of its own and not `multiprocessing`: that would import the caller's script once more, or fork a process that has
threads (docs/adr/0015-index.md). Between two processes of one gitreg `marshal` is the quickest, and trusts nobody else.
"""

from __future__ import annotations

import marshal
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from gitreg.gitrepo.names import ObjectId
from gitreg.gitrepo.process import Layout
from gitreg.gitrepo.reading import Reading
from gitreg.index.found import KINDS, read
from gitreg.index.source import Source

READY = b"gitreg"
START = (
    "import sys, marshal; sys.path[:] = marshal.load(sys.stdin.buffer);"
    " from gitreg.index.worker import main; main(sys.stdin.buffer, sys.stdout.buffer)"
)


def main(orders: BinaryIO, answers: BinaryIO) -> None:
    """Answers orders until there are no more, or nobody listens."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # a terminal tells everybody; whoever started this one ends it
    try:
        answers.write(READY)
        answers.flush()
        layout, environ = marshal.load(orders)  # noqa: S302 - from the process that started this one
        with Reading(_layout(layout), environ) as source:
            for files in _orders(orders):
                marshal.dump(_answer(source, files), answers)
                answers.flush()
    except BrokenPipeError:
        sys.stdout = None  # nothing to flush any more


def told(layout: Layout) -> list[str | None]:
    """A layout as it is sent."""
    return [
        None if path is None else str(path) for path in (layout.git_dir, layout.common_dir, layout.work_tree)
    ]


def _layout(words: list[str | None]) -> Layout:
    git_dir, common_dir, work_tree = words
    return Layout(Path(str(git_dir)), Path(str(common_dir)), Path(work_tree) if work_tree else None)


def _orders(orders: BinaryIO) -> Iterator[list[tuple[str, ObjectId]]]:
    try:
        while True:
            yield marshal.load(orders)  # noqa: S302 - from the process that started this one
    except EOFError:
        return


def _answer(source: Source, files: list[tuple[str, ObjectId]]) -> list[tuple[object, ...]]:
    return [(KINDS.index(type(one)), *one) for one in read(source, files)]
