"""Harm at calls that change files, at a few of them: the long form is `python tests/torture/syscalls.py --long`."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripts import assert_no_fault, can_trace

pytestmark = pytest.mark.skipif(not can_trace(), reason="needs strace, and may trace")


def test_a_command_leaves_the_old_state_or_the_new_one(tmp_path: Path) -> None:
    """Whichever call is hit, the same command succeeds when it is run again, and everything is there."""
    acts = ["--act", "log", "push", "--harm", "KILL", "ENOSPC", "--stride", "180", "--offset", "9"]
    assert_no_fault("syscalls.py", *acts, folder=tmp_path)
