"""Processes that read candidates, and this one in their place where there can be none. Knows pipes, no tables."""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain, cycle
from pathlib import Path

from gitreg.gitrepo.names import ObjectId
from gitreg.index.found import KINDS, Found, read
from gitreg.index.source import Source
from gitreg.index.worker import READY, START, told

MOST = 4
_FAILED = (OSError, EOFError, ValueError, TypeError)
"""What reading from a process that died comes to."""
Chunk = list[tuple[str, ObjectId]]


class Worker:
    """One process that reads; it ends with `end`, with what it is asked by, or with the process that started it."""

    def __init__(self, source: Source) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", START], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
        )
        assert self._process.stdin is not None  # noqa: S101 - Popen was given pipes
        assert self._process.stdout is not None  # noqa: S101 - Popen was given pipes
        self._orders, self._answers = self._process.stdin, self._process.stdout
        self._is_ready = False
        self._first: list[object] = [sys.path, (told(source.layout), dict(source.environ))]

    def order(self, chunk: Chunk) -> None:
        """Asks it to read files."""
        for words in (*self._first, chunk):
            self._orders.write(marshal.dumps(words))  # type: ignore[arg-type]  # text, lists and mappings
        self._first = []
        self._orders.flush()

    def answer(self) -> list[Found]:
        """What stands in the files that it was asked for first."""
        if not self._is_ready and self._answers.read(len(READY)) != READY:
            raise EOFError
        self._is_ready = True
        found = marshal.load(self._answers)  # noqa: S302 - from a process that this one started
        return [KINDS[kind](*values) for kind, *values in found]

    def end(self) -> None:
        """Ends it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._orders, self._answers):
            with suppress(OSError):
                pipe.close()


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_all(source: Source, chunks: Iterable[Chunk], workers: int | None) -> Iterator[list[Found]]:
    """What stands in files, chunk by chunk in their order, read by several processes; by this one when they fail.

    Args:
        source: the repository.
        chunks: the files.
        workers: how many processes; None for one a core, where there are several.
    """
    waiting: deque[Chunk] = deque()
    rest = iter(chunks)
    with suppress(*_FAILED), _crew(source, _number(workers)) as crew:
        yield from _answers(crew, rest, waiting)
    for chunk in chain(waiting, rest):
        yield list(read(source, chunk))


def _number(workers: int | None) -> int:
    if workers is not None:
        return workers
    is_python = Path(sys.executable or "").name.startswith(("python", "pypy"))
    return min(cores(), MOST) if is_python and cores() > 1 else 0


@contextmanager
def _crew(source: Source, number: int) -> Iterator[Sequence[Worker]]:
    with ExitStack() as stack:
        crew = []
        for _ in range(number):
            worker = Worker(source)
            stack.callback(worker.end)
            crew.append(worker)
        yield crew


def _answers(crew: Sequence[Worker], rest: Iterator[Chunk], waiting: deque[Chunk]) -> Iterator[list[Found]]:
    """Each worker in its turn, so that the order of the files stays; what was asked and not answered is `waiting`.

    A worker has one order at a time: so neither side ever writes while the other writes too, however small a pipe is.
    """
    for worker, chunk in zip(crew, rest, strict=False):
        waiting.append(chunk)
        worker.order(chunk)
    for worker in cycle(crew):
        if not waiting:
            return
        found = worker.answer()
        waiting.popleft()
        following = next(rest, None)
        if following is not None:
            waiting.append(following)
            worker.order(following)
        yield found
