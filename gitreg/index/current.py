"""The index, up to date: whatever became of its file, the answers are those of the commit that was asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from gitreg.errors import MachineError
from gitreg.gitrepo.names import ObjectId
from gitreg.index.keeping import SHELF
from gitreg.index.opening import Opened, opened, private, read_only
from gitreg.index.source import Source
from gitreg.index.task import Options
from gitreg.index.trouble import DamagedError, UnusableError, told
from gitreg.index.update import bring

T = TypeVar("T")
_HINT = "Make room there or in the folder for temporary files, and run it again."


@dataclass(frozen=True, slots=True)
class Fault:
    """A file in a candidate's or experiment's place that is none."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Index:
    """The index at one commit, in a transaction that sees nothing else.

    Args:
        connection: for questions.
    """

    connection: sqlite3.Connection

    def faults(self) -> list[Fault]:
        """Files that could not be read, by path."""
        found = self.connection.execute("SELECT path, message FROM faults ORDER BY path")
        return [Fault(path, message) for path, message in found]


def ask(
    source: Source,
    folder: Path,
    tip: ObjectId | None,
    question: Callable[[Index], T],
    options: Options | None = None,
) -> T:
    """Asks the index of a commit.

    Args:
        source: the repository.
        folder: where the index is kept.
        tip: the commit; None for nothing at all.
        question: what is asked; once more, of another index, when this one turns out to be damaged.
        options: how it is brought up to date.

    Raises:
        MachineError: there can be no index at all, as for a full disk.
    """
    chosen = options or Options()
    tries = _Tries(folder, tip, stays=chosen.stays)
    for way in tries:
        with tries.forgiving(), _session(way, source, tip, chosen) as index:
            return question(index)
    raise _no_index(folder)


@contextmanager
def current_index(
    source: Source, folder: Path, tip: ObjectId | None, options: Options | None = None
) -> Iterator[Index]:
    """The index of a commit, for a block of questions; where these can be a function, `ask` is better.

    Raises:
        MachineError: there can be no index at all, or it turned out to be damaged; it is thrown away by then.
    """
    try:
        with ExitStack() as stack:
            yield _entered(stack, source, folder, tip, options or Options())
    except DamagedError as error:
        message = f"the search index in {folder} was damaged, and is thrown away"
        raise MachineError(message, hint="Run it again; the index is made anew.") from error
    except UnusableError as error:
        raise _no_index(folder) from error


def _entered(stack: ExitStack, source: Source, folder: Path, tip: ObjectId | None, options: Options) -> Index:
    tries = _Tries(folder, tip, stays=options.stays)
    for way in tries:
        with tries.forgiving():
            return stack.enter_context(_session(way, source, tip, options))
    raise _no_index(folder)


class _Tries:
    """Ways to have an index, the next one when one failed: one that is open, the file, one made anew, and without any file."""

    def __init__(self, folder: Path, tip: ObjectId | None, *, stays: bool) -> None:
        self._open: list[Callable[[], Opened]] = []
        if stays and (kept := SHELF.take(folder)):
            self._open.append(lambda: kept)
        self._files = [partial(opened, folder), partial(opened, folder)]
        self._others = [partial(read_only, folder, tip), partial(private, folder)]

    def __iter__(self) -> Iterator[Callable[[], Opened]]:
        if self._open:
            yield self._open[0]
            self._open.clear()
        while ways := self._files or self._others:
            yield ways.pop(0)

    @contextmanager
    def forgiving(self) -> Iterator[None]:
        """A block that may fail, so that the next way is tried."""
        try:
            yield
        except DamagedError:
            return
        except UnusableError:
            if not self._open:
                self._files.clear()


@contextmanager
def _session(
    way: Callable[[], Opened], source: Source, tip: ObjectId | None, options: Options
) -> Iterator[Index]:
    found = way()
    put_back = found.close
    try:
        if not bring(found.connection, source, tip, options, found.line):
            raise UnusableError
        yield Index(found.connection)
        if options.stays:
            put_back = partial(SHELF.put, found)
    except sqlite3.DatabaseError as error:
        reason = told(error)
        if reason is error:
            raise
        if isinstance(reason, DamagedError):
            found.throw_away()
        raise reason from error
    finally:
        put_back()


def _no_index(folder: Path) -> MachineError:
    return MachineError(f"there can be no search index, neither in {folder} nor elsewhere", hint=_HINT)
