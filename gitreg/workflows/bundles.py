"""A registry in one file: opened into a bare repository in the cache, which any command reads like a clone.

A bundle comes from a stranger. Its header is read before Git sees it; its objects are unpacked in a folder of their own and
fetched from there with every one of them checked, as from a remote. What it says is believed no more than a clone is: the
verifier fetches from it into its own store (verification/own_store.py). The repository is named by the file's sha256, so
that another file, or a changed one, is another registry on this disk; the anchor that a first use pins lies in it.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from gitreg.disk import claimed_folder, sweep
from gitreg.errors import ConflictError, GitregError, MachineError, RemoteError, UsageError, VerificationError
from gitreg.gitrepo import Repository
from gitreg.gitrepo.bundles import Heads, read_heads

CHUNK = 1024 * 1024
PREFIX = "opening-"
STEP = "store"
BRANCHES, TAGS = "refs/heads/", "refs/tags/"


def open_bundle(file: Path, environ: Mapping[str, str], *, fresh: bool) -> Path:
    """The bare repository that holds what a bundle holds.

    Args:
        file: the bundle.
        environ: the caller's environment: where the cache is, and where Git is.
        fresh: make the repository anew, as who else could write to the cache is not trusted.

    Raises:
        UsageError: it is no bundle, or one of another kind.
        RemoteError: it builds on commits that are elsewhere.
        VerificationError: step `store`; it is damaged, cut off, or holds what no Git writes.
    """
    folder = _folder(environ)
    try:
        place = folder / f"{_sha256(file)}.git"
        if not fresh and _is_repository(place):
            return place
        sweep(folder, PREFIX)
        with claimed_folder(folder, PREFIX) as scratch:
            copy = scratch / "copy.bundle"
            shutil.copyfile(file, copy)
            place = (
                folder / f"{_sha256(copy)}.git"
            )  # of what is unpacked, whoever writes to the file meanwhile
            made = _unpacked(copy, _heads(copy), scratch, environ)
            _put(made, place, scratch / "former.git")
    except OSError as error:
        raise MachineError.of(error, f"{file} cannot be opened") or UsageError(
            f"{file} cannot be read: {error.strerror}"
        ) from error
    except GitregError as error:
        error.message = f"{file}: {error.message}"
        raise
    return place


def _folder(environ: Mapping[str, str]) -> Path:
    cache = environ.get("XDG_CACHE_HOME", "")
    if not cache.startswith("/"):
        if not environ.get("HOME", "").startswith("/"):
            raise UsageError("there is no HOME to open a bundle in", hint="Set XDG_CACHE_HOME.")
        cache = f"{environ['HOME']}/.cache"
    folder = Path(cache, "gitreg", "bundles")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _is_repository(place: Path) -> bool:
    return (place / "HEAD").is_file() and (place / "objects").is_dir() and not place.is_symlink()


def _heads(copy: Path) -> Heads:
    with copy.open("rb") as stream:
        return read_heads(stream)


def _unpacked(copy: Path, heads: Heads, scratch: Path, environ: Mapping[str, str]) -> Path:
    """A bare repository with the bundle's branches and tags; any other ref is left out.

    Git checks objects as they come from a repository, and from a bundle only since 2.46: hence two steps.
    """
    sealed = _sealed(environ, scratch)
    branches = sorted(ref for ref in heads.refs if ref.startswith(BRANCHES))
    if not branches:
        raise UsageError("it holds no branch, so no registry", hint="gitreg export bundle -o FILE makes one.")
    main = next((ref for ref in branches if heads.refs[ref] == heads.refs.get("HEAD")), branches[0])
    refspecs = [f"+{prefix}*:{prefix}*" for prefix in (BRANCHES, TAGS)]
    raw, made = scratch / "raw.git", scratch / "made.git"
    try:
        for place, source in ((raw, copy), (made, raw)):
            with Repository.init(place, sealed, bare=True, branch=main.removeprefix(BRANCHES)) as repository:
                repository.fetch(str(source), refspecs, fsck=True)
    except (RemoteError, ConflictError) as error:
        raise VerificationError(f"it is damaged: {error.message}", step=STEP) from error
    return made


def _sealed(environ: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """An environment without anybody's configuration."""
    kept = {name: environ[name] for name in ("PATH", "TMPDIR") if name in environ}
    return kept | {
        "HOME": str(scratch),
        "XDG_CONFIG_HOME": str(scratch),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
    }


def _put(made: Path, place: Path, former: Path) -> None:
    """The new repository in its place; who reads the old one at this moment finds the same objects in the new."""
    if place.is_symlink() or place.exists():
        shutil.move(place, former)
    made.rename(place)
