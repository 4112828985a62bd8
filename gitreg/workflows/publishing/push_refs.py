"""Pushing refs of candidates, which start no pipelines where the server lets us say so."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from gitreg.errors import GitregError
from gitreg.gitrepo import PushUpdate, UnableError
from gitreg.workflows.registry import Registry
from gitreg.workflows.storage import is_local

OFFERED = "gitreg.pushOptions"
"""Git configuration: whether the remote takes push options; found out by the first push when it is not set."""

NO_PIPELINE = "ci.skip"
"""GitLab's documentation, "Push options for GitLab CI/CD": no pipeline for this push."""


def push_refs(registry: Registry, updates: Sequence[PushUpdate]) -> None:
    """Moves refs of the remote, starting no pipeline where the server offers push options.

    Raises:
        ConflictError: if one of them moved.
        CredentialsError: if the remote refuses.
        RemoteError: if it cannot be reached.
    """
    if registry.remote is None:
        return
    if not offers_options(registry):
        registry.repository.push(registry.remote, updates)
        return
    try:
        registry.repository.push(registry.remote, updates, [NO_PIPELINE])
    except UnableError:
        with suppress(GitregError):  # another process of this clone may be writing the same
            registry.repository.set_config(OFFERED, "false")
        registry.repository.push(registry.remote, updates)


def offers_options(registry: Registry) -> bool:
    """Whether to try: a folder has no pipelines, and some servers end a push that has options."""
    configured = registry.repository.config(OFFERED)
    return configured == "true" if configured else not is_local(registry)
