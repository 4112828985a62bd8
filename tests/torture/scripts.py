"""Runs a torture as a process of its own: they fork, which a process with threads, as pytest is, had better not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def assert_no_fault(script: str, *words: str, folder: Path) -> None:
    """Runs a script of this folder, which must end with 0; else what it said is the failure."""
    command = [sys.executable, str(HERE / script), *words, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
