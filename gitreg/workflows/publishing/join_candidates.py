"""Candidate branches joined: every candidate of each, records that several changed merged key by key. Writes no commit."""

from __future__ import annotations

from collections.abc import Sequence

from gitreg.documents import places
from gitreg.documents.merging import merge_record
from gitreg.gitrepo import MergeFile, ObjectId
from gitreg.store import Snapshot
from gitreg.workflows.candidate_branch import ATTRIBUTES_FILE, DVC_IGNORE_FILE, IGNORE_FILE
from gitreg.workflows.contents.join_artifacts import chosen_file
from gitreg.workflows.registry import Registry

CONFIGURATION = frozenset({places.DVC_CONFIG, DVC_IGNORE_FILE, IGNORE_FILE, ATTRIBUTES_FILE})
"""What stands on the candidate branch for plain tools only: gitreg reads it from the accepted branch."""


def joined_tree(registry: Registry, commits: Sequence[ObjectId]) -> ObjectId:
    """The tree that holds everything of these commits of candidates, joined from left to right.

    Raises:
        ConflictError: where two changed one file, and it is no record that can be read.
    """
    return registry.repository.merge_trees(commits, _merging(registry, commits))


def joined_most(
    registry: Registry, commits: Sequence[ObjectId], changed: set[str] | None = None
) -> tuple[ObjectId, list[ObjectId]]:
    """The tree that holds what can be joined, and the commits that are in it: one that conflicts blocks no other.

    The first is always in it; of two that conflict, the earlier one.

    Args:
        registry: whose repository has the commits.
        commits: one or more.
        changed: is told the path of each file that several changed.
    """
    return registry.repository.merge_most(commits, _merging(registry, commits, changed))


def _merging(registry: Registry, commits: Sequence[ObjectId], changed: set[str] | None = None) -> MergeFile:
    accepted, repository = registry.accepted, registry.repository

    def merge(path: str, base: bytes | None, ours: bytes | None, theirs: bytes | None) -> bytes | None:
        if changed is not None:
            changed.add(path)
        merged = merged_file(accepted, path, base, ours, theirs)
        if merged is None and ours is not None and theirs is not None:
            return chosen_file(repository, commits, path, ours, theirs)
        return merged

    return merge


def merged_file(
    accepted: Snapshot, path: str, base: bytes | None, ours: bytes | None, theirs: bytes | None
) -> bytes | None:
    """One file of the candidate branch that two sides changed; None where only its lines can be merged, if at all.

    A side that deleted it by hand loses: what was logged is not lost because somebody changed it meanwhile.

    Args:
        accepted: what was accepted, for configuration.
        path: of the file.
        base: as both sides knew it; None where it was not there.
        ours: one side's; None where it is deleted.
        theirs: the other side's; None where it is deleted.
    """
    if path in CONFIGURATION:
        known = accepted.file(path)
        return known if known is not None else _either(ours, theirs)
    if ours is None or theirs is None:
        return _either(ours, theirs)
    return merge_record(path, base, ours, theirs)


def _either(ours: bytes | None, theirs: bytes | None) -> bytes | None:
    return ours if ours is not None else theirs
