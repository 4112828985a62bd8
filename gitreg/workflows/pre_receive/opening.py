"""Which branch of a server is the accepted one: by the server's own word, never by that of a push."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gitreg.documents import places
from gitreg.domain.registry import RegistrySettings
from gitreg.errors import RecordError, UsageError
from gitreg.gitrepo import Repository, is_ref
from gitreg.gitrepo.quarantine import open_in_hook
from gitreg.safe import one_line
from gitreg.store import Snapshot
from gitreg.workflows.pre_receive.push import Push, Update, read_updates

KEY = "gitreg.acceptedBranch"
"""Where a server says it whose HEAD is another branch, as that of code is."""


def open_push(folder: Path, lines: bytes, environ: Mapping[str, str]) -> Push:
    """What was pushed to the repository whose hook runs in a folder.

    Args:
        folder: the hook's current folder.
        lines: what Git said to it.
        environ: its environment.

    Raises:
        UsageError: the lines are not Git's, or nobody can tell which branch is accepted.
        RecordError: `gitreg.yaml` on that branch is broken already.
    """
    updates = read_updates(lines)
    repository = open_in_hook(folder, environ)
    ref = accepted_ref(repository)
    before = _settings(Snapshot(repository, repository.resolve(ref)))
    if before is not None:
        _require_itself(ref, before)
        return Push(repository, ref, before, is_first=False, updates=updates)
    brought = _brought(repository, updates.get(ref))
    return Push(repository, ref, brought, is_first=brought is not None, updates=updates)


def accepted_ref(repository: Repository) -> str:
    """The full name of the accepted branch: what the server is configured with, else HEAD's branch.

    Raises:
        UsageError: neither says so.
    """
    configured = repository.config(KEY)
    ref = f"refs/heads/{configured}" if configured is not None else repository.head_branch()
    if ref is None or not is_ref(ref):
        raise UsageError(
            "nobody can tell which branch is accepted here: HEAD is on none",
            hint=f"on the server: git config {KEY} main",
        )
    return ref


def calls_itself_accepted(repository: Repository, update: Update) -> bool:
    """Whether a branch is pushed that has a `gitreg.yaml` which calls this branch accepted."""
    try:
        found = _brought(repository, update)
    except RecordError:
        return False
    return found is not None and update.ref == f"refs/heads/{found.accepted_branch}"


def _brought(repository: Repository, update: Update | None) -> RegistrySettings | None:
    if update is None or update.new is None:
        return None
    commit = repository.find(update.new)
    return _settings(Snapshot(repository, update.new)) if commit and commit.kind == "commit" else None


def _settings(snapshot: Snapshot) -> RegistrySettings | None:
    return snapshot.record(RegistrySettings, places.REGISTRY)


def _require_itself(ref: str, settings: RegistrySettings) -> None:
    """Who may push to HEAD's branch must not thereby choose which branch is guarded."""
    if ref != f"refs/heads/{settings.accepted_branch}":
        raise UsageError(
            f"{one_line(ref)} has a gitreg.yaml that calls {settings.accepted_branch} the accepted branch",
            hint=f"on the server: git config {KEY} {settings.accepted_branch}",
        )
