"""Where files may be brought: not through links that came with the repository."""

from __future__ import annotations

from pathlib import Path

from gitreg.errors import UsageError
from gitreg.workflows.registry import Registry


def check_target(registry: Registry, target: Path) -> None:
    """Refuse a target below a link of the registry's own work tree: whoever wrote the repository chose where it leads.

    Links elsewhere on the way are the user's, or the system's.

    Raises:
        UsageError: naming the link.
    """
    work_tree = registry.repository.work_tree
    if work_tree is None:
        return
    inside = work_tree.resolve()
    for place in target.parents:
        if place.is_symlink() and place.parent.resolve().is_relative_to(inside):
            raise UsageError(
                f"{target} lies below {place}, a link that may have come with the repository",
                hint="Name the folder that is meant.",
            )
