"""Trees: the entries of one folder, paths through several, and new trees made of old ones. Knows no commits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gitreg.errors import AlreadyThereError, RecordError, UsageError
from gitreg.gitrepo.names import EMPTY_TREE, ObjectId, check_id, check_path, is_entry_name, printable
from gitreg.gitrepo.objects import MIB, Objects

FOLDER = 0o040000
FILE = 0o100644
PROGRAM = 0o100755
LINK = 0o120000
SUBMODULE = 0o160000

_MODE = re.compile(rb"[0-7]{5,6}")
_REMEMBERED = 20_000  # entries of trees kept decoded, some 4 MB
_KINDS = {FOLDER: "a folder", LINK: "a symbolic link", SUBMODULE: "a submodule"}


@dataclass(frozen=True)
class Entry:
    """One line of a tree."""

    mode: int
    id: ObjectId
    name: str

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return self.mode in {FILE, PROGRAM}

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.mode == FOLDER


Content = bytes | ObjectId
"""What a file shall hold: its bytes, or the id of a blob that is stored already."""
RawTree = dict[bytes, tuple[int, bytes]]
"""Name -> mode and binary id, as a tree holds them; names may be any bytes in a stranger's folder."""


class Trees:
    """The trees of one repository."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._known: dict[ObjectId, RawTree] = {}
        self._room = _REMEMBERED

    def read(self, id_: ObjectId) -> dict[str, Entry]:
        """Return a tree's entries by name, in Git's order.

        Raises:
            RecordError: the tree is malformed, or has a name that is not UTF-8, twice there, `..`, `.git` or its like.
        """
        entries = {}
        for raw, (mode, binary) in self.raw(id_).items():
            name = _checked_name(raw, id_)
            entries[name] = Entry(mode, ObjectId(binary.hex()), name)
        return entries

    def entry(self, tree: ObjectId, path: str) -> Entry | None:
        """Return what is at a path below a tree, or None."""
        *folders, name = check_path(path)
        here = tree
        for folder in folders:
            found = self.raw(here).get(folder.encode())
            if found is None or found[0] != FOLDER:
                return None
            here = ObjectId(found[1].hex())
        last = self.raw(here).get(name.encode())
        return Entry(last[0], ObjectId(last[1].hex()), name) if last else None

    def blob(self, tree: ObjectId, path: str, *, limit: int = MIB) -> bytes | None:
        """Return the content of a regular file, or None.

        Raises:
            RecordError: a link, a folder or a submodule is there, or the file is larger than `limit`.
        """
        entry = self.entry(tree, path)
        if entry is None:
            return None
        if not entry.is_file:
            raise RecordError(f"{path} is {_kind(entry.mode)} where a regular file should be", place=path)
        return self._objects.get(entry.id, "blob", limit=limit).content

    def walk(self, tree: ObjectId, prefix: str = "") -> Iterator[tuple[str, Entry]]:
        """Yield path and entry of everything below that is not a folder, in Git's order."""
        for name, entry in self.read(tree).items():
            path = f"{prefix}/{name}" if prefix else name
            if entry.is_folder:
                yield from self.walk(entry.id, path)
            else:
                yield path, entry

    def edit(self, base: ObjectId | None, changes: Mapping[str, Content | None]) -> ObjectId:
        """Return a tree like `base` with some files written or, where the content is None, deleted.

        A content is bytes, or the id of a blob that is stored already.

        Only the trees on the way to the changed paths are read and written. A folder without files vanishes. A file
        that exists keeps its mode; a link or submodule is replaced by a regular file.

        Raises:
            AlreadyThereError: a file is where a folder is needed, or the other way round.
            UsageError: a path is not one.
        """
        nested: _Changes = {}
        for path, content in changes.items():
            _nest(nested, check_path(path), content, path)
        written = self._edit(base, nested, "")
        return written or self._objects.write("tree", b"")

    def _edit(self, base: ObjectId | None, changes: _Changes, prefix: str) -> ObjectId | None:
        entries = dict(self.raw(base)) if base else {}
        for name, change in changes.items():
            raw, path = name.encode(), prefix + name
            if change.deleted:
                _delete(entries, raw, path)
            if change.below:
                self._edit_folder(entries, raw, change.below, path)
            if change.content is not None:
                self._put_file(entries, raw, change.content, path)
        return self.write_raw(entries)

    def _edit_folder(self, entries: RawTree, raw: bytes, below: _Changes, path: str) -> None:
        mode, binary = entries.get(raw, (FOLDER, b""))
        if mode != FOLDER:
            if any(_writes(change) for change in below.values()):
                raise AlreadyThereError(f"{path} is {_kind(mode)} where a folder is needed")
            return  # nothing is there to be deleted
        written = self._edit(ObjectId(binary.hex()) if binary else None, below, path + "/")
        if written:
            entries[raw] = (FOLDER, bytes.fromhex(written))
        else:
            entries.pop(raw, None)

    def _put_file(self, entries: RawTree, raw: bytes, content: Content, path: str) -> None:
        mode, _ = entries.get(raw, (FILE, b""))
        if mode == FOLDER:
            raise AlreadyThereError(f"{path} is a folder where a file should be written")
        kept = mode if mode == PROGRAM else FILE
        id_ = self._objects.write("blob", content) if isinstance(content, bytes) else check_id(content)
        entries[raw] = (kept, bytes.fromhex(id_))

    def write_raw(self, entries: RawTree) -> ObjectId | None:
        """Store a tree in Git's order; without entries there is none."""
        if not entries:
            return None
        ordered = _in_order(entries)
        written = self._objects.write("tree", _encode(ordered))
        self._remember(written, ordered)
        return written

    def raw(self, id_: ObjectId) -> RawTree:
        """Return a tree's entries as they are stored, names unchecked; not to be changed."""
        if id_ == EMPTY_TREE:
            return {}
        known = self._known.get(id_)
        if known is None:
            known = _decode(self._objects.tree(id_), id_)
            self._remember(id_, known)
        return known

    def _remember(self, id_: ObjectId, entries: RawTree) -> None:
        """Keep a tree: its id names its content for ever, and the next commit reads what this one wrote."""
        self._room -= len(entries)
        if self._room < 0:
            self._known, self._room = {}, _REMEMBERED - len(entries)
        if self._room >= 0:
            self._known[id_] = entries


@dataclass(slots=True)
class _Change:
    """What is asked for at one name: itself deleted, itself written, things below it."""

    content: Content | None
    deleted: bool
    below: _Changes


_Changes = dict[str, _Change]


def _nest(changes: _Changes, names: tuple[str, ...], content: Content | None, path: str) -> None:
    here = changes
    for name in names[:-1]:
        here = here.setdefault(name, _Change(None, False, {})).below
    change = here.setdefault(names[-1], _Change(None, False, {}))
    change.content, change.deleted = content, content is None
    if not isinstance(content, bytes | str | None):
        raise UsageError(f"the content of {path} must be bytes")


def _writes(change: _Change) -> bool:
    return change.content is not None or any(_writes(below) for below in change.below.values())


def _delete(entries: RawTree, raw: bytes, path: str) -> None:
    if raw not in entries:
        return
    if entries[raw][0] == FOLDER:
        raise AlreadyThereError(
            f"{path} is a folder, and only files are deleted", hint="Name the files below it."
        )
    del entries[raw]


def _decode(content: bytes, id_: ObjectId) -> RawTree:
    """Read a tree: mode, space, name, NUL, 20 bytes of id, over and over (gitformat-pack(5), gittutorial-2(7))."""
    entries: RawTree = {}
    at = 0
    while at < len(content):
        space = content.find(b" ", at, at + 8)
        end = content.find(b"\0", space)
        mode, name = content[at:space], content[space + 1 : end]
        well_formed = 0 <= space < end <= len(content) - 21 and _MODE.fullmatch(mode)
        if not well_formed or name in entries:
            raise RecordError(f"the tree {id_} is malformed", hint="Run git fsck.")
        entries[name] = (int(mode, 8), content[end + 1 : end + 21])
        at = end + 21
    return entries


def _in_order(entries: RawTree) -> RawTree:
    """Git's order: a folder is sorted as if its name ended with a slash."""
    names = [name + b"/" if mode == FOLDER else name for name, (mode, _) in entries.items()]
    if names == sorted(names):  # nearly always: one entry of hundreds became another
        return entries
    return {name: entries[name] for _, name in sorted(zip(names, entries, strict=True))}


def _encode(ordered: RawTree) -> bytes:
    """Write a tree whose entries are in Git's order."""
    return b"".join(b"%o %s\0%s" % (mode, name, binary) for name, (mode, binary) in ordered.items())


def _checked_name(raw: bytes, tree: ObjectId) -> str:
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RecordError(f"the tree {tree} has a name that is not UTF-8: {printable(raw)}") from error
    if not is_entry_name(name):
        raise RecordError(f"the tree {tree} has the forbidden name {printable(name)!r}")
    return name


def _kind(mode: int) -> str:
    return _KINDS.get(mode, f"a file of mode {mode:o}")
