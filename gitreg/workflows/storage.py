"""The artifact storage of a registry: opened by what was accepted, never by what is proposed."""

from __future__ import annotations

from pathlib import Path

from gitreg.artifacts.config import user_config_files
from gitreg.artifacts.storage import Storage
from gitreg.documents import places
from gitreg.errors import NotFoundError, RecordError
from gitreg.gitrepo import Repository
from gitreg.store import Snapshot
from gitreg.workflows.registry import Registry

LOCAL = ".dvc/config.local"


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
    """DVC configuration that is the user's own: the system's, the user's, and this clone's `.dvc/config.local`.

    Raises:
        RecordError: if that of the clone came with the repository: it may name files, commands and credentials.
    """
    work_tree = registry.repository.work_tree
    local = [work_tree / LOCAL] if work_tree and (work_tree / LOCAL).exists() else []
    if local and _is_foreign(registry.repository, local[0]):
        raise RecordError(
            "it came with the repository, so what it says is not your own word",
            place=LOCAL,
            hint=f"git rm --cached {LOCAL}, if you wrote it",
        )
    return [*user_config_files(registry.environ), *local]


def _is_foreign(repository: Repository, local: Path) -> bool:
    """Whether Git put it there: as a file of the commit that is checked out, by a link, or in a submodule."""
    if local.is_symlink() or local.parent.is_symlink() or (local.parent / ".git").exists():
        return True
    head = repository.resolve("HEAD")
    top = repository.tree(repository.commit(head).tree) if head else {}
    # some file systems take no account of case, so `.DVC/Config.Local` is the same file there
    folders = [entry.id for name, entry in top.items() if name.casefold() == ".dvc" and entry.is_folder]
    return any(name.casefold() == local.name for folder in folders for name in repository.tree(folder))
