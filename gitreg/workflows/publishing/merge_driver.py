"""What plain `git merge` asks about one file of the candidate branch: gitattributes(5), "Defining a custom merge driver"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gitreg.errors import GitregError
from gitreg.gitrepo import Repository
from gitreg.store import Snapshot
from gitreg.workflows.publishing.join_candidates import merged_file
from gitreg.workflows.registry import accepted_ref, find_settings, main_remote


@dataclass(frozen=True)
class Sides:
    """Three files that Git has written for a driver; the base is empty where both sides added the file."""

    base: Path
    ours: Path
    theirs: Path


def drive(folder: Path, sides: Sides, path: str, environ: Mapping[str, str]) -> bool:
    """Merges what Git has written, into the file of our side.

    Args:
        folder: the work tree in which Git merges.
        sides: the three files.
        path: what they are versions of, as Git names it.
        environ: the environment of the call.

    Returns:
        False where marks of a conflict were left in the file.
    """
    base, ours, theirs = (file.read_bytes() for file in (sides.base, sides.ours, sides.theirs))
    with Repository.open(folder, environ) as repository:
        merged = merged_file(_accepted(repository), path, base or None, ours, theirs)
        text, is_whole = (merged, True) if merged is not None else repository.merge_lines(base, ours, theirs)
    sides.ours.write_bytes(text)
    return is_whole


def _accepted(repository: Repository) -> Snapshot:
    """What was accepted; nothing where that cannot be read: a merge goes on without."""
    try:
        remote = main_remote(repository)
        settings = find_settings(repository, remote)
        ref = accepted_ref(repository, remote, settings.accepted_branch) if settings else None
    except GitregError:
        ref = None
    return Snapshot(repository, repository.resolve(ref) if ref else None)
