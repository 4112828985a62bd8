"""The candidates of this call's registry, to be searched: what imports it starts at once (workflows/searching/place.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from gitreg.cli.call import Call
from gitreg.cli.clock import now
from gitreg.cli.printing import is_begun
from gitreg.cli.watching import watch_on
from gitreg.errors import MachineError
from gitreg.workflows.searching.place import open_search_place
from gitreg.workflows.searching.search import Search, searching

T = TypeVar("T")


def answered_in(call: Call, answer: Callable[[Search], T]) -> T:
    """Searches the registry of this call, once more where the index turns out to be damaged and nothing is printed yet.

    Raises:
        MachineError: there can be no index, or it is damaged and a part of the answer is out; it is thrown away by then.
    """
    try:
        with searching_in(call) as search:
            return answer(search)
    except MachineError:
        if is_begun():
            raise
    with searching_in(call) as search:
        return answer(search)


@contextmanager
def searching_in(call: Call) -> Iterator[Search]:
    """Opens the registry of this call to be read, its index brought up to date."""
    place = open_search_place(call.registry, call.environ)
    try:
        with watch_on(call.environ) as watch, searching(place, now(), watch) as search:
            yield search
    finally:
        place.close()
