"""What MLflow's users log, as files and folders that a registry takes.

A folder that is a repository, or holds one, is logged without what makes it that: no clone can have a `.git` of its own among
its files, and what the user wants to keep is the rest.

MLflow follows links, as a user who logs a folder of a model hub's cache expects; gitreg does not, as a folder in a repository
may be a stranger's. So links are followed here, where the user names the folder.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from gitreg.artifacts import Source
from gitreg.artifacts.folder import RESERVED
from gitreg.domain.words import is_own_folder
from gitreg.errors import NotFoundError
from gitreg.mlflow_plugin.addresses import checked_path
from gitreg.mlflow_plugin.telling import tell_once


def sources_of(local: Path, name: str) -> list[Source]:
    """A file under a name, or a folder's files below one ('' for the top); empty folders hold nothing.

    Raises:
        NotFoundError: if there is nothing at `local`, or a link leads nowhere.
        UsageError: for a name that no artifact can have.
    """
    place = _real(local)
    if not place.is_dir():
        return [Source(place, checked_path(name))]
    found = list(_walked(place, name, frozenset({place})))
    is_plain = all(is_same for _, is_same in found)
    if found and is_plain:
        return [Source(place, checked_path(name))]
    return [source for source, _ in found if source is not None]


def _walked(folder: Path, name: str, around: frozenset[Path]) -> Iterator[tuple[Source | None, bool]]:
    """Every file below a folder, and whether it would be the same if the folder was given as it is; None for what is left out."""
    with os.scandir(folder) as entries:
        there = sorted(entries, key=lambda entry: entry.name)
    for entry in there:
        below = f"{name}/{entry.name}" if name else entry.name
        if is_own_folder(entry.name) or f"{below}/" == RESERVED:
            tell_once(f"{entry.path} is not logged: it is Git's, DVC's or gitreg's own, and no artifact")
            yield None, False
            continue
        is_link = entry.is_symlink()
        place = _real(Path(entry.path)) if is_link else Path(entry.path)
        if not place.is_dir():
            is_same = not is_link and ":" not in entry.name and unicodedata.is_normalized("NFC", entry.name)
            yield Source(place, checked_path(below)), is_same
        elif place not in around:  # a link to a folder that it lies in has no end
            for source, is_same in _walked(place, below, around | {place}):
                yield source, is_same and not is_link and ":" not in entry.name


def _real(local: Path) -> Path:
    try:
        return local.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise NotFoundError(f"{local} is not there, or a link that leads nowhere") from error
