"""The state of the code that a candidate was made with: a commit that others can fetch, and a patch from there.

Nothing of the user's is written: the index is a copy in a private folder. Comparing files runs the clean filters
that the user configured for them (Git LFS, line ends), as `git status` does: without them every filtered file would
look changed. External diff programs and textconv never run.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gitreg.gitrepo.config import Config
from gitreg.gitrepo.names import ObjectId
from gitreg.gitrepo.objects import MIB
from gitreg.gitrepo.process import Git
from gitreg.gitrepo.refs import RefReader
from gitreg.gitrepo.remotes import without_credentials
from gitreg.gitrepo.worktrees import Worktrees

_PROBE = 8000
"""Git, too, takes a file for binary when there is a NUL among its first 8000 bytes (xdiff-interface.c)."""

_ONLY_FILES = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""Follow no link, and do not wait for a writer when it is a pipe."""


@dataclass(frozen=True)
class CodeState:
    """What the work tree holds, told so that somebody else can make the same.

    Args:
        head: the commit that is checked out.
        base: the newest ancestor of `head` that the remote has; `head` itself when there is no such remote.
        branch: short name of the branch, None when detached.
        dirty: whether `patch` says anything.
        remote_url: the remote's URL without credentials, None when there is no remote.
        patch: from `base` to the work tree: unpushed, staged and unstaged changes, and untracked text.
        left_out: untracked files that are binary, no regular files, or too large for the patch.
    """

    head: ObjectId
    base: ObjectId
    branch: str | None
    dirty: bool
    remote_url: str | None
    patch: bytes
    left_out: tuple[str, ...] = ()


def code_state(git: Git, refs: RefReader, config: Config, worktrees: Worktrees) -> CodeState | None:
    """Return the state of the code, or None when there is no commit yet."""
    head = refs.resolve("HEAD")
    if head is None:
        return None
    full_branch = worktrees.head_branch()
    branch = full_branch.removeprefix("refs/heads/") if full_branch else None
    remote = _remote_of(config, branch)
    url = config.remote_url(remote) if remote else None
    base = _newest_published(git, head, remote) if remote else head
    patch, left_out = _patch(git, base) if git.layout.work_tree else (b"", [])
    shown = without_credentials(url) if url else None
    return CodeState(head, base, branch, bool(patch), shown, patch, tuple(left_out))


def _remote_of(config: Config, branch: str | None) -> str | None:
    remotes = config.remotes()
    wanted = (config.get(f"branch.{branch}.remote") if branch else None, "origin", *remotes)
    return next((name for name in wanted if name in remotes), None)


def _newest_published(git: Git, head: ObjectId, remote: str) -> ObjectId:
    """Return the newest commit among the head's ancestors that the remote-tracking refs reach."""
    tracking = f"--remotes={remote}/*"
    words = ("rev-list", "--boundary", "--topo-order", head, "--not", tracking, "--")
    lines = git.run(*words).out.decode().split()
    if not lines:
        return head  # everything is published
    boundary = [line[1:] for line in lines if line.startswith("-")]
    return ObjectId(boundary[0]) if boundary else head


def _patch(git: Git, base: ObjectId) -> tuple[bytes, list[str]]:
    with tempfile.TemporaryDirectory(prefix="gitreg-code-") as folder:
        extra = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        if (git.layout.git_dir / "index").exists():
            shutil.copy2(git.layout.git_dir / "index", extra["GIT_INDEX_FILE"])
        left_out = _add_untracked(git, extra)
        flags = (
            "--patch",
            "--binary",
            "--full-index",
            "--no-renames",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
        )
        words = (
            "diff-index",
            *flags,
            "--src-prefix=a/",
            "--dst-prefix=b/",
            "--ignore-submodules=dirty",
            base,
            "--",
        )
        return git.run(*words, extra=extra).out, left_out


def _add_untracked(git: Git, extra: Mapping[str, str]) -> list[str]:
    """Announce untracked text to the private index; returns what was not announced."""
    found = git.run("ls-files", "-z", "--others", "--exclude-standard", extra=extra).records()
    text = [path for path in found if _is_text(git.folder / path)]
    if text:
        paths = b"".join(os.fsencode(path) + b"\0" for path in text)
        words = ("add", "--intent-to-add", "--pathspec-from-file=-", "--pathspec-file-nul")
        git.run(*words, stdin=paths, extra=extra)
    return sorted(set(found) - set(text))


def _is_text(path: Path) -> bool:
    try:
        with os.fdopen(os.open(path, _ONLY_FILES), "rb") as file:
            status = os.fstat(file.fileno())
            return stat.S_ISREG(status.st_mode) and status.st_size < MIB and b"\0" not in file.read(_PROBE)
    except OSError:
        return False
