"""kill -9 at random moments, in short: the long form is `python tests/torture/kills.py --kills 5000`."""

from __future__ import annotations

from pathlib import Path

from scripts import assert_no_fault


def test_nothing_acknowledged_dies_with_its_process(tmp_path: Path) -> None:
    """After each kill the next command works, and at the end everything acknowledged is there, once and whole."""
    assert_no_fault("kills.py", "--kills", "6", "--seed", "1", folder=tmp_path)
