"""kill -9 at random moments, in short: the long form is `python tests/torture/kills.py --kills 5000`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_acknowledged_dies_with_its_process(seed: int, tmp_path: Path) -> None:
    """After each kill the next command works, and at the end everything acknowledged is there, once and whole."""
    words = ["--kills", "8", "--seed", str(seed), "--folder", str(tmp_path)]
    # a process of its own, for it forks, and pytest has threads
    done = subprocess.run(
        [sys.executable, str(HERE / "kills.py"), *words], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
