"""What fetching would bring: the remote's refs that are not here, or are elsewhere here. Fetches nothing."""

from __future__ import annotations

from gitreg.workflows.publishing.exchange import TAGS
from gitreg.workflows.registry import Registry
from gitreg.workflows.remote_refs import INBOX, tracking_ref


def remote_news(registry: Registry) -> list[str]:
    """Full names of the remote's refs that fetch would bring.

    Raises:
        RemoteError: if the remote cannot be reached.
    """
    if registry.remote is None:
        return []
    patterns = [f"refs/heads/{registry.settings.accepted_branch}", "refs/heads/gitreg/*", f"{INBOX}*", *TAGS]
    there = registry.repository.ls_remote(registry.remote, patterns)
    resolve = registry.repository.resolve
    return [
        name
        for name, id_ in sorted(there.items())
        if not name.endswith("^{}") and resolve(tracking_ref(registry, name)) != id_
    ]
