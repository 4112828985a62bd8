"""Commits and tags as values: read from objects, written as objects. Knows no refs and no history."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from gitreg.errors import RecordError, UsageError
from gitreg.gitrepo.identity import Identity
from gitreg.gitrepo.names import ObjectId, check_id, is_object_id
from gitreg.gitrepo.objects import MIB, Objects
from gitreg.gitrepo.process import Git, last_line

_KEPT = 64
_PERSON = re.compile(r"(?P<name>[^<>\n]*?) ?<(?P<email>[^<>\n]*)> (?P<seconds>\d{1,18}) (?P<zone>[+-]\d{4})")


@dataclass(frozen=True)
class Commit:
    """One commit; text that is not UTF-8 has replacement characters, for it is shown and never written again."""

    id: ObjectId
    tree: ObjectId
    parents: tuple[ObjectId, ...]
    author: Identity
    committer: Identity
    message: str


class Commits:
    """The commits and tags of one repository."""

    def __init__(self, git: Git, objects: Objects) -> None:
        self._git = git
        self._objects = objects
        self._known: OrderedDict[ObjectId, Commit] = OrderedDict()

    def read(self, id_: ObjectId) -> Commit:
        """Return a commit.

        Raises:
            NotFoundError: there is no such object.
            RecordError: it is no commit, or a malformed one.
        """
        if (known := self._known.get(id_)) is not None:
            return known
        found = self._objects.get(id_, "commit", limit=MIB)
        return self._keep(_parse(found.id, found.content))

    def write(
        self, tree: ObjectId, parents: Sequence[ObjectId], message: str, author: Identity, committer: Identity
    ) -> ObjectId:
        """Store a commit; nothing points at it yet.

        Raises:
            UsageError: the message has NUL in it, or an identity cannot be written.
        """
        if "\0" in message or not message.strip():
            raise UsageError("a commit message must not be empty, nor have NUL in it")
        lines = [f"tree {check_id(tree)}", *(f"parent {check_id(parent)}" for parent in parents)]
        lines += [f"author {author.line()}", f"committer {committer.line()}", "", message.rstrip("\n"), ""]
        content = _encoded("\n".join(lines))
        # the tip that the next change begins from: it need not be asked of another process
        return self._keep(_parse(self._objects.write("commit", content), content)).id

    def _keep(self, commit: Commit) -> Commit:
        """Remembers a commit, which never changes; and only the last ones."""
        self._known[commit.id] = commit
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return commit

    def write_tag(self, payload: bytes) -> ObjectId:
        """Store an annotated tag, signature and all, after `git mktag` has checked its form.

        Raises:
            RecordError: Git refuses it, with Git's words.
        """
        outcome = self._git.run("mktag", stdin=payload, good=())
        if outcome.code != 0:
            raise RecordError(f"Git refuses the tag: {last_line(outcome.err)}")
        made = check_id(outcome.out.decode().strip())
        self._objects.harden(made)
        return made


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError("a commit message must be Unicode text") from error


def _parse(id_: ObjectId, content: bytes) -> Commit:
    header, _, message = content.decode("utf-8", "replace").partition("\n\n")
    fields: dict[str, list[str]] = {}
    for line in header.split("\n"):
        key, _, value = line.partition(" ")
        fields.setdefault(key, []).append(value)
    trees, parents = fields.get("tree", []), fields.get("parent", [])
    if len(trees) != 1 or not all(map(is_object_id, trees + parents)):
        raise _malformed(id_)
    author, committer = (_person(fields.get(role, []), id_) for role in ("author", "committer"))
    return Commit(id_, ObjectId(trees[0]), tuple(map(ObjectId, parents)), author, committer, message)


def _person(lines: list[str], id_: ObjectId) -> Identity:
    match = _PERSON.fullmatch(lines[0]) if len(lines) == 1 else None
    if match is None:
        raise _malformed(id_)
    return Identity(match["name"], match["email"], _when(int(match["seconds"]), match["zone"]))


def _when(seconds: int, zone: str) -> datetime:
    """Return the time; one beyond what a calendar holds, or in no real zone, is the nearest that is."""
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5])) * (-1 if zone[0] == "-" else 1)
    place = timezone(offset) if abs(offset) < timedelta(hours=24) else UTC
    return datetime.fromtimestamp(min(seconds, 253_000_000_000), place)


def _malformed(id_: ObjectId) -> RecordError:
    return RecordError(f"the commit {id_} is malformed", hint="Run git fsck.")
