"""An open registry: the repository, its settings, and which tips count."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from gitreg.artifacts import Cache
from gitreg.documents import places
from gitreg.domain.registry import RegistrySettings
from gitreg.errors import NotFoundError, RecordError, UsageError
from gitreg.gitrepo import Repository
from gitreg.store import Author, RegistryStore, Snapshot

CANDIDATES = f"refs/heads/{places.CANDIDATES_BRANCH}"
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
        relay_of: the registry that this one is a relay of: a repository with tips of the remote's branches, no history.
        bundle: the file that it was opened from (bundles.py); then its repository is in the cache, and only read.
    """

    repository: Repository
    settings: RegistrySettings
    remote: str | None
    environ: Mapping[str, str]
    storage_url: str | None = None
    relay_of: Registry | None = None
    bundle: Path | None = None

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
        """What was accepted, as of now; a relay has it only where its clone has not."""
        if self.relay_of and (known := self.relay_of.accepted).commit:
            return known
        return self.store.at(self.accepted_ref)

    @property
    def candidates(self) -> Snapshot:
        """What was tried, as of now: of the local candidate branch, or of the remote's where a clone has none yet."""
        local = self.store.at(CANDIDATES)
        if local.commit is not None or self.remote is None:
            return local
        return self.store.at(f"refs/remotes/{self.remote}/{places.CANDIDATES_BRANCH}")

    @property
    def rules(self) -> RegistrySettings:
        """The settings as of now; `settings` are as of when the registry was opened, before anything was fetched."""
        return self.accepted.record(RegistrySettings, places.REGISTRY) or self.settings

    @property
    def protected_names(self) -> Collection[str]:
        """Stages, which are moved by review and signature only; none before there is a trust root, by which nobody could sign."""
        return self.rules.stages if self.accepted.blob(places.ROOT) else ()

    @cached_property
    def local_state(self) -> Path:
        """The folder of local state, shared by linked work trees; never committed."""
        return self.repository.common_dir / "gitreg"

    @property
    def queue(self) -> Path:
        """What writers of this machine queue by when they keep losing races among themselves."""
        return self.local_state / "queue"

    @cached_property
    def cache(self) -> Cache:
        """Artifact content on this machine."""
        work_tree = self.repository.work_tree
        dvc = work_tree / ".dvc" if work_tree else self.local_state
        unpushed = self.local_state / "unpushed" / "files" / "md5"
        return Cache(dvc / "cache" / "files" / "md5", unpushed, synced=self.repository.hardening.is_power)

    def close(self) -> None:
        """Ends the processes that serve it."""
        self.repository.close()


def open_registry(
    path: Path, environ: Mapping[str, str], *, storage_url: str | None = None, bundle: Path | None = None
) -> Registry:
    """Opens the registry that `path` lies in, or that was unpacked there from a bundle.

    Raises:
        NotFoundError: if there is none.
        RecordError: if its `gitreg.yaml` is not what it should be.
    """
    repository = Repository.open(path, environ)
    remote = main_remote(repository)
    settings = find_settings(repository, remote)
    if settings is None:
        raise NotFoundError(
            f"{bundle or path} is {'a bundle' if bundle else 'in a Git repository'}, but that is no registry: no branch"
            " holds gitreg.yaml",
            hint=NO_REGISTRY,
        )
    return Registry(repository, settings, remote, environ, storage_url, bundle=bundle)


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


def find_settings(repository: Repository, remote: str | None) -> RegistrySettings | None:
    """The settings on the branch that they themselves call accepted; None where no branch has any.

    They are looked for first where people usually keep them, then on every branch here, then at HEAD: a clone of one
    tag has no branch.

    Raises:
        RecordError: if a `gitreg.yaml` that is found first is not what it should be.
    """
    store = RegistryStore(repository)
    for branch in _likely_branches(repository, remote):
        found = store.at(accepted_ref(repository, remote, branch)).record(RegistrySettings, places.REGISTRY)
        if found is not None:
            accepted = store.at(accepted_ref(repository, remote, found.accepted_branch))
            return accepted.record(RegistrySettings, places.REGISTRY) or found
    return _settings_anywhere(repository, store) or store.at("HEAD").record(RegistrySettings, places.REGISTRY)


def _settings_anywhere(repository: Repository, store: RegistryStore) -> RegistrySettings | None:
    """For an accepted branch of an unusual name while another one is checked out."""
    for ref in repository.refs("refs/heads/"):
        try:
            found = store.at(ref.name).record(RegistrySettings, places.REGISTRY)
        except RecordError:
            continue  # some branch's attempt; the accepted one calls itself so
        if found is not None and ref.name == f"refs/heads/{found.accepted_branch}":
            return found
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
