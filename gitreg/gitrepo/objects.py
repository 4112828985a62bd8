"""A thin layer over Git's object database: objects as bytes, by id. Knows nothing of what is in them.

Reading asks one long-lived `git cat-file --batch`. Writing makes loose objects in this process (docs/adr/0039); where a
power cut may lose nothing, each is on the disk before it has its name.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import zlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from gitreg.disk import sweep, sweep_paths, sync_all, sync_path
from gitreg.errors import GitregError, MachineError, NotFoundError, RecordError, UsageError
from gitreg.gitrepo.conversation import Conversation, EndedError, Held
from gitreg.gitrepo.names import ObjectId, check_id, check_revision
from gitreg.gitrepo.process import Git

Kind = Literal["blob", "tree", "commit", "tag"]
KINDS = frozenset({"blob", "tree", "commit", "tag"})

MIB = 1024 * 1024
LIMIT = 64 * MIB
"""No object that gitreg reads is larger, unless the caller says so."""

TEMPORARY = "tmp_obj_"
"""What Git calls an object that is being written: `git prune` removes what is left of it, as gitreg itself does."""
QUARANTINE = "tmp_objdir-gitreg-"
"""A folder in which a pack is made; `git prune` sweeps folders that begin like this, too."""
HELD = b"gitreg: claimed until a ref names what is in this pack\n"
"""What a `.keep` file says (git-repack(1): such a pack is left alone) that goes with the process that wrote it."""

_READ_ONLY = 0o444
_FRAME = 11
"""Bytes around a stored block of a zlib stream: two of header, five of the block's, four of the checksum (RFC 1950, 1951)."""
_STORED = 4096 - _FRAME
"""What a file takes of most disks, however small it is."""
_STORED_TREE = 4 * 4096 - _FRAME
"""A tree is mostly ids, which do not get smaller."""
_TRIES = 5
_KEPT_TREES = 256
_KEPT_TREE_SIZE = 64 * 1024


@dataclass(frozen=True)
class GitObject:
    """One object as it is stored, without its header."""

    id: ObjectId
    kind: Kind
    content: bytes


class Objects:
    """The objects of one repository.

    Args:
        git: the repository.
        is_hardened: asked whether an object must be on the disk before it has its name.
    """

    def __init__(self, git: Git, is_hardened: Callable[[], bool] = lambda: False) -> None:
        self._folder = git.layout.common_dir / "objects"
        self._is_hardened = is_hardened
        self._unsettled: dict[Path, None] = {}
        self._is_swept = False
        self._reader = Held(git)
        self._trees: OrderedDict[ObjectId, bytes] = OrderedDict()
        self.written: dict[ObjectId, None] = {}  # in order, until a ref has moved: see sealing.py

    def find(self, name: str, *, limit: int = LIMIT) -> GitObject | None:
        """Return an object by id, or by an id peeled with `^{commit}` or its like; None when there is none.

        Raises:
            RecordError: it is larger than `limit` bytes, or Git finds it broken.
            UsageError: the name is not an id.
        """
        check_revision(name)
        with self._reader.lock:
            try:
                return self._ask(name, limit)
            except EndedError:
                pass  # it was killed, or the object is broken: a fresh process tells which
            try:
                return self._ask(name, limit)
            except EndedError as error:
                self._reader.close()
                raise RecordError(
                    f"Git cannot read the object {name}: {error}", hint="Run git fsck."
                ) from error

    def get(self, id_: str, kind: Kind, *, limit: int = LIMIT) -> GitObject:
        """Return an object that must be there and be of this kind.

        Raises:
            NotFoundError: there is no such object.
            RecordError: it is of another kind, or too large.
        """
        found = self.find(check_id(id_), limit=limit)
        if found is None:
            raise NotFoundError(f"this repository has no object {id_}", hint="Fetch again, or run git fsck.")
        if found.kind != kind:
            raise RecordError(f"{id_} is a {found.kind} where a {kind} should be")
        return found

    def tree(self, id_: ObjectId) -> bytes:
        """Return the bytes of a tree; the last ones are kept, for they never change."""
        if (kept := self._trees.get(id_)) is not None:
            return kept
        content = self.get(id_, "tree").content
        self._keep(id_, content)
        return content

    def write(self, kind: Kind, content: bytes) -> ObjectId:
        """Store an object and return its id; one that is there already only becomes younger.

        A reader sees the whole object or none: it is renamed into place. Git freshens the age of an object that is
        written again, so that a prune at the same moment does not take it.
        """
        stored = b"%s %d\0%s" % (kind.encode(), len(content), content)
        id_ = ObjectId(hashlib.sha1(stored, usedforsecurity=False).hexdigest())
        path = f"{self._folder}/{id_[:2]}/{id_[2:]}"  # text: every act writes some objects
        try:
            os.utime(path)
        except FileNotFoundError:
            self._store(_deflated(stored, _STORED_TREE if kind == "tree" else _STORED), path)
        except PermissionError:
            pass  # another user's object in a shared repository: it is there, and only they may freshen it
        else:
            self.harden(id_)
        self.written[id_] = None
        if kind == "tree":
            self._keep(id_, content)
        return id_

    def harden(self, id_: ObjectId) -> None:
        """Bring a loose object to the disk, if any must be, that Git or another process wrote a moment ago."""
        if not self._is_hardened():
            return
        path = self._folder / id_[:2] / id_[2:]
        with suppress(FileNotFoundError):  # in a pack, which Git syncs
            sync_path(path)
            self._unsettled[path.parent] = None

    def adopt(self, files: Sequence[Path]) -> None:
        """Put the files of a pack into their place, in the order given; Git reads it from then on."""
        place = self._folder / "pack"
        try:
            place.mkdir(exist_ok=True)
            for file in files:
                file.rename(place / file.name)
        except OSError as error:
            raise _unwritable(place, error) from error
        if self._is_hardened():
            self._unsettled[place] = None

    def settle(self) -> None:
        """Bring the names of what was written to the disk: before a ref names it."""
        if self._unsettled:
            folders, self._unsettled = self._unsettled, {}
            sync_all([*folders, self._folder])

    def sweep(self) -> None:
        """Remove what dead processes left half-written."""
        for prefix in (TEMPORARY, QUARANTINE):
            sweep(self._folder, prefix)
        sweep_paths(path for path in (self._folder / "pack").glob("*.keep") if _says(path, HELD))

    def close(self) -> None:
        """End the process that reads."""
        self._reader.close()

    def _ask(self, name: str, limit: int) -> GitObject | None:
        reader = self._reader.get("cat-file", "--batch")
        try:
            reader.say(name.encode() + b"\n")
            return self._answer(reader, name, limit)
        except (EndedError, GitregError):
            self._reader.close()  # what is left of the answer goes with the process
            raise

    def _answer(self, reader: Conversation, name: str, limit: int) -> GitObject | None:
        words = reader.read_line().rsplit(b" ", 2)
        if len(words) != 3 or words[1].decode() not in KINDS:
            return None
        size = int(words[2])
        if size > limit:
            raise RecordError(f"the object {name} has {size} bytes, and {limit} are allowed")
        content = reader.read(size)
        reader.read(1)
        return GitObject(ObjectId(words[0].decode()), cast("Kind", words[1].decode()), content)

    def _store(self, content: bytes, path: str) -> None:
        self._sweep_once()
        try:
            for _ in range(_TRIES):
                # a sweep may be faster than our claim, and Git removes empty folders when it packs
                with suppress(FileNotFoundError):
                    self._try_to_store(content, path)
                    return
        except OSError as error:
            raise _unwritable(self._folder, error) from error
        raise GitregError(f"the object {path} could not be written", hint="Run git fsck.")

    def _try_to_store(self, content: bytes, path: str) -> None:
        descriptor, temporary = tempfile.mkstemp(prefix=TEMPORARY, dir=self._folder)
        try:
            self._fill(descriptor, content)
            self._name(temporary, path)
        except BaseException:
            with suppress(OSError):
                Path(temporary).unlink()
            raise
        finally:
            os.close(descriptor)
        if self._is_hardened():
            self._unsettled[Path(path).parent] = None

    def _fill(self, descriptor: int, content: bytes) -> None:
        with suppress(OSError):  # a file system without locks: see disk.sweep
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        while content:
            content = content[os.write(descriptor, content) :]
        os.fchmod(descriptor, _READ_ONLY)
        if self._is_hardened():
            os.fsync(descriptor)

    def _name(self, temporary: str, path: str) -> None:
        try:
            os.rename(temporary, path)  # noqa: PTH104 - by text: every act comes by here, some objects at a time
        except FileNotFoundError:
            self._make_folder(Path(path).parent)
            os.rename(temporary, path)  # noqa: PTH104

    def _sweep_once(self) -> None:
        if not self._is_swept:
            self._is_swept = True
            self.sweep()

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir()
        except FileExistsError:
            return
        # as Git does for core.sharedRepository: the group's rights go down from the folder of all objects
        folder.chmod(self._folder.stat().st_mode & 0o7777)

    def _keep(self, id_: ObjectId, content: bytes) -> None:
        if len(content) <= _KEPT_TREE_SIZE:
            self._trees[id_] = content
            self._trees.move_to_end(id_)
        if len(self._trees) > _KEPT_TREES:
            self._trees.popitem(last=False)


def _deflated(content: bytes, stored: int) -> bytes:
    """A zlib stream; up to that many bytes are not made smaller, which would cost more than writing them (docs/adr/0039).

    Such a stream is one stored block, as zlib itself makes of what it cannot make smaller.
    """
    size = len(content)
    if size > stored:
        return zlib.compress(content, zlib.Z_BEST_SPEED)
    length = size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little")
    return b"\x78\x01\x01" + length + content + zlib.adler32(content).to_bytes(4, "big")


def _says(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def _unwritable(folder: Path, error: OSError) -> GitregError:
    what = f"{folder} cannot be written"
    return MachineError.of(error, what) or UsageError(f"{what}: {error.strerror or error}")
