"""The tree that several candidate commits give together."""

from __future__ import annotations

from collections.abc import Sequence

from gitreg.gitrepo import ObjectId
from gitreg.workflows.registry import Registry


def joined_tree(registry: Registry, commits: Sequence[ObjectId]) -> ObjectId:
    """The tree of a merge of commits.

    Raises:
        ConflictError: with the files that cannot be joined.
    """
    return registry.repository.merge_trees(commits)
