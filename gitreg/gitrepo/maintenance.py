"""Git's own housekeeping, started after an act as Git does it, and the housekeeping of others, noticed.

Whether many small objects have piled up is guessed as `git gc --auto` guesses (git-gc(1), `gc.auto` and
`gc.autoPackLimit`): by the files of one folder, which costs no process. What is done then is Git's own business. The
`pre-auto-gc` hook does not run, as no hook does when gitreg calls Git (environment.py).
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from gitreg.errors import UsageError
from gitreg.gitrepo.config import Config
from gitreg.gitrepo.environment import OPTIONS, clean_environment
from gitreg.gitrepo.process import Git

LOOSE = 6700
PACKS = 50
"""Git's own defaults of `gc.auto` and `gc.autoPackLimit`."""

_STALE = 12 * 3600
"""Git itself takes a `gc.pid` older than this for a dead one (builtin/gc.c, lock_repo_for_gc)."""

_LOOSE_FILE = re.compile(r"[0-9a-f]{38}")
_NUMBER = re.compile(r"(-?\d{1,15})([kmg]?)", re.IGNORECASE)
_FALSE = frozenset({"false", "no", "off", "0", ""})
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_COMMAND = ("maintenance", "run", "--auto", "--quiet")
_started: list[int] = []
"""Children that nobody waits for; each call takes leave of those that have ended."""


def tidy(git: Git, config: Config) -> bool:
    """Let Git pack what has piled up, where it would think so itself; whether it was started.

    Nothing waits for it, nothing fails by it: it goes on by itself in the background, unless the user wants it in the
    foreground (`gc.autoDetach`). Several at once are harmless, for Git lets one of them work (`gc.pid`).
    """
    _take_leave()
    objects = git.layout.common_dir / "objects"
    try:
        if not _is_needed(config, _count_loose(objects), _count_packs(objects)) or _is_off(
            config, "maintenance.auto"
        ):
            return False
        if running_collector(git.layout.common_dir) is not None:
            return False
        return _start(git, wait=_is_off(config, "gc.autoDetach"))
    except (OSError, UsageError, ValueError):
        return False  # an act that is done does not fail by what comes after it


def running_collector(common_dir: Path) -> int | None:
    """The process of `git gc` that works here, 0 if it is another machine's; None when there is none.

    Git's own rule (builtin/gc.c, lock_repo_for_gc): `gc.pid` holds a process id and a host's name.
    """
    path = common_dir / "gc.pid"
    try:
        age = time.time() - path.stat().st_mtime
        pid, _, host = path.read_text("utf-8", "replace").strip().partition(" ")
    except OSError:
        return None
    if age > _STALE:
        return None
    if not pid.isdigit() or host != socket.gethostname():
        return 0
    return int(pid) if _exists(int(pid)) else None


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True  # another user's
    return True


def _is_needed(config: Config, loose: int, packs: int) -> bool:
    """Git's estimate: the ids are spread evenly over 256 folders, so one of them tells of all.

    The configuration is asked only for what may matter, for every act comes by here.
    """
    if loose <= 1 and packs <= 1:
        return False
    auto = _number(config.get("gc.auto"), LOOSE)
    if auto <= 0:
        return False
    return loose > -(-auto // 256) or (
        packs > 1 and 0 < _number(config.get("gc.autoPackLimit"), PACKS) < packs
    )


def _is_off(config: Config, key: str) -> bool:
    return (config.get(key) or "true").lower() in _FALSE


def _number(text: str | None, default: int) -> int:
    if text is None:
        return default
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a number")
    return int(match[1]) * _UNITS[match[2].lower()]


def _count_loose(objects: Path) -> int:
    return sum(1 for name in _names(objects / "17") if _LOOSE_FILE.fullmatch(name))


def _count_packs(objects: Path) -> int:
    names = set(_names(objects / "pack"))
    return sum(1 for name in names if name.endswith(".pack") and f"{name[:-5]}.keep" not in names)


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names only
    except OSError:
        return []


def _start(git: Git, *, wait: bool) -> bool:
    environ = clean_environment(git.environ) | {"GIT_DIR": str(git.layout.git_dir)}
    quiet = subprocess.DEVNULL
    # a session of its own: an interrupt at the terminal is meant for the training, not for this
    process = subprocess.Popen(
        ["git", *OPTIONS, *_COMMAND],
        stdin=quiet,
        stdout=quiet,
        stderr=quiet,
        env=environ,
        cwd=git.layout.common_dir,
        start_new_session=True,
    )
    if wait:
        process.wait()
    else:
        _started.append(process.pid)
        process.returncode = 0  # else Python would warn of a child that is left alone on purpose
    return True


def _take_leave() -> None:
    for pid in list(_started):
        with suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG) == (0, 0):
                continue
        with suppress(ValueError):
            _started.remove(pid)
