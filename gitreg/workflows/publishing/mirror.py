"""A registry that is opened by URL: a bare clone that gitreg keeps on this machine, works in, and sends from.

It lies in the user's data folder, by the registry's id: it may hold work that was not sent yet, so it is no cache. Beside it
the addresses are kept by which it was opened. Credentials are Git's affair, and are in no URL here (docs/adr/0036).
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from gitreg.disk import claimed_folder, is_claimed, queue, sweep
from gitreg.documents import places
from gitreg.domain.registry import RegistrySettings
from gitreg.errors import ConflictError, MachineError, NotFoundError, RecordError, UsageError
from gitreg.gitrepo import Repository
from gitreg.store import Author, RegistryStore
from gitreg.workflows.publishing.exchange import TAGS, fetch
from gitreg.workflows.registry import Registry, open_registry

REMOTE = "origin"
FOLDER = "gitreg"
ALL = "+refs/heads/*:refs/remotes/origin/*"
INBOX_HERE = "refs/gitreg/remotes/origin/inbox/*"
MAKING = ".making-"
PATIENCE = 120.0
"""Seconds in which another process of this machine may make the same mirror, before this one makes it as well."""
FETCHED = "fetched"
"""A file of the mirror's: when the remote was asked last, whatever it answered."""


def mirror_folder(environ: Mapping[str, str]) -> Path:
    """Where mirrors are (XDG Base Directory Specification).

    Raises:
        UsageError: if there is no home.
    """
    data = environ.get("XDG_DATA_HOME", "")
    if not data.startswith("/"):
        if not environ.get("HOME", "").startswith("/"):
            raise UsageError("there is no HOME to keep a registry's mirror in", hint="Set XDG_DATA_HOME.")
        data = f"{environ['HOME']}/.local/share"
    return Path(data, FOLDER)


def open_mirror(url: str, environ: Mapping[str, str]) -> Registry:
    """The mirror of a registry, made when there is none yet; one that is there is opened without asking the remote.

    Args:
        url: where Git finds it, without credentials.
        environ: of the process.

    Raises:
        RemoteError: if there is no mirror yet, and the remote cannot be reached.
        CredentialsError: if there is none yet, and the remote does not let us in.
        NotFoundError: if what is there is no registry.
        ConflictError: if there is a mirror of the same registry from another place.
        MachineError: if it cannot be written.
    """
    folder = mirror_folder(environ)
    note = folder / "addresses" / hashlib.sha256(url.encode()).hexdigest()[:32]
    known = _known(folder, note, url, environ)
    if known is not None:
        return known
    try:
        note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with queue(note.with_suffix(".lock"), PATIENCE):
            return _known(folder, note, url, environ) or _made(folder, note, url, environ)
    except OSError as error:
        what = f"a mirror cannot be made in {folder}"
        raise MachineError.of(error, what) or UsageError(f"{what}: {error.strerror}") from error


def is_mirror(registry: Registry) -> bool:
    """Whether gitreg keeps this clone, and not a person."""
    folder = registry.repository.common_dir.parent
    return folder.name == FOLDER and folder.resolve() == mirror_folder(registry.environ).resolve()


def refresh(registry: Registry, author: Author, *, older: float) -> bool:
    """Brings the remote's news, unless it was asked a short while ago, or another process asks at this moment.

    Args:
        registry: a mirror.
        author: who joins what both sides have.
        older: how many seconds ago it must have been asked.

    Returns:
        whether it was asked.

    Raises:
        RemoteError: if it cannot be reached.
        CredentialsError: if it does not let us in.
        ConflictError: if both sides changed the same candidate, or another registry is there by now.
    """
    file = registry.local_state / FETCHED
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        found = os.fstat(descriptor)
        if found.st_size and abs(time.time() - found.st_mtime) < older:
            return False
        with suppress(OSError):  # no locks here: two may ask at once
            if is_claimed(descriptor):
                return False
        os.pwrite(
            descriptor, b"1", 0
        )  # also where the remote does not answer: others need not wait for it too
        fetch(registry, author)
        require_same(registry)
        os.utime(descriptor)
    finally:
        os.close(descriptor)
    return True


def require_same(registry: Registry) -> None:
    """Refuses to go on where the remote has another registry by now: what was logged here does not belong there.

    Raises:
        ConflictError: naming both.
    """
    folder, there = registry.repository.git_dir, registry.rules.id
    if there != folder.name:
        url = registry.repository.remote_url(REMOTE)
        raise ConflictError(
            f"{url} is another registry by now ({there}), and {folder} is a mirror of {folder.name}",
            hint=f"if the first one moved: git -C {folder} remote set-url {REMOTE} URL",
        )


def _known(folder: Path, note: Path, url: str, environ: Mapping[str, str]) -> Registry | None:
    try:
        id_ = note.read_text().split("\n")[0]
    except FileNotFoundError:
        return None
    place = folder / Path(id_).name
    if not (place / "HEAD").is_file():
        return None  # somebody removed it
    registry = open_registry(place, environ)
    require_same(registry)
    _follow_address(registry, url)
    return registry


def _made(folder: Path, note: Path, url: str, environ: Mapping[str, str]) -> Registry:
    sweep(folder, MAKING)
    with claimed_folder(folder, MAKING) as scratch:
        made, settings = _cloned(scratch, url, environ)
        place = folder / settings.id
        if not place.exists():
            with suppress(OSError):  # another address of the same registry was faster
                made.rename(place)
    registry = open_registry(place, environ)
    _follow_address(registry, url)
    registry.local_state.mkdir(parents=True, exist_ok=True)
    (registry.local_state / FETCHED).write_text("1")
    written = note.with_suffix(f".{os.getpid()}")
    written.write_text(f"{settings.id}\n{url}\n")
    written.replace(note)
    return registry


def _cloned(scratch: Path, url: str, environ: Mapping[str, str]) -> tuple[Path, RegistrySettings]:
    """A bare repository whose HEAD is the accepted branch, as that is the one that counts where nobody says otherwise."""
    first = scratch / "main"
    settings = _clone(first, url, "main", url, environ)
    if settings.accepted_branch == "main":
        return first, settings
    second = scratch / "other"
    _clone(second, str(first), settings.accepted_branch, url, environ)
    return second, settings


def _clone(place: Path, source: str, branch: str, url: str, environ: Mapping[str, str]) -> RegistrySettings:
    with Repository.init(place, environ, bare=True, branch=branch) as repository:
        repository.set_config(f"remote.{REMOTE}.url", url)
        repository.set_config(f"remote.{REMOTE}.fetch", ALL)
        spec = ALL if source == url else "+refs/remotes/origin/*:refs/remotes/origin/*"
        inbox = f"+{INBOX_HERE}:{INBOX_HERE}" if source != url else f"+refs/gitreg/inbox/*:{INBOX_HERE}"
        repository.fetch(source, [spec, inbox, *(f"+{tags}:{tags}" for tags in TAGS)])
        settings = _settings(repository)
    if settings is None:
        raise NotFoundError(
            f"{url} is no registry: no branch of it holds gitreg.yaml",
            hint="gitreg init in a clone of it, and git push",
        )
    return settings


def _settings(repository: Repository) -> RegistrySettings | None:
    """Those on the branch that they themselves call accepted; people usually call it main."""
    store, prefix = RegistryStore(repository), f"refs/remotes/{REMOTE}/"
    refs = [ref.name for ref in repository.refs(prefix)]
    for ref in sorted(refs, key=lambda name: name != f"{prefix}main"):
        with suppress(RecordError):  # some branch's attempt
            found = store.at(ref).record(RegistrySettings, places.REGISTRY)
            if found is not None and ref == f"{prefix}{found.accepted_branch}":
                return found
    return None


def _follow_address(registry: Registry, url: str) -> None:
    """The mirror is sent to by the address that it was opened by last, where that is the same place.

    Raises:
        ConflictError: if it is another: whoever copied a registry could have work sent to the copy.
    """
    known = registry.repository.remote_url(REMOTE) or ""
    if known == url:
        return
    if _place(known) != _place(url):
        raise ConflictError(
            f"{url} says that it is the registry {registry.settings.id}, whose mirror here is of {known}",
            hint=f"if it moved: git -C {registry.repository.git_dir} remote set-url {REMOTE} {url}",
        )
    registry.repository.set_config(f"remote.{REMOTE}.url", url)


def _place(url: str) -> tuple[str, str]:
    """Host and path: by https and by ssh it is the same repository."""
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.path.strip("/").removesuffix(".git")
