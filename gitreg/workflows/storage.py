"""The artifact storage of a registry: opened by what was accepted, never by what is proposed."""

from __future__ import annotations

from pathlib import Path

from gitreg.artifacts.config import user_config_files
from gitreg.artifacts.storage import Storage
from gitreg.documents import places
from gitreg.errors import NotFoundError
from gitreg.store import Snapshot
from gitreg.workflows.registry import Registry


def open_storage(registry: Registry, accepted: Snapshot | None = None) -> Storage:
    """The storage that the accepted branch configures, or the one the user named instead.

    A local path is good only where the user named it, or where the registry itself was opened by a local path
    (docs/verification.md, storage rule).

    Raises:
        NotFoundError: if no storage is configured.
        VerificationError: if the configuration asks for what it may not.
    """
    snapshot = accepted or registry.accepted
    config = snapshot.file(places.DVC_CONFIG)
    if config is None and registry.storage_url is None:
        raise NotFoundError(
            "the accepted branch configures no artifact storage (.dvc/config)", hint="gitreg storage set URL"
        )
    return Storage.open(
        (config or b"").decode("utf-8", "replace"),
        registry.settings.storage,
        environ=registry.environ,
        local_config=user_config(registry),
        allow_local=registry.storage_url is not None or is_local(registry),
        url=registry.storage_url,
    )


def is_local(registry: Registry) -> bool:
    """Whether the registry was opened by a local path: it has no remote, or that is a folder of this machine.

    A bundle came from somewhere else: a path in it names a folder of another machine, if no stranger chose it.
    """
    if registry.bundle is not None:
        return False
    if registry.remote is None:
        return True
    url = registry.repository.remote_url(registry.remote) or ""
    return url.startswith(("/", "./", "../", "file://"))


def user_config(registry: Registry) -> list[Path]:
    """DVC configuration that is the user's own: the system's, the user's, and this clone's `.dvc/config.local`."""
    work_tree = registry.repository.work_tree
    local = [work_tree / ".dvc" / "config.local"] if work_tree else []
    return [*user_config_files(registry.environ), *local]
