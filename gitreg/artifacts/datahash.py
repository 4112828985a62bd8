"""The md5 of a data file or folder, as DVC would record it. Reads; stores nothing.

A folder's digest is that of its `.dir` listing. As `dvc add` does, links to files are followed, links to folders below
the top are not; `.dvcignore` is not read, so a folder in which it leaves something out has another digest here.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from gitreg.artifacts.folder import dir_object
from gitreg.artifacts.layout import DIR_SUFFIX
from gitreg.artifacts.writer import CHUNK
from gitreg.domain.digest import Digest
from gitreg.errors import NotFoundError, UsageError

SKIPPED = frozenset({".git", ".hg", ".dvc"})
"""What DVC leaves out whatever `.dvcignore` says (dvc/ignore.py)."""


def path_digest(path: Path) -> tuple[Digest, int]:
    """The digest of what is at `path`, and its size in bytes.

    Raises:
        NotFoundError: if nothing is there.
        UsageError: for what is neither a file nor a folder.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"{path} is not there") from None
    if not stat.S_ISDIR(mode):
        md5, size = _file(os.fspath(path))
        return Digest("md5", md5), size
    md5s: dict[str, str] = {}
    total = 0
    for relative in _files(path):
        md5s[relative], size = _file(f"{path}{os.sep}{relative}")
        total += size
    listing = hashlib.md5(dir_object(md5s), usedforsecurity=False).hexdigest()
    return Digest("md5", listing + DIR_SUFFIX), total


def _files(top: Path) -> list[str]:
    found: list[str] = []
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name not in SKIPPED]
        relative = os.path.relpath(folder, top).replace(os.sep, "/")
        found.extend(
            name if relative == "." else f"{relative}/{name}" for name in names if name not in SKIPPED
        )
    return found


def _file(path: str) -> tuple[str, int]:
    md5, size = hashlib.md5(usedforsecurity=False), 0
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UsageError(f"{path} is not a regular file, so it has no digest")
        while chunk := stream.read(CHUNK):
            md5.update(chunk)
            size += len(chunk)
    return md5.hexdigest(), size
