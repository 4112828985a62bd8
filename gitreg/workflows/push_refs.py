"""Pushing refs of candidates: no pipelines started, all or none, and what a host cannot do is done in another way."""

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

    A server that cannot move several refs at once gets the first alone, then each of the others: what comes first must
    be right without the rest.

    Raises:
        ConflictError: if one of them moved.
        CredentialsError: if the remote refuses.
        RemoteError: if it cannot be reached.
    """
    if registry.remote is None:
        return
    if not offers_options(registry):
        _push(registry, updates, [])
        return
    try:
        _push(registry, updates, [NO_PIPELINE])
    except UnableError:
        with suppress(GitregError):  # another process of this clone may be writing the same
            registry.repository.set_config(OFFERED, "false")
        _push(registry, updates, [])


def _push(registry: Registry, updates: Sequence[PushUpdate], options: Sequence[str]) -> None:
    repository, remote = registry.repository, registry.remote or ""
    try:
        repository.push(remote, updates, options)
    except UnableError as error:
        if error.what != "--atomic push" or len(updates) == 1:
            raise
        for update in updates:
            repository.push(remote, [update], options)


def offers_options(registry: Registry) -> bool:
    """Whether to try: a folder has no pipelines, and some servers end a push that has options."""
    configured = registry.repository.config(OFFERED)
    return configured == "true" if configured else not is_local(registry)
