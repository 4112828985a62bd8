"""A registry in a folder of this machine; where there is nothing yet, one is made, as MLflow's own stores make theirs.

Made unasked, it has no trust root: a key that signs for a registry is chosen by a person (`gitreg init`). And it is made only
where nothing is: not in a repository with commits of somebody's code, nor among files, which may be a home folder.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from gitreg.errors import CredentialsError, MachineError, NotFoundError, UsageError
from gitreg.mlflow_plugin.telling import tell
from gitreg.workflows.identity import named, with_identity
from gitreg.workflows.init.init_registry import InitOptions, init_registry
from gitreg.workflows.registry import Registry, open_registry


def open_folder(path: Path, environ: Mapping[str, str], *, now: datetime, make: bool) -> Registry:
    """The registry in a folder.

    Args:
        path: the folder.
        environ: of the process.
        now: the time.
        make: whether to make one where none is.

    Raises:
        NotFoundError: if there is none.
        UsageError: if none can be made there.
    """
    try:
        return named(open_registry(path, environ), now)
    except NotFoundError:
        if not make:
            raise
    with _alone(path):
        try:
            return named(open_registry(path, environ), now)  # another process was faster
        except NotFoundError:
            _require_room(path)
            _make(path, environ, now)
    return named(open_registry(path, environ), now)


def _require_room(path: Path) -> None:
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise UsageError(f"{path} is no folder, so no registry can be made there")
    names = {entry.name for entry in path.iterdir()} if path.exists() else set()
    if {"HEAD", "objects", "refs"} <= names:
        raise UsageError(
            f"{path} is a bare repository without a registry, and one is made in a work tree",
            hint="git clone it and run gitreg init there",
        )
    if names - {".git"}:
        raise UsageError(
            f"{path} holds no registry, and is not empty, so none is made there unasked",
            hint=f"gitreg init {path}",
        )
    if names and any((path / ".git" / "refs" / "heads").rglob("*")):
        raise UsageError(
            f"{path} is a repository without a registry, and none is made there unasked",
            hint=f"gitreg init {path}",
        )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keeps other processes out that would make the same: a lock of the folder around it, which leaves nothing behind."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        what = f"a registry cannot be made in {path.parent}"
        raise MachineError.of(error, what) or UsageError(f"{what}: {error.strerror}") from error
    try:
        with suppress(OSError):  # a file system without locks: of two, the second is told that it is there
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make(path: Path, environ: Mapping[str, str], now: datetime) -> None:
    options = InitOptions(trust=False)
    try:
        init_registry(path, options, environ, now=now, registry_id=str(uuid.uuid4()))
    except CredentialsError:  # Git knows no name
        init_registry(path, options, with_identity(environ), now=now, registry_id=str(uuid.uuid4()))
    tell(f"made the registry {path}; its artifacts are kept in {path}-store")
