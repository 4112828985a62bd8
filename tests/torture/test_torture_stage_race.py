"""Eight signers and one tag's name, in short: the long form is `python tests/torture/stage_race.py --signers 8 --rounds 20`."""

from __future__ import annotations

from pathlib import Path

from scripts import assert_no_fault


def test_eight_signers_make_one_unbroken_chain(tmp_path: Path) -> None:
    """One wins, the others hear who; two release one version at once, and it has one tag; a stranger's clone verifies it."""
    assert_no_fault("stage_race.py", "--signers", "8", "--rounds", "1", folder=tmp_path)
