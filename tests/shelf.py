"""Folders that are costly to make: made once in a session, and found by each test as they were.

They are put back where they were made, for the commits of a registry hold the path of its storage.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any


class Shelf:
    """What was made once, by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told: dict[str, Any] = {}
        self._numbers = count()

    def folder(self, name: str, make: Callable[[Path], Any]) -> tuple[Path, Any]:
        """A folder as `make` left it, whatever the tests before did to it, and what `make` returned.

        What an earlier test left there is moved aside: if a process of it is still at work, it is so elsewhere.
        """
        place, kept = self._folder / name / "place", self._folder / name / "kept"
        self._clear(place)
        if name not in self._told:
            place.mkdir(parents=True)
            told = make(place)
            place.rename(kept)
            self._told[name] = told
        shutil.copytree(kept, place, symlinks=True)
        return place, self._told[name]

    def _clear(self, place: Path) -> None:
        if place.exists():
            place.rename(place.with_name(f"used-{next(self._numbers)}"))
