"""docs/attacks.md says what the tests do, and no row of the list is without them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from attack_case import all_attacks
from attack_table import page
from gto_answers import MEASURED, STATES

from gitreg.workflows.verification.result import STEPS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "attacks.md"


@pytest.mark.checkout
def test_the_table_is_that_of_the_attacks() -> None:
    """`python tests/attacks/attack_table.py docs/attacks.md` writes it."""
    assert PAGE.read_text() == page()


def test_no_two_attacks_have_one_title() -> None:
    """Else one line of the table would stand for two."""
    titles = Counter(attack.title for attack in all_attacks())

    assert [title for title, number in titles.items() if number > 1] == []


def test_every_row_is_run_in_a_process_of_its_own_too() -> None:
    """What the tests call is what people call; the process shows it, the function is quicker."""
    attacks = all_attacks()

    assert {attack.row for attack in attacks if attack.process} == {attack.row for attack in attacks}
    assert len(attacks) >= 85


def test_every_step_refuses_something() -> None:
    """A step that stopped no attack would be there for show."""
    assert {attack.step for attack in all_attacks()} >= set(STEPS)


def test_what_gto_was_asked_is_an_attack() -> None:
    """Each of its answers stands beside gitreg's."""
    assert STATES.keys() == MEASURED.keys() <= {attack.title for attack in all_attacks()}


def test_nothing_is_accepted() -> None:
    """An attack that is accepted is declared as one, and this list is to be empty."""
    assert [attack.title for attack in all_attacks() if attack.accepted] == []
