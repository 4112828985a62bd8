"""Whole processes as contestants: the programs beside this Python, from start to exit, and the memory they take."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from figures import Contestant, Skipped

FLOOR = 'python -c "import sqlite3, click"'
FLOOR_WORDS = ("python", "-c", "import sqlite3, click")
_WATCH = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
sys.exit(1) if status else print(used.ru_maxrss)
"""
"""A small process starts the one that is watched: until a child runs a program of its own, its parent's memory counts."""


def find(program: str) -> str | None:
    """Where a program is: beside this Python, or as the system has it."""
    if program == "python":
        return sys.executable
    return shutil.which(program, path=str(Path(sys.executable).parent)) or shutil.which(program)


def process(
    name: str,
    words: Sequence[str],
    environ: Mapping[str, str],
    folder: Path,
    *,
    size: int = 0,
    arrange: Callable[[int], Any] = lambda turn: turn,
) -> Contestant | Skipped:
    """A program that is run in a folder, where it is installed; `{turn}` in its words is what was arranged."""
    path = find(words[0])
    if path is None:
        return Skipped(name, f"not installed: {words[0]}")

    def act(arranged: Any) -> None:
        run([path, *(word.replace("{turn}", str(arranged)) for word in words[1:])], environ, folder)

    return Contestant(name, size, arrange, act)


def floor(environ: Mapping[str, str], folder: Path, *, size: int = 0) -> Contestant | Skipped:
    """The least that a command with an index can cost: Python, SQLite and click loaded."""
    return process(FLOOR, FLOOR_WORDS, environ, folder, size=size)


def run(words: Sequence[str], environ: Mapping[str, str], folder: Path) -> str:
    """What a program prints; whoever fails says why."""
    command = [find(words[0]) or words[0], *words[1:]]
    done = subprocess.run(command, env=dict(environ), cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(words[:4])} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout


def peak_memory(words: Sequence[str], environ: Mapping[str, str], folder: Path) -> float:
    """The most memory that a program and those it waited for took, in MB of 10^6 bytes."""
    command = [find(words[0]) or words[0], *words[1:]]
    said = run([sys.executable, "-I", "-S", "-c", _WATCH, *command], environ, folder)
    scale = 1 if sys.platform == "darwin" else 1024
    return int(said) * scale / 1e6
