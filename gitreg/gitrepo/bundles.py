"""Bundles: a repository in one file (gitformat-bundle(5)). What a file says of itself is read strictly, before Git sees it.

Whoever made the file is a stranger. Knows bytes and refs, nothing of models.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from gitreg.errors import RemoteError, UsageError, VerificationError
from gitreg.gitrepo.names import ObjectId, is_object_id, is_ref, printable

SIGNATURES = {b"# v2 git bundle\n": 2, b"# v3 git bundle\n": 3}
STEP = "store"
LONGEST_LINE = 4096
LONGEST_HEADER = 64 * 1024 * 1024
PACK = b"PACK"


@dataclass
class Heads:
    """What a bundle says that it holds.

    Args:
        refs: object ids by full ref name; HEAD may be among them.
        missing: commits that it builds on and does not hold.
    """

    refs: dict[str, ObjectId] = field(default_factory=dict)
    missing: list[ObjectId] = field(default_factory=list)


def read_heads(file: BinaryIO) -> Heads:
    """The header of a bundle that is whole in itself; the file stands at its pack afterwards.

    Raises:
        UsageError: the file is no bundle, or one of another kind: of SHA-256 objects, or filtered.
        RemoteError: it builds on commits that are elsewhere.
        VerificationError: step `store`; its header is cut off, or holds what no Git writes.
    """
    version = SIGNATURES.get(file.readline(LONGEST_LINE))
    if version is None:
        raise UsageError("it is no Git bundle", hint="gitreg export bundle -o FILE makes one.")
    heads = Heads()
    for line in _lines(file):
        if line.startswith("@") and version == 3 and not (heads.refs or heads.missing):
            _check_capability(line)
        elif line.startswith("-"):
            heads.missing.append(_id(line[1:41], line[41:42]))
        else:
            _add_ref(heads, line)
    if file.read(len(PACK)) != PACK:
        raise VerificationError("it ends before its objects begin", step=STEP)
    if heads.missing:
        raise RemoteError(
            f"it builds on {len(heads.missing)} commits that it does not hold, as {heads.missing[0][:12]}",
            hint="Ask for a whole one: gitreg export bundle -o FILE.",
        )
    return heads


def _lines(file: BinaryIO) -> Iterator[str]:
    """The header's lines up to the empty one that ends it."""
    size = 0
    while (line := file.readline(LONGEST_LINE)) != b"\n":
        size += len(line)
        if not line.endswith(b"\n") or size > LONGEST_HEADER:
            raise VerificationError("its list of refs is cut off, or too long", step=STEP)
        yield line[:-1].decode("utf-8", "surrogateescape")


def _check_capability(line: str) -> None:
    if line != "@object-format=sha1":
        raise UsageError(
            f"it is a bundle with {printable(line[1:])}, which holds no registry whole",
            hint="gitreg export bundle -o FILE makes a whole one.",
        )


def _id(text: str, after: str) -> ObjectId:
    if not is_object_id(text) or after not in {"", " "}:
        raise VerificationError(
            f"its header has the line {printable(text)!r}, which Git writes never", step=STEP
        )
    return ObjectId(text)


def _add_ref(heads: Heads, line: str) -> None:
    id_, ref = _id(line[:40], line[40:41]), line[41:]
    if not (ref == "HEAD" or is_ref(ref)) or ref in heads.refs:
        raise VerificationError(f"it names {printable(ref)!r}, which is no ref, or twice", step=STEP)
    heads.refs[ref] = id_
