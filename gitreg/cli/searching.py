"""The candidates of this call's registry, to be searched: what imports it starts at once (workflows/search_place.py)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gitreg.cli.call import Call
from gitreg.cli.clock import now
from gitreg.cli.watching import watch_on
from gitreg.workflows.search import Search, searching
from gitreg.workflows.search_place import open_search_place


@contextmanager
def searching_in(call: Call) -> Iterator[Search]:
    """Opens the registry of this call to be read, its index brought up to date."""
    place = open_search_place(call.registry, call.environ)
    try:
        with watch_on(call.environ) as watch, searching(place, now(), watch) as search:
            yield search
    finally:
        place.close()
