"""Many writers at once, in short: the long form is `python tests/torture/writers.py --writers 64 --each 20`."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripts import assert_no_fault
from writers import arguments, measure

SHORT = ["--writers", "4", "--each", "2", "--without", "rebase", "own"]


@pytest.mark.parametrize(
    "options", [[], ["--one-clone"], ["--server-gc"]], ids=["clones", "one-clone", "server-gc"]
)
def test_nothing_is_lost_among_many_writers(options: list[str], tmp_path: Path) -> None:
    """Each candidate is on the remote once and whole, every writer ends well, and nothing is left over."""
    assert measure(tmp_path, arguments([*SHORT, *options])) == []


def test_commands_are_as_safe_as_long_lived_writers(tmp_path: Path) -> None:
    """A process for each act, as in CI jobs."""
    assert measure(tmp_path, arguments([*SHORT, "--cli", "--writers", "3", "--each", "1"])) == []


def test_nothing_is_lost_among_processes_of_one_draft(tmp_path: Path) -> None:
    """Every rank of a distributed training adds to the same candidate."""
    assert_no_fault("one_draft.py", "--processes", "4", "--each", "60", folder=tmp_path)
