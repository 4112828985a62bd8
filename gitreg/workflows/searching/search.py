"""Searching: questions to the candidates of a registry, answered from the index. What runs on this machine is among them.

Light on purpose (search_place.py says why): running candidates, and what is of weight, are loaded by name where there are any.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from gitreg.domain.words import slug_of
from gitreg.errors import NotFoundError, UsageError
from gitreg.index.contents import Connection, has_drafts, has_experiment
from gitreg.index.current import Index, ask, current_index
from gitreg.index.query.search import count, distinct_columns, search
from gitreg.index.query.values import Column, Page, Query
from gitreg.index.row import Row
from gitreg.index.rows import stream_rows
from gitreg.index.schema import EPOCH
from gitreg.index.task import Options
from gitreg.index.way import Way
from gitreg.workflows.searching.place import NO_BRANCH, SearchPlace

T = TypeVar("T")
DRAFTS = "drafts"
Watch = Callable[[int, int], object]
"""Is told how many of how many candidates were read, where an index is made anew."""


def unwatched(_done: int, _total: int) -> None:
    """Nobody watches."""


class Search:
    """Questions to the candidates as of one commit; while it is open, the answers fit together.

    Args:
        place: where.
        index: the index, which knows the place's commit.
        now: what `7d ago` is counted from.
    """

    def __init__(self, place: SearchPlace, index: Index, now: datetime) -> None:
        self.place = place
        self.index = index
        self.now = now

    def page(self, query: Query) -> Page:
        """The candidates that meet the query, in order.

        Raises:
            FilterError: if the filter or the order means nothing.
        """
        return search(self.index.connection, query, self.now)

    def count(self, query: Query) -> int:
        """How many candidates meet the query."""
        return count(self.index.connection, query, self.now)

    def rows(self, numbers: Sequence[int]) -> Iterator[Row]:
        """The candidates of these numbers, a few hundred at a time."""
        return stream_rows(self.index.connection, numbers)

    def columns(self, slugs: Sequence[str] | None) -> list[Column]:
        """Keys of metrics, params and tags, with how many candidates of these experiments have them."""
        return distinct_columns(self.index.connection, slugs)

    def slugs(self, names: Iterable[str]) -> tuple[str, ...] | None:
        """The slugs of experiments that people name; None for no names, which means all.

        Raises:
            UsageError: if one is no name.
            NotFoundError: if there is no such experiment.
        """
        found = tuple(dict.fromkeys(self.slug(name) for name in names))
        return found or None

    def slug(self, name: str) -> str:
        """The slug of an experiment that people name.

        Raises:
            UsageError: if it is no name.
            NotFoundError: if there is no such experiment.
        """
        slug = experiment_slug(name)
        if not has_experiment(self.index.connection, slug):
            hint = "gitreg experiment list" if self.place.tip else NO_BRANCH
            raise NotFoundError(f"there is no experiment {slug}", hint=hint)
        return slug

    def faults(self) -> list[str]:
        """What is wrong with files in a candidate's place that are none: they are in no answer."""
        return [fault.message for fault in self.index.faults()]


@contextmanager
def searching(place: SearchPlace, now: datetime, watch: Watch = unwatched) -> Iterator[Search]:
    """Brings the index up to date, and asks it.

    Args:
        place: where.
        now: the time.
        watch: is told how far a new index is.
    """
    with open_index(place, watch) as index:
        yield Search(place, index, now)


def open_index(place: SearchPlace, watch: Watch = unwatched) -> AbstractContextManager[Index]:
    """The index of a place, brought up to date, for a block."""
    options = Options(running=_running(place), way=Way(progress=watch), stays=place.stays)
    return current_index(place.reading, place.state, place.tip, options)


def asked(place: SearchPlace, question: Callable[[Index], T]) -> T:
    """The answer to one question; asked again of a new index where this one turns out to be damaged."""
    return ask(
        place.reading, place.state, place.tip, question, Options(running=_running(place), stays=place.stays)
    )


def experiment_slug(name: str) -> str:
    """The slug that a name of an experiment has.

    Raises:
        UsageError: if it is no name.
    """
    try:
        return slug_of(name)
    except ValueError as error:
        raise UsageError(f"not an experiment's name: {error}") from error


def _running(place: SearchPlace) -> Callable[[Connection], object]:
    """What lets the index know this machine's drafts; where there are none, and it knows of none, next to nothing."""

    def put(connection: Connection) -> None:
        if _has_entries(place.state / DRAFTS) or has_drafts(connection):
            # the time is for asking who would finish them, and means nothing
            importlib.import_module("gitreg.workflows.searching.drafts").running(place, EPOCH)(connection)

    return put


def _has_entries(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except (FileNotFoundError, NotADirectoryError):
        return False
