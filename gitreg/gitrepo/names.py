"""What may be said to Git: object ids, full ref names, revisions, paths. Knows no repository.

Everything here is a full match, made before Git sees a name, so that nothing from outside can be taken for an
option, a range, a glob or a second line. The rules for refs are those of git-check-ref-format(1), the rules for
paths those of `git fsck --strict` (names that a file system could take for `.git`).
"""

from __future__ import annotations

import re
from typing import NewType

from gitreg.errors import UsageError

ObjectId = NewType("ObjectId", str)
"""40 lower-case hex digits: the name of a Git object."""

ZERO = ObjectId("0" * 40)
"""In a ref update: "no object", the ref does not exist."""

EMPTY_TREE = ObjectId("4b825dc642cb6eb9a060e54bf8d69288fbee4904")

_ID = re.compile(r"[0-9a-f]{40}")
_PEELED = re.compile(r"([0-9a-f]{40})(\^\{(commit|tree|blob|tag)?\})?")
_REF = re.compile(
    r"(?!.*(\.\.|//|/\.|@\{|\.lock(/|\Z)|\Arefs/heads/-))"
    r"refs/[^\x00-\x20\x7f ~^:?*\[\\\ud800-\udfff]+(?<![./])"
)
_HFS_IGNORES = dict.fromkeys([*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF])


def printable(text: str | bytes, *, limit: int = 500) -> str:
    """Make text from outside fit for one line of a message: no control characters, not too long."""
    decoded = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    line = "".join(char if char.isprintable() else " " for char in decoded)
    return line if len(line) <= limit else line[: limit - 3] + "..."


def is_object_id(text: str) -> bool:
    """Tell whether this is a full SHA-1 object id."""
    return _ID.fullmatch(text) is not None


def check_id(text: str) -> ObjectId:
    """Return the text as an object id.

    Raises:
        UsageError: it is not 40 lower-case hex digits.
    """
    if not is_object_id(text):
        raise UsageError(f"{printable(text)!r} is not a full object id", hint="Give all 40 hex digits.")
    return ObjectId(text)


def is_ref(text: str) -> bool:
    """Tell whether this is a full ref name that Git would accept."""
    return _REF.fullmatch(text) is not None


def check_ref(text: str) -> str:
    """Return the text, a full ref name such as `refs/heads/main`.

    Raises:
        UsageError: it does not begin with `refs/`, or git-check-ref-format(1) forbids it.
    """
    if not is_ref(text):
        raise UsageError(
            f"{printable(text)!r} is not a full ref name", hint="Write it in full: refs/heads/main."
        )
    return text


def check_ref_prefix(text: str) -> str:
    """Return the text, a full ref name or a folder of refs such as `refs/heads/` or `refs/`."""
    if text != "refs/":
        check_ref(text.removesuffix("/"))
    return text


def check_revision(text: str) -> str:
    """Return the text: `HEAD`, a full ref name, an object id, or an object id peeled by `^{commit}` or its like.

    Raises:
        UsageError: it is anything else; ranges, short ids, `@{1}` and short names are not understood on purpose.
    """
    if text == "HEAD" or _PEELED.fullmatch(text) or is_ref(text):
        return text
    raise UsageError(
        f"{printable(text)!r} is not a revision that gitreg reads",
        hint="Give a full ref name (refs/heads/main) or all 40 hex digits of an object id.",
    )


def is_dot_git(name: str) -> bool:
    """Tell whether some file system would take this name for `.git` (Windows, NTFS short names, HFS+)."""
    plain = name.translate(_HFS_IGNORES).casefold().split(":")[0].rstrip(" .")
    return plain in {".git", "git~1"} or plain.startswith((".git\\", "git~1\\"))


def is_entry_name(name: str) -> bool:
    """Tell whether this may be the name of one entry of a tree."""
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        return False
    return not is_dot_git(name)


def check_path(path: str) -> tuple[str, ...]:
    """Split a path inside a tree into its names.

    Raises:
        UsageError: the path is absolute, empty, has `.`, `..`, `.git` or an empty name in it, or is not text.
    """
    names = tuple(path.split("/"))
    try:
        path.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UsageError(f"the path {printable(ascii(path))} is not Unicode text") from error
    if not all(is_entry_name(name) for name in names):
        raise UsageError(
            f"{printable(path)!r} is not a path inside a repository", hint="Use a relative path with /."
        )
    return names
