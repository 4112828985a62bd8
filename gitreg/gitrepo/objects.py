"""A thin layer over Git's object database: objects as bytes, by id. Knows nothing of what is in them.

Reading asks one long-lived `git cat-file --batch`. Writing makes loose objects in this process with gitdb,
GitPython's object layer (docs/adr/0002).
"""

from __future__ import annotations

import hashlib
import io
import os
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from gitdb.base import IStream
from gitdb.db.loose import LooseObjectDB

from gitreg.errors import GitregError, NotFoundError, RecordError
from gitreg.gitrepo.conversation import Conversation, EndedError, Held
from gitreg.gitrepo.names import ObjectId, check_id, check_revision
from gitreg.gitrepo.process import Git

Kind = Literal["blob", "tree", "commit", "tag"]
KINDS = frozenset({"blob", "tree", "commit", "tag"})

MIB = 1024 * 1024
LIMIT = 64 * MIB
"""No object that gitreg reads is larger, unless the caller says so."""

_KEPT_TREES = 256
_KEPT_TREE_SIZE = 64 * 1024


@dataclass(frozen=True)
class GitObject:
    """One object as it is stored, without its header."""

    id: ObjectId
    kind: Kind
    content: bytes


class Objects:
    """The objects of one repository."""

    def __init__(self, git: Git) -> None:
        self._folder = git.layout.common_dir / "objects"
        self._database = LooseObjectDB(str(self._folder))
        self._reader = Held(git)
        self._trees: OrderedDict[ObjectId, bytes] = OrderedDict()

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
        written again, so that a prune at the same moment does not take it; gitdb does not, so it is done here.
        """
        header = f"{kind} {len(content)}\0".encode()
        id_ = ObjectId(hashlib.sha1(header + content, usedforsecurity=False).hexdigest())
        folder = self._folder / id_[:2]
        try:
            os.utime(folder / id_[2:])
        except FileNotFoundError:
            self._make_folder(folder)
            self._store(kind, content)
        except PermissionError:
            pass  # another user's object in a shared repository: it is there, and only they may freshen it
        if kind == "tree":
            self._keep(id_, content)
        return id_

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

    def _store(self, kind: Kind, content: bytes) -> None:
        self._database.store(IStream(kind.encode(), len(content), io.BytesIO(content)))

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
