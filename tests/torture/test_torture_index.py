"""kill -9 while the search index is made, in short: the long form is `python tests/torture/index_kills.py --kills 200`."""

from __future__ import annotations

from pathlib import Path

from scripts import assert_no_fault


def test_no_answer_changes_when_the_maker_of_the_index_is_killed(tmp_path: Path) -> None:
    """After each kill the index answers what an index would that is made anew."""
    assert_no_fault("index_kills.py", "--kills", "8", "--seed", "1", folder=tmp_path)
