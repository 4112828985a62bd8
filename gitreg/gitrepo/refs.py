"""Refs, read and listed. Knows no work trees; moving.py moves them. Git's English is never read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from gitreg.gitrepo.names import ObjectId, check_ref, check_ref_prefix, is_object_id
from gitreg.gitrepo.packed_refs import PackedRefs
from gitreg.gitrepo.process import Git

_SMALL = 4096
"""No ref's file is longer: an id, or the name of another ref."""
_FORMAT = "%(refname)%00%(objectname)%00%(objecttype)%00%(*objectname)%00"


class Ref(NamedTuple):
    """A ref and what it points at; `target` is what an annotated tag points at in the end."""

    name: str
    id: ObjectId
    kind: str
    target: ObjectId | None


class RefReader:
    """The refs of one repository.

    Args:
        git: the repository.
    """

    def __init__(self, git: Git) -> None:
        self._git = git
        self._packed = PackedRefs(git.layout.common_dir)

    def resolve(self, ref: str) -> ObjectId | None:
        """Return what a full ref name, or `HEAD`, points at, not peeled; None when it does not exist.

        A loose ref is one small file and packed ones are another (gitrepository-layout(5)), and both are read here;
        symbolic and reftable refs are asked of Git. Neither way guesses: `refs/tags/x` never means `refs/heads/refs/tags/x`.
        """
        if ref != "HEAD":
            check_ref(ref)
        folder = self._git.layout.git_dir if _is_per_worktree(ref) else self._git.layout.common_dir
        loose = _read_text(f"{folder}/{ref}")
        if is_object_id(loose):
            return ObjectId(loose)
        if ref == "HEAD":
            outcome = self._git.run("rev-parse", "--verify", "--quiet", "HEAD", good=(0, 1))
            return ObjectId(outcome.out.decode().strip()) if outcome.code == 0 else None
        if not loose and not (folder / "reftable").exists():
            # Git packs before it deletes the loose file, so what is in neither was nowhere at that moment
            return self._packed.get(ref)
        return next((found.id for found in self.list(ref) if found.name == ref), None)

    def learnt(self, ref: str) -> float | None:
        """Return when a ref got its value here, or was packed, as seconds since 1970; None where files do not tell."""
        common = self._git.layout.common_dir
        for path in (common / check_ref(ref), common / "packed-refs"):
            try:
                return path.stat().st_mtime
            except (FileNotFoundError, NotADirectoryError):
                continue
        return None

    def symbolic_target(self, ref: str) -> str | None:
        """Return the ref that a symbolic ref points to, or None when it is none."""
        outcome = self._git.run("symbolic-ref", "--quiet", "--", check_ref(ref), good=())
        return outcome.out.decode("utf-8", "surrogateescape").strip() or None

    def list(self, prefix: str) -> list[Ref]:
        """Return the refs below a prefix such as `refs/heads/`, or the one ref of that name."""
        check_ref_prefix(prefix)
        output = self._git.run("for-each-ref", f"--format={_FORMAT}", "--", prefix).out
        fields = [part.removeprefix(b"\n").decode("utf-8", "surrogateescape") for part in output.split(b"\0")]
        return [_ref(fields[at : at + 4]) for at in range(0, len(fields) - 3, 4)]


def _ref(fields: Sequence[str]) -> Ref:
    name, id_, kind, target = fields
    return Ref(name, ObjectId(id_), kind, ObjectId(target) if target else None)


def _is_per_worktree(ref: str) -> bool:
    """These belong to one work tree (gitglossary(7), "per-worktree ref")."""
    return ref == "HEAD" or ref.startswith(("refs/bisect/", "refs/worktree/", "refs/rewritten/"))


def _read_text(path: str) -> str:
    """A small file, which every act reads many times: one system call after another, and no file object."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.read(descriptor, _SMALL).decode("ascii").strip()
    except (OSError, UnicodeError):
        return ""
    finally:
        os.close(descriptor)
