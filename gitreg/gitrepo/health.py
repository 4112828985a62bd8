"""What may be wrong with a repository: its locks, who works in it, what it lacks. Looks, and changes nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gitreg.errors import UsageError
from gitreg.gitrepo.names import check_ref, printable
from gitreg.gitrepo.process import Git

PROC = Path("/proc")
LOCK = ".lock"
_VERSION = re.compile(r"git version (\d+)\.(\d+)(?:\.(\d+))?")
_TOP = (
    "*.lock",
    "packed-refs.new",
    "logs/*.lock",
    "objects/*.lock",
    "objects/info/**/*.lock",
    "objects/pack/*.lock",
)
_DEEP = ("refs", "logs/refs", "reftable")


@dataclass(frozen=True)
class Worker:
    """A process of Git; `is_waiting` when it stays for questions, and holds a lock for a moment at most."""

    pid: int
    is_waiting: bool


class Health:
    """One repository, looked at from outside."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._layout = git.layout

    def version(self) -> tuple[int, ...]:
        """Return Git's version; nothing where it does not tell one."""
        match = _VERSION.match(self._git.run("version").out.decode("utf-8", "replace"))
        return tuple(int(part or 0) for part in match.groups()) if match else ()

    def locks(self) -> list[Path]:
        """Return the lock files of this repository and of its linked work trees (gitrepository-layout(5))."""
        places = [self._layout.common_dir, *self._work_trees()]
        return sorted({path for place in places for path in _locks_in(place)})

    def workers(self) -> list[Worker] | None:
        """Return the processes of Git that work here, ours left out; None where the system does not tell.

        One that belongs to somebody else, and does not show where it works, counts as one that works here.
        """
        if not (PROC / "self" / "stat").exists():
            return None
        roots = [path.resolve() for path in (self._layout.common_dir, self._git.folder)]
        return [Worker(pid, _is_waiting(pid)) for pid in _git_processes() if _works_in(pid, roots)]

    def is_shallow(self) -> bool:
        """Tell whether the history here was cut off when it was cloned."""
        return (self._layout.common_dir / "shallow").exists()

    def scope(self, key: str) -> str:
        """Return which configuration says a key: `local`, `global`, `system`, `worktree` or `command`."""
        outcome = self._git.run("config", "--show-scope", "--get", key, good=())
        return outcome.out.decode("utf-8", "replace").partition("\t")[0] or "local"

    def attribute(self, commit: str, path: str) -> bytes | None:
        """Return a file of a commit, as it is."""
        outcome = self._git.run("cat-file", "blob", f"{commit}:{path}", good=())
        return outcome.out if outcome.code == 0 else None

    def fsck(self) -> list[str]:
        """Return what `git fsck --connectivity-only` finds missing or broken, one line each."""
        outcome = self._git.run("fsck", "--connectivity-only", "--no-dangling", "--no-progress", good=())
        if outcome.code == 0:
            return []
        lines = (outcome.out + b"\n" + outcome.err).decode("utf-8", "replace").splitlines()
        return [printable(line) for line in lines if line.strip()]

    def push_refusal(self, remote: str, ref: str) -> str | None:
        """Return why a remote would not take a push, in Git's words; None where it lets us begin one.

        `git push --dry-run` opens the connection as a push does, and sends nothing: hosts refuse there whoever may not
        push at all. What protects single branches is only told by a push.
        """
        words = ("push", "--dry-run", "--porcelain", "--no-verify", "--end-of-options", remote)
        outcome = self._git.run(*words, f"{check_ref(ref)}:{ref}", good=())
        if outcome.code == 0 or b"\t[rejected]" in outcome.out:
            return None
        lines = [line.strip() for line in outcome.err.decode("utf-8", "replace").splitlines() if line.strip()]
        return printable("; ".join(lines) or "no reason given")

    def _work_trees(self) -> list[Path]:
        folder = self._layout.common_dir / "worktrees"
        return sorted(path for path in folder.glob("*") if path.is_dir() and not path.is_symlink())


def top_folder(path: Path) -> Path:
    """Return the folder that Git would take for the repository around a path, which it may not trust.

    Raises:
        UsageError: no folder above has a `.git`.
    """
    for folder in (path, *path.parents):
        if (folder / ".git").exists() or (folder / "HEAD").is_file():
            return folder
    raise UsageError(f"{path} is in no Git repository", hint="git init")


def _locks_in(place: Path) -> Iterator[Path]:
    for pattern in _TOP:
        yield from (path for path in place.glob(pattern) if path.is_file() and not path.is_symlink())
    for name in _DEEP:
        for folder, _, files in os.walk(place / name):
            yield from (Path(folder, file) for file in files if file.endswith(LOCK))


def _git_processes() -> Iterator[int]:
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            name, _, rest = (entry / "stat").read_text(errors="replace").partition("(")[2].rpartition(")")
        except OSError:
            continue  # it has ended
        state, parent = rest.split()[:2]
        if (name == "git" or name.startswith("git-")) and state != "Z" and int(parent) != os.getpid():
            yield int(entry.name)


def _is_waiting(pid: int) -> bool:
    try:
        words = (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"cat-file" in words or (b"update-ref" in words and b"--stdin" in words)


def _works_in(pid: int, roots: list[Path]) -> bool:
    try:
        folder = (PROC / str(pid) / "cwd").readlink()
        environ = (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except PermissionError:
        return True
    except OSError:
        return False  # it has ended meanwhile: ENOENT, or ESRCH
    named = next((one.removeprefix(b"GIT_DIR=") for one in environ if one.startswith(b"GIT_DIR=")), b"")
    places = [folder, folder / os.fsdecode(named)]
    return any(place.is_relative_to(root) for place in places for root in roots)
