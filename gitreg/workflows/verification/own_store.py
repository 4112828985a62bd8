"""Step 2, store: a bare repository of the verifier's own, in which everything is looked at and nothing checked out.

A clone may have been written to by anybody who worked in it: its configuration, hooks, refs and objects are not believed.
Of a clone only the remote's URL is used, or, where there is no remote to ask, the refs that count are fetched from it with
every object checked. Git itself keeps `upload-pack` free of the served repository's hooks and programs, so that an untrusted
one can be fetched from (git-upload-pack(1), SECURITY).
"""

from __future__ import annotations

import fcntl
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitreg.errors import (
    ConflictError,
    GitregError,
    NotFoundError,
    RemoteError,
    UsageError,
    VerificationError,
)
from gitreg.gitrepo import Layout, ObjectId, Repository
from gitreg.workflows.registry import Registry
from gitreg.workflows.verification.result import VerifyOptions

ACCEPTED = "refs/gitreg/accepted"
KINDS = ("model", "stage", "retire", "resign", "approve")
# Only protected configuration may say so. The clone's owner does not matter: nothing in it is believed, and whoever called
# opened it before, by their own configuration.
_CONFIGURATION = "[safe]\n\tdirectory = *\n"
_SCP_LIKE = re.compile(r"[^/]+:.*")


@dataclass(frozen=True)
class Opened:
    """The verifier's own repository, after it was brought up to date.

    Args:
        repository: it, in an environment without anybody's configuration.
        tip: the accepted branch's tip.
        refs: the statements' tags by full name.
        source: where they came from, for people.
    """

    repository: Repository
    tip: ObjectId
    refs: Mapping[str, ObjectId]
    source: str

    @property
    def detail(self) -> str:
        """For the report."""
        return f"accepted branch at {self.tip[:12]}, {len(self.refs)} statements, from {self.source}"


@dataclass(frozen=True)
class _Source:
    """Where to fetch from: a URL or path, the ref there, and the environment to do it in."""

    place: str
    accepted: str
    environ: Mapping[str, str]
    is_clone: bool


def open_store(registry: Registry, model: str | None, options: VerifyOptions) -> Opened:
    """Step 2: the own store, holding what the source has now of a model, or of all of them when None.

    Raises:
        VerificationError: step `store`; what came is broken or incomplete.
        RemoteError: the remote cannot be reached; CredentialsError: it does not let us in.
    """
    folder = _folder(registry.environ)
    environ = _reading_environment(registry.environ, folder)
    source = _source(registry, options, environ)
    path = folder / f"{registry.settings.id}.git"
    with _locked(folder / f"{registry.settings.id}.lock"):
        if options.fresh or options.ci or not _is_store(path):
            _rebuild(path, environ, source, model)
        elif found := _current(path, environ, registry, source, model):
            return found
        else:
            _fetch(path, source, model)
        # still locked: another clone of this registry may fetch other refs into it the next moment
        return _opened(Repository(_layout(path), environ), source, model)


def _folder(environ: Mapping[str, str]) -> Path:
    cache = environ.get("XDG_CACHE_HOME", "")
    if not cache.startswith("/"):
        if not environ.get("HOME", "").startswith("/"):
            raise UsageError(
                "there is no HOME to keep the verifier's own store in", hint="Set XDG_CACHE_HOME."
            )
        cache = f"{environ['HOME']}/.cache"
    folder = Path(cache, "gitreg", "verify")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _reading_environment(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """An environment in which nobody's configuration counts but the one line written here."""
    configuration = folder / "git.config"
    if not configuration.is_file() or configuration.read_text() != _CONFIGURATION:
        configuration.write_text(_CONFIGURATION)
    kept = {name: environ[name] for name in ("PATH", "TMPDIR") if name in environ}
    return kept | {
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(configuration),
    }


def _source(registry: Registry, options: VerifyOptions, environ: Mapping[str, str]) -> _Source:
    url = registry.repository.remote_url(registry.remote) if registry.remote else None
    if url is not None and not options.offline:
        # To reach a remote the user's configuration and environment are needed, the clone's never.
        return _Source(
            _absolute(url, registry.repository), registry.local_accepted_ref, registry.environ, False
        )
    if (registry.repository.common_dir / "shallow").exists():
        raise RemoteError(
            "this clone is shallow: it lacks the history that is needed",
            hint="Verify without --offline, or git fetch --unshallow.",
        )
    return _Source(str(registry.repository.common_dir), registry.accepted_ref, environ, True)


def _absolute(url: str, repository: Repository) -> str:
    """A remote's URL, or its path from anywhere: Git counts a relative one from the clone."""
    if "://" in url or _SCP_LIKE.fullmatch(url) or url.startswith("/"):
        return url
    return str((repository.work_tree or repository.git_dir) / url)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _layout(path: Path) -> Layout:
    return Layout(git_dir=path, common_dir=path, work_tree=None)


def _is_store(path: Path) -> bool:
    return (path / "HEAD").is_file() and (path / "objects").is_dir() and not path.is_symlink()


def _rebuild(path: Path, environ: Mapping[str, str], source: _Source, model: str | None) -> None:
    """A new store in the place of the old; who reads the old one at this moment finds the same objects in the new."""
    with tempfile.TemporaryDirectory(prefix="rebuild-", dir=path.parent, ignore_cleanup_errors=True) as name:
        made, former = Path(name, "new.git"), Path(name, "former.git")
        Repository.init(made, environ, bare=True).close()
        _fetch(made, source, model)
        if path.is_symlink() or path.exists():
            shutil.move(path, former)
        made.rename(path)


def _fetch(path: Path, source: _Source, model: str | None) -> None:
    refspecs = [f"+{source.accepted}:{ACCEPTED}"]
    refspecs += [f"+{tags}*:{tags}*" for tags in _prefixes(model)]
    with Repository(_layout(path), source.environ) as repository:
        try:
            repository.fetch(source.place, refspecs, prune=True, fsck=True)
        except (RemoteError, ConflictError) as error:
            if _is_here(source):
                raise VerificationError(error.message, step="store", hint="git fsck") from error
            raise _unreachable(error) from error


def _is_here(source: _Source) -> bool:
    return source.is_clone or Path(source.place).is_dir()


def _unreachable(error: GitregError) -> RemoteError:
    return RemoteError(error.message, hint="--offline verifies what was fetched last.")


def _prefixes(model: str | None) -> list[str]:
    below = f"{model}/" if model else ""
    return [f"refs/tags/{kind}/{below}" for kind in KINDS]


def _current(
    path: Path, environ: Mapping[str, str], registry: Registry, source: _Source, model: str | None
) -> Opened | None:
    """The own store as it is, where it has the source's refs already: then it has their objects, too."""
    own = Repository(_layout(path), environ)
    try:
        opened = _opened(own, source, model)
        if {**opened.refs, source.accepted: opened.tip} == _there(path, registry, source, model):
            return opened
    except GitregError as error:
        if isinstance(error, RemoteError) and not _is_here(source):
            own.close()
            raise _unreachable(error) from error
        # whatever else is wrong, fetching finds it out
    own.close()
    return None


def _there(
    path: Path, registry: Registry, source: _Source, model: str | None
) -> Mapping[str, ObjectId | None]:
    """The refs that count, as the source has them: asking a remote for a list is much less than fetching nothing."""
    if source.is_clone:
        accepted = registry.repository.resolve(source.accepted)
        return {**_counted(registry.repository, model), source.accepted: accepted}
    asked = (source.accepted, *(f"{tags}*" for tags in _prefixes(model)))
    with Repository(_layout(path), source.environ) as repository:
        return repository.ls_remote(source.place, asked)


def _counted(repository: Repository, model: str | None) -> dict[str, ObjectId]:
    """The statements' tags of a model, or of all."""
    prefixes = tuple(_prefixes(model))
    return {ref.name: ref.id for ref in repository.refs("refs/tags/") if ref.name.startswith(prefixes)}


def _opened(repository: Repository, source: _Source, model: str | None) -> Opened:
    tip = repository.resolve(ACCEPTED)
    if tip is None:
        raise NotFoundError(f"{source.place} has no {source.accepted}", hint="git push, or --offline")
    return Opened(
        repository, tip, _counted(repository, model), "this clone" if source.is_clone else "the remote"
    )
