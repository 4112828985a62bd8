"""Which merge request a proposal has, as the forge said when it was sent: kept by this clone, so that nobody is asked again.

Knows addresses only. Whether a merge request is open is the forge's to say (known_requests.py).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from gitreg.domain.words import unprintable
from gitreg.errors import GitregError
from gitreg.gitrepo import ObjectId
from gitreg.workflows.registry import Registry
from gitreg.workflows.remote_refs import tracking_ref
from gitreg.workflows.write_file import write_file

FOLDER = "requests"
"""In the clone's local state: a file for each branch, with the commit that was sent, and the address."""


def keep_request(registry: Registry, branch: str, commit: ObjectId, url: str) -> None:
    """Keeps where the merge request of a sent branch is seen, if that can be: it is good to know, and no more."""
    file = _file(registry, branch)
    with suppress(GitregError, OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_file(file, f"{commit} {url}".encode())


def told_request(registry: Registry, branch: str) -> str | None:
    """Where the merge request of a branch is seen; None where nobody said, or the branch is another one by now."""
    try:
        commit, _, url = _file(registry, branch).read_text().partition(" ")
    except (OSError, ValueError):
        return None
    is_this = registry.repository.resolve(tracking_ref(registry, branch)) == commit
    return url if is_this and unprintable(url) is None else None


def _file(registry: Registry, branch: str) -> Path:
    return registry.local_state / FOLDER / quote(branch, safe="")
