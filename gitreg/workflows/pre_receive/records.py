"""What is wrong with the records that a push changes: the rules of `gitreg validate`, as lines for whoever pushes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from gitreg.checks import Finding
from gitreg.gitrepo import EMPTY_TREE, ObjectId
from gitreg.workflows.pre_receive.logged import NOT_LOGGED, is_logged
from gitreg.workflows.pre_receive.push import Push
from gitreg.workflows.validating.validate import validate_change

FEW = 3


def record_faults(
    push: Push,
    before: ObjectId | None,
    after: ObjectId,
    branch: str | None = None,
    *,
    waits: Callable[[Finding], bool] = lambda _: False,
) -> Iterator[str]:
    """Every finding that is more than a warning, with its place and the rule's code.

    Args:
        push: the push.
        before: an ancestor of what is pushed; None for everything.
        after: the commit that is pushed.
        branch: short name of the branch, where its kind has rules of its own.
        waits: which findings are no reason to refuse yet.
    """
    if push.registry is None:
        return
    for one in validate_change(push.registry, before, after, branch).findings:
        if one.code == NOT_LOGGED:
            is_fault = not push.is_first and not is_logged(push, after, one.path)
        else:
            is_fault = one.severity == "error" and not waits(one)
        if is_fault:
            yield f"{one.path}:{one.line}:{one.column}: {one.message} ({one.code})"


def outside_faults(
    push: Push, before: ObjectId | None, after: ObjectId, places: Sequence[str], what: str
) -> Iterator[str]:
    """Paths that such a ref has no business to change: files by name, folders with a `/` at the end."""
    folders = tuple(one for one in places if one.endswith("/"))
    changed = push.repository.changed_paths(before or EMPTY_TREE, after)
    strange = [path for _, path in changed if path not in places and not path.startswith(folders)]
    for path in strange[:FEW]:
        yield f"{path}: it does not belong on {what}"
    if len(strange) > FEW:
        yield f"{len(strange) - FEW} more files do not belong on {what}"
