"""Many blobs at once: loose objects while they are few, one pack by one `git fast-import` beyond that.

A loose object is a file of its own: twenty thousand of them are slow to write, slow to read and 80 MB on most disks,
where a pack of the same is 2. The pack is made in a Git directory of its own inside the objects' folder, which a sweep
finds when its maker dies, and its files get their place when it is whole: so all blobs are there, or none
(git-fast-import(1); Git's own quarantine of received packs works alike). Until a ref names them, a claimed `.keep` file
holds the pack where a repack would drop what nothing needs yet. Knows no paths and no commits.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from gitreg.disk import claimed_folder, is_claimed
from gitreg.errors import GitregError, MachineError, UsageError
from gitreg.gitrepo.names import ObjectId
from gitreg.gitrepo.objects import HELD, QUARANTINE, Objects
from gitreg.gitrepo.process import Git, last_line

FEW = 256
"""So many objects, or so many bytes, are written one by one."""
SMALL = 2 * 1024 * 1024
_SUFFIXES = (".pack", ".rev", ".idx")
"""Git looks for the last one, so it comes last."""


class Bulk:
    """Takes blobs, and stores all of them at once; a collector that runs beside it takes none until the block ends.

    Args:
        git: the repository.
        objects: its objects.
        options: of git, for the process that writes the pack.
    """

    def __init__(self, git: Git, objects: Objects, options: Sequence[str] = ()) -> None:
        self._git = git
        self._objects = objects
        self._options = options
        self._few: list[bytes] = []
        self._size = 0
        self._import: _Import | None = None
        self._is_placed = False
        self._closing = ExitStack()

    def __enter__(self) -> Bulk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def store(self) -> None:
        """Store what was taken; to be called again before each try to name it, as few may be pruned meanwhile.

        Raises:
            UsageError: if the disk does not take it.
        """
        if self._import is not None and not self._is_placed:
            files = self._import.finish()
            self._objects.adopt([self._keep(files[0]), *files])
            self._is_placed = True
        for content in self._few:
            self._objects.write("blob", content)

    def _keep(self, pack: Path) -> Path:
        path = pack.with_suffix(".keep")
        placed = self._git.layout.common_dir / "objects" / "pack" / path.name
        path.write_bytes(HELD)
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._closing.callback(os.close, descriptor)
        self._closing.callback(placed.unlink, missing_ok=True)
        with suppress(OSError):  # a file system without locks: see disk.sweep
            is_claimed(descriptor)
        return path

    def write(self, content: bytes) -> ObjectId:
        """Take a blob; it can be read when it is stored."""
        if self._import is not None:
            self._import.write(content)
        else:
            self._few.append(content)
            self._size += len(content)
            if len(self._few) > FEW or self._size > SMALL:
                self._begin()
        header = b"blob %d\0" % len(content)
        return ObjectId(hashlib.sha1(header + content, usedforsecurity=False).hexdigest())

    def _begin(self) -> None:
        folder = self._git.layout.common_dir / "objects"
        self._objects.sweep()
        try:
            place = self._closing.enter_context(claimed_folder(folder, QUARANTINE))
            self._import = self._closing.enter_context(_Import(self._git, place, self._options))
        except OSError as error:
            what = f"{folder} cannot be written"
            raise MachineError.of(error, what) or UsageError(f"{what}: {error.strerror}") from error
        for content in self._few:
            self._import.write(content)
        self._few = []


class _Import:
    """One `git fast-import` in a Git directory that holds nothing else."""

    def __init__(self, git: Git, place: Path, options: Sequence[str]) -> None:
        for folder in ("objects/pack", "refs"):
            (place / folder).mkdir(parents=True)
        (place / "HEAD").write_text("ref: refs/heads/main\n")
        self._packs = place / "objects" / "pack"
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process: subprocess.Popen[bytes] = git.start(
            f"--git-dir={place}", *options, "-c", "fastimport.unpackLimit=0", "fast-import", "--quiet",
            errors=self._errors,
        )  # fmt: skip
        self._say(b"feature done\n")

    def __enter__(self) -> _Import:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            _close(pipe)

    def write(self, content: bytes) -> None:
        self._say(b"blob\ndata %d\n%b\n" % (len(content), content))

    def finish(self) -> list[Path]:
        """The files of the pack, in the order in which they are put into place."""
        self._say(b"done\n")
        _close(self._process.stdin)
        if self._process.wait() != 0:
            raise self._failure()
        return sorted(self._packs.glob("pack-*"), key=lambda path: _SUFFIXES.index(path.suffix))

    def _say(self, words: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 - Popen was given a pipe
        try:
            self._process.stdin.write(words)
        except OSError as error:
            self._process.wait()
            raise self._failure() from error

    def _failure(self) -> GitregError:
        self._errors.seek(0)
        words = last_line(self._errors.read(64 * 1024))
        what = "Git could not store the records"
        return MachineError.told(what, words) or UsageError(f"{what}: {words}")


def _close(pipe: IO[bytes] | None) -> None:
    try:
        if pipe is not None:
            pipe.close()
    except OSError:
        return  # what was still unsent was for a process that is gone
