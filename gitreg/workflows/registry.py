"""An open registry: the repository, its settings, and which tips count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from gitreg.artifacts import Cache
from gitreg.documents import layout
from gitreg.domain.registry import RegistrySettings
from gitreg.errors import NotFoundError, UsageError
from gitreg.gitrepo import Repository
from gitreg.store import Author, RegistryStore, Snapshot

CANDIDATES = f"refs/heads/{layout.CANDIDATES_BRANCH}"
NO_REGISTRY = "gitreg init"


@dataclass(frozen=True)
class Registry:
    """An open registry.

    Args:
        repository: the Git repository.
        settings: `gitreg.yaml` at the accepted branch's tip.
        remote: the Git remote that the registry is shared by, if any.
        environ: the environment of the process that opened it.
        storage_url: an artifact storage named by the user instead of the registry's own.
    """

    repository: Repository
    settings: RegistrySettings
    remote: str | None
    environ: Mapping[str, str]
    storage_url: str | None = None

    @cached_property
    def store(self) -> RegistryStore:
        """Its records."""
        return RegistryStore(self.repository)

    @property
    def local_accepted_ref(self) -> str:
        """The accepted branch in this repository."""
        return f"refs/heads/{self.settings.accepted_branch}"

    @property
    def accepted_ref(self) -> str:
        """The ref whose tip is what was accepted: the remote's branch where there is one, else the local one."""
        return accepted_ref(self.repository, self.remote, self.settings.accepted_branch)

    @property
    def accepted(self) -> Snapshot:
        """What was accepted, as of now."""
        return self.store.at(self.accepted_ref)

    @property
    def candidates(self) -> Snapshot:
        """What was tried, as of now."""
        return self.store.at(CANDIDATES)

    @cached_property
    def local_state(self) -> Path:
        """The folder of local state, shared by linked work trees; never committed."""
        return self.repository.common_dir / "gitreg"

    @cached_property
    def cache(self) -> Cache:
        """Artifact content on this machine."""
        work_tree = self.repository.work_tree
        dvc = work_tree / ".dvc" if work_tree else self.local_state
        return Cache(dvc / "cache" / "files" / "md5", self.local_state / "unpushed" / "files" / "md5")

    def close(self) -> None:
        """Ends the processes that serve it."""
        self.repository.close()


def open_registry(path: Path, environ: Mapping[str, str], *, storage_url: str | None = None) -> Registry:
    """Opens the registry that `path` lies in.

    Raises:
        NotFoundError: if there is none.
        RecordError: if its `gitreg.yaml` is not what it should be.
    """
    repository = Repository.open(path, environ)
    remote = main_remote(repository)
    settings = _settings(repository, remote)
    if settings is None:
        raise NotFoundError(
            f"{path} is in a Git repository, but that is no registry: no branch holds gitreg.yaml",
            hint=NO_REGISTRY,
        )
    return Registry(repository, settings, remote, environ, storage_url)


def main_remote(repository: Repository) -> str | None:
    """The remote that a registry is shared by: `origin`, or the only one.

    Raises:
        UsageError: if there are several and none is called `origin`.
    """
    remotes = repository.remotes()
    if "origin" in remotes or not remotes:
        return "origin" if remotes else None
    if len(remotes) > 1:
        raise UsageError(
            f"there are several remotes ({', '.join(remotes)}), and none is called origin",
            hint=f"git remote rename {remotes[0]} origin",
        )
    return remotes[0]


def accepted_ref(repository: Repository, remote: str | None, branch: str) -> str:
    """The ref that counts as the accepted branch; the local one while the remote has no such branch."""
    shared = f"refs/remotes/{remote}/{branch}"
    return shared if remote and repository.resolve(shared) else f"refs/heads/{branch}"


def _settings(repository: Repository, remote: str | None) -> RegistrySettings | None:
    """The settings on the branch that they themselves call accepted; found first where people usually keep it."""
    store = RegistryStore(repository)
    for branch in _likely_branches(repository, remote):
        found = store.at(accepted_ref(repository, remote, branch)).record(RegistrySettings, layout.REGISTRY)
        if found is None:
            continue
        accepted = store.at(accepted_ref(repository, remote, found.accepted_branch))
        return accepted.record(RegistrySettings, layout.REGISTRY) or found
    return None


def _likely_branches(repository: Repository, remote: str | None) -> list[str]:
    head = repository.head_branch()
    default = repository.symbolic_target(f"refs/remotes/{remote}/HEAD") if remote else None
    named = [
        default.removeprefix(f"refs/remotes/{remote}/") if default else None,
        head.removeprefix("refs/heads/") if head else None,
    ]
    return list(dict.fromkeys([*filter(None, named), "main", "master"]))


def author_at(registry: Registry, now: datetime) -> Author:
    """Whoever works here, by Git's own configuration, at a moment.

    Raises:
        CredentialsError: if Git knows no name and e-mail.
    """
    identity = registry.repository.identity(now)
    return Author(identity.name, identity.email, now)
