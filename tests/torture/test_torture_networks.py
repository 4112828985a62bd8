"""Bad networks and servers, in short: the long form is `python tests/torture/networks.py --long`."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripts import assert_no_fault

SHORT = {
    "cut": ["--count", "4"],
    "stall": ["--stalls", "0"],
    "gone": [],
    "lock": [],
    "lost-answer": [],
    "full-disk": ["--points", "2"],
}


@pytest.mark.parametrize("way", SHORT)
def test_a_push_survives_a_bad_network(way: str, tmp_path: Path) -> None:
    """It ends in bounded time with the exit code that says why, loses nothing, and succeeds when all is well again."""
    assert_no_fault("networks.py", way, *SHORT[way], "--seed", "1", folder=tmp_path)


def test_a_push_by_ssh_survives_cuts(tmp_path: Path) -> None:
    """The same by ssh, which tells of a connection that ended in other words."""
    assert_no_fault("networks.py", "cut", "--by", "ssh", "--count", "2", "--seed", "1", folder=tmp_path)
