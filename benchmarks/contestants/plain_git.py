"""What people do by hand: `git add FILE && git commit`, in a work tree that holds the same files."""

from __future__ import annotations

import subprocess
from pathlib import Path

from figures import Contestant

from contestants.base import Start
from gitreg.documents import layout, places
from gitreg.documents.writer import write

NAME = "git add + git commit"


def contestant(start: Start, place: Path) -> Contestant:
    """The file is there before the clock starts."""
    folder = place / "work"
    words = (
        "clone",
        "-q",
        "--single-branch",
        "--branch",
        places.CANDIDATES_BRANCH,
        str(start.registry),
        str(folder),
    )
    start.git(place, *words)
    for key in ("name", "email"):
        start.git(folder, "config", f"user.{key}", "benchmark@example.com")
    environ = dict(start.environ)

    def arrange(turn: int) -> str:
        candidate = start.next_candidate(turn)
        path = layout.path_of(candidate)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(write(candidate))
        return path

    def act(path: str) -> None:
        subprocess.run(["git", "add", path], cwd=folder, env=environ, check=True)
        subprocess.run(["git", "commit", "-q", "-m", f"Log {path}"], cwd=folder, env=environ, check=True)

    return Contestant(NAME, start.size, arrange, act)
