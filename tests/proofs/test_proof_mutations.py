"""Mutated registries, judged by gitreg and by the simple verifier: a few of the ten thousand of mutate_registries.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutate_registries import Judge, Tally

SEED = 7
EACH = 30


@pytest.mark.parametrize("part", range(4))
def test_gitreg_and_the_simple_verifier_judge_alike(judge: Judge, part: int) -> None:
    """No traceback, no wrong accept, no refusal that nobody can explain."""
    tally = Tally()
    for number in range(part * EACH, (part + 1) * EACH):
        judge.case(SEED, number, tally)

    assert tally.failures == []
    assert tally.agreed["accepted by both"] > 0
    assert sum(tally.agreed.values()) > EACH / 2


def test_the_simple_verifier_knows_nothing_of_gitreg() -> None:
    """Otherwise both could be wrong in the same way."""
    text = Path(__file__).with_name("simple_verifier.py").read_text()

    assert "import gitreg" not in text
    assert "from gitreg" not in text
