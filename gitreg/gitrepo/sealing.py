"""Keeps what was just written from a `git gc --prune=now` that runs beside it.

Git writes objects before the ref that needs them, and a prune deletes what no ref needed when it began: whatever is
written or referred to while it runs may go, and the ref stays broken (git-gc(1), NOTES). Git guards against that by age,
which `--prune=now` takes away. A pack is what no prune touches, and one with a `.keep` file what no repack replaces
(git-repack(1), `-a`; git-receive-pack(1) protects its own pushes so): so while somebody prunes, the new objects go into
such a pack before the ref moves. At other times it costs a few lstat(2).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from gitreg.disk import claimed_folder, is_claimed, sweep
from gitreg.errors import ConflictError
from gitreg.gitrepo.config import Config
from gitreg.gitrepo.maintenance import running_collector
from gitreg.gitrepo.names import ObjectId
from gitreg.gitrepo.objects import HELD, Objects
from gitreg.gitrepo.process import Git

PREFIX = "gitreg-seal-"
"""Not `tmp_`: a prune removes folders that begin so, whoever works in them."""
PROC = Path("/proc")
_HASH = re.compile(rb"[0-9a-f]{40}")


class PrunedError(ConflictError):
    """Another process deleted what was just written; written again, it stays."""


class Sealing:
    """What this process has written and no ref may hold yet."""

    def __init__(self, git: Git, config: Config, objects: Objects) -> None:
        self._git = git
        self._config = config
        self._objects = objects
        self._folder = git.layout.common_dir / "objects"

    @contextmanager
    def around(self) -> Iterator[None]:
        """Seals what was written since the last time, around the move of the refs that will hold it.

        Raises:
            PrunedError: something of it is gone. When the refs have moved already, the caller moves them back.
        """
        ids = list(self._objects.written)
        for id_ in ids:
            self._objects.written.pop(id_, None)  # whoever tries again writes all of it again
        with ExitStack() as held:
            is_sealed = self._in_danger(ids)
            if is_sealed:
                self._seal(ids, held)
            yield
        if not is_sealed and self._in_danger(ids):
            # A prune that began meanwhile may not have seen the ref. No .keep: a repack that begins from now on sees it.
            self._seal(ids, None)

    def _in_danger(self, ids: Sequence[ObjectId]) -> bool:
        if not ids:
            return False
        return self._is_pruning() or not all(self._is_loose(id_) for id_ in ids)

    def _is_loose(self, id_: ObjectId) -> bool:
        try:
            os.lstat(
                f"{self._folder}/{id_[:2]}/{id_[2:]}"
            )  # text: every act comes by here, some objects at a time
        except OSError:
            return False
        return True

    def _is_pruning(self) -> bool:
        """Whether a collector works here that may take what is new; Git's automatic one leaves two weeks."""
        pid = running_collector(self._git.layout.common_dir)
        if pid is None:
            return False
        try:
            words = (PROC / str(pid) / "cmdline").read_bytes() if pid else b""
        except OSError:
            words = b""
        return not words or b"prune" in words.lower() or self._config.get("gc.pruneExpire") is not None

    def _seal(self, ids: Sequence[ObjectId], held: ExitStack | None) -> None:
        """Puts the objects into a pack; where `held` is given, no repack drops it before that is closed."""
        sweep(self._folder, PREFIX)
        with claimed_folder(self._folder, PREFIX) as made:
            words = ("pack-objects", "-q", str(made / "pack"))
            outcome = self._git.run(*words, stdin="".join(f"{id_}\n" for id_ in ids).encode(), good=())
            if outcome.code != 0:
                raise PrunedError(
                    "another process deleted what was just written (git gc --prune=now)", hint="Try again."
                )
            for pack in _HASH.findall(outcome.out):
                self._place(made / f"pack-{pack.decode()}", held)

    def _place(self, made: Path, held: ExitStack | None) -> None:
        """Moves one pack in, its index last, as Git does: a pack without an index is not there yet."""
        target = self._folder / "pack"
        target.mkdir(exist_ok=True)
        if held is not None:
            _hold(made.with_suffix(".keep"), target, held)
        for ending in (".pack", ".rev", ".idx"):
            with suppress(FileNotFoundError):  # whether there is a .rev depends on Git's version
                made.with_suffix(ending).rename(target / f"{made.name}{ending}")


def _hold(made: Path, target: Path, held: ExitStack) -> None:
    """Puts a `.keep` file into place that goes with `held`, or, by a sweep, after this process."""
    made.write_bytes(HELD)
    descriptor = os.open(made, os.O_RDONLY | os.O_CLOEXEC)
    held.callback(os.close, descriptor)
    with suppress(OSError):  # a file system without locks: see disk.sweep
        is_claimed(descriptor)
    held.callback((target / made.name).unlink, missing_ok=True)
    made.rename(target / made.name)
