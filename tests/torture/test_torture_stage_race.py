"""Eight signers and one tag's name, in short: the long form is `python tests/torture/stage_race.py --signers 8 --rounds 20`."""

from __future__ import annotations

from pathlib import Path

from stage_race import arguments, measure


def test_eight_signers_make_one_unbroken_chain(tmp_path: Path) -> None:
    """One wins, the others hear who; two release one version at once, and it has one tag; a stranger's clone verifies it."""
    assert measure(tmp_path, arguments(["--signers", "8", "--rounds", "1"])) == []
