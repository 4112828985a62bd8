"""Taking records off the candidate branch: they are in no search any more, and history keeps them.

Nothing but `mlflow gc` asks for this. Bytes in the storage stay until DVC collects them.
"""

from __future__ import annotations

from collections.abc import Iterable

from gitreg.errors import NotFoundError
from gitreg.store import Author, Snapshot, retrying
from gitreg.workflows.candidate_branch import keep_candidate_branch
from gitreg.workflows.registry import CANDIDATES, Registry


def erase_files(registry: Registry, paths: Iterable[str], what: str, author: Author) -> None:
    """Takes files off the candidate branch, in one commit.

    Args:
        registry: whose.
        paths: of files; those that are not there are nothing to do.
        what: whose files they are, for the message.
        author: who does it.

    Raises:
        NotFoundError: if none of them is there.
    """
    wanted = sorted(paths)

    def commit() -> None:
        keep_candidate_branch(registry, author)
        with registry.store.change(CANDIDATES, f"Erase {what}\n", author) as change:
            there = change.before.files_there(wanted)
            if not there:
                raise NotFoundError(f"{what} is not there", hint="gitreg fetch")
            for path in there:
                change.remove(path)

    retrying(commit, queued=registry.queue)


def experiment_files(snapshot: Snapshot, slug: str) -> list[str]:
    """Every file of an experiment."""
    return list(snapshot.paths(f"experiments/{slug}"))
