"""Checks of the repositories on both sides: sound, without locks and leftovers, and never moved back."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from itertools import groupby, pairwise
from pathlib import Path

from subject import Checked, Subject

ZERO = "0" * 40
DRAFT = re.compile(r"[0-9a-f]{32}")
GIT_LITTER = re.compile(r"(tmp_|incoming-|tmp_objdir-|\.tmp-|bulk-fsync-)")
"""Temporary objects of a Git that was killed: in nobody's way, and `git gc` removes them."""
OUR_LITTER = re.compile(r"(tmp|\.new-|\.gone-)")


def fsck_finds_nothing(subject: Subject) -> Checked:
    """`git fsck --strict` is clean on both sides."""
    faults = []
    for place in _repositories(subject):
        try:
            said = subject.git("fsck", "--strict", "--no-dangling", "--no-progress", at=place).strip()
        except RuntimeError as error:
            said = str(error)
        faults += [f"{place}: {line}" for line in said.splitlines() if line]
    return Checked("repositories under git fsck --strict", len(_repositories(subject)), faults)


def no_lock_or_temporary_file_is_left(subject: Subject) -> Checked:
    """Nothing that blocks the next command, nothing half-written, no draft that nobody finishes."""
    end = time.monotonic() + subject.patience
    while True:
        faults, count = _look_for_leftovers(subject)
        if not faults or time.monotonic() > end:
            return Checked("files in repositories, none a lock or temporary", count, faults)
        time.sleep(0.2)


def _look_for_leftovers(subject: Subject) -> tuple[list[str], int]:
    faults, count = [], 0
    for place in _repositories(subject):
        folder = git_folder(place)
        for path in _everything_below(folder):
            count += 1
            if (reason := _leftover(path, folder, killed=subject.killed)) and _is_old(path, subject.before):
                faults.append(f"{path} is {reason}")
    return faults, count


def _everything_below(folder: Path) -> Iterator[Path]:
    """Files and folders; unlike `rglob`, whatever vanishes meanwhile is no error."""
    for place, folders, files in os.walk(folder):
        yield from (Path(place, name) for name in (*folders, *files))


def no_strange_ref_is_left(subject: Subject) -> Checked:
    """The remote has the two branches, and nothing that was made on the way."""
    lines = subject.git("ls-remote", "--refs", subject.remote).splitlines()
    refs = [line.partition("\t")[2] for line in lines]
    kept = {f"refs/heads/{branch}" for branch in subject.branches} | set(subject.also)
    faults = [f"{ref} is left on the remote" for ref in refs if ref not in kept]
    faults += [f"{ref} is gone from the remote" for ref in sorted(kept - set(refs))]
    return Checked("refs of the remote", len(refs), faults)


def branches_only_moved_forward(subject: Subject) -> Checked:
    """Each commit that a branch of the remote ever was at is an ancestor of the one it went to."""
    faults, count = [], 0
    for branch in subject.branches:
        tip = subject.git("rev-parse", f"refs/remotes/origin/{branch}").strip()
        seen = [commit for name, commit in subject.tips if name == branch]
        if subject.server is not None:
            entries = _reflog(subject.server, branch)
            if not entries:
                faults.append(f"{branch} has no reflog on the server: set core.logAllRefUpdates there")
            faults += [
                f"{branch}: the reflog has a gap at {b[0]}" for a, b in pairwise(entries) if a[1] != b[0]
            ]
            seen += [commit for entry in entries for commit in entry if commit != ZERO]
        path = [commit for commit, _ in groupby([*seen, tip])]
        count += len(path) - 1
        for old, new in pairwise(path):
            if not _is_ancestor(subject, old, new):
                faults.append(f"{branch} moved from {old} to {new}, which is not forward")
    return Checked("moves of the remote's branches, all forward", count, faults)


def git_folder(place: Path) -> Path:
    """The Git folder of a work tree, or the bare repository itself."""
    return place / ".git" if (place / ".git").is_dir() else place


def _repositories(subject: Subject) -> list[Path]:
    return [place for place in (subject.server, subject.fresh, *subject.clones) if place is not None]


def _leftover(path: Path, folder: Path, *, killed: bool) -> str | None:
    parts = path.relative_to(folder).parts
    if path.name.endswith(".lock") and not path.is_dir():
        return "a lock"
    if parts[0] == "gitreg":
        if len(parts) == 3 and parts[1] == "drafts" and DRAFT.fullmatch(parts[2]):
            return "a draft that nobody finished"
        return "temporary" if OUR_LITTER.match(path.name) else None
    if parts[0] == "objects" and GIT_LITTER.match(path.name) and not killed:
        return "temporary"
    return None


def _is_old(path: Path, before: float | None) -> bool:
    try:
        return before is None or path.lstat().st_mtime < before
    except FileNotFoundError:
        return False


def _reflog(server: Path, branch: str) -> list[tuple[str, str]]:
    file = server / "logs" / "refs" / "heads" / branch
    lines = file.read_text(errors="replace").splitlines() if file.exists() else []
    return [(line[:40], line[41:81]) for line in lines]


def _is_ancestor(subject: Subject, old: str, new: str) -> bool:
    try:
        return not list(_missing(subject, old, new))
    except RuntimeError:
        return False


def _missing(subject: Subject, old: str, new: str) -> Iterator[str]:
    """Commits of the old tip that the new one does not have."""
    at = subject.server or subject.fresh
    yield from subject.git("rev-list", "-n", "1", old, f"^{new}", at=at).split()
