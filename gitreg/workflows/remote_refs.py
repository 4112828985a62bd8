"""Names of refs: what a remote calls them, and where this repository remembers what they were when last heard of."""

from __future__ import annotations

from gitreg.gitrepo import ObjectId
from gitreg.workflows.registry import CANDIDATES, Registry

INBOX = "refs/gitreg/inbox/"


def tracking_ref(registry: Registry, ref: str) -> str:
    """Where this repository keeps what the remote's branch or inbox ref was."""
    if ref.startswith(INBOX):
        return ref.replace(INBOX, inbox_folder(registry), 1)
    return ref.replace("refs/heads/", f"refs/remotes/{registry.remote}/", 1)


def inbox_folder(registry: Registry) -> str:
    """Where this repository keeps the remote's inbox refs."""
    return f"refs/gitreg/remotes/{registry.remote}/inbox/"


def known_inbox(registry: Registry) -> dict[str, ObjectId]:
    """The remote's inbox refs by their names there, as of when they were last heard of; rubbish is none."""
    if registry.remote is None:
        return {}
    folder = inbox_folder(registry)
    found = registry.repository.refs(folder)
    return {INBOX + ref.name.removeprefix(folder): ref.id for ref in found if ref.kind == "commit"}


def known_candidates(registry: Registry) -> ObjectId | None:
    """The tip of the remote's candidate branch, as of when it was last heard of."""
    if registry.remote is None:
        return None
    return registry.repository.resolve(tracking_ref(registry, CANDIDATES))


def sent_ref(registry: Registry) -> str:
    """Which commit of ours was sent last by a clone that does not keep the remote's branch."""
    return f"refs/gitreg/remotes/{registry.remote}/sent"


def known_sent(registry: Registry) -> ObjectId | None:
    """The commit of ours that was sent last by way of a relay."""
    return registry.repository.resolve(sent_ref(registry)) if registry.remote else None
