"""How tests call the command line, and what they get back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

KEPT = ("PATH", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "COVERAGE_PROCESS_START")
EXECUTABLE = [sys.executable, "-m", "gitreg"]
SOURCES = str(Path(__file__).resolve().parents[2])


@dataclass(frozen=True)
class Said:
    """What a call answered."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Template:
    """The registry that all others are copies of, and the HOME that its signing key is in."""

    folder: Path
    home: Path


Gitreg = Callable[..., Said]


def git(folder: Path, *words: str) -> str:
    """What plain Git says."""
    return subprocess.run(
        ["git", *words], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()
