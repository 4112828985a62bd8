"""Where a search looks: the repository, opened to read and no more, and the commit whose candidates count.

`Registry` (registry.py) says the same with the settings, the store and all that writes; importing that takes longer than a
search among a hundred thousand candidates. It is loaded by name where there is no candidate branch, and says what is missing.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gitreg.documents.places import CANDIDATES_BRANCH
from gitreg.gitrepo.names import ObjectId
from gitreg.gitrepo.reading import Reading

if TYPE_CHECKING:
    from gitreg.workflows.registry import Registry

NO_BRANCH = "gitreg fetch; this clone has no candidate branch yet"
LOCAL = f"refs/heads/{CANDIDATES_BRANCH}"


class SearchPlace(NamedTuple):
    """A registry as a search sees it.

    Args:
        reading: the repository.
        tip: the commit of the candidate branch; None while a clone has none.
        state: the folder of local state, where index and drafts are.
        stays: whether its index stays open after a question, as there may be more.
    """

    reading: Reading
    tip: ObjectId | None
    state: Path
    stays: bool = False

    def close(self) -> None:
        """Ends the processes that serve it."""
        self.reading.close()


def open_search_place(path: Path, environ: Mapping[str, str]) -> SearchPlace:
    """Opens the registry that `path` lies in, to be searched.

    Raises:
        NotFoundError: if there is none.
        UsageError: if there is no candidate branch here, and several remotes that may have one.
    """
    reading = Reading.open(path, environ)
    tip = reading.resolve(LOCAL)
    if tip is None:
        reading.close()
        registry: Registry = importlib.import_module("gitreg.workflows.registry").open_registry(path, environ)
        return place_in(registry)
    return SearchPlace(reading, tip, state_of(reading))


def place_in(registry: Registry) -> SearchPlace:
    """The place of a registry that is open already; closing either closes both."""
    repository = registry.repository
    return SearchPlace(repository, registry.candidates.commit, state_of(repository), stays=True)


def state_of(reading: Reading) -> Path:
    """The folder of local state, shared by linked work trees."""
    return reading.common_dir / "gitreg"
