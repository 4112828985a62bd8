"""Runs a torture as a process of its own: they fork, which a process with threads, as pytest is, had better not."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def has_s3() -> bool:
    """Whether seaweedfs and DVC's plug-in for S3 are here."""
    beside = Path(sys.executable).with_name("weed").exists()
    return (beside or bool(shutil.which("weed"))) and importlib.util.find_spec("dvc_s3") is not None


def can_trace() -> bool:
    """Whether strace is here, and may trace."""
    words = ["strace", "-f", "-qq", "-o", "/dev/null", "true"]
    return (
        bool(shutil.which("strace"))
        and subprocess.run(words, capture_output=True, check=False).returncode == 0
    )


def assert_no_fault(script: str, *words: str, folder: Path) -> None:
    """Runs a script of this folder, which must end with 0; else what it said is the failure."""
    command = [sys.executable, str(HERE / script), *words, "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
