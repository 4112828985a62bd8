"""What is said of a budget: kept, missed, or not known and why."""

from __future__ import annotations

import pytest
from budgets import Budget, Term, judge
from figures import Figure, Skipped
from report import Run, as_markdown, as_text, as_tree, put_section
from summary import as_table

pytestmark = pytest.mark.checkout
BUDGET = Budget("ours: 3 x the floor, and 1", "ours", (Term(3, "floor"),), plus=1)


def _figure(name: str, taken: float, size: int = 0, case: str = "") -> Figure:
    return Figure(name, size, (taken,), case)


def test_budget_is_kept_up_to_its_limit():
    """Three times the floor and one more is allowed."""
    verdict = judge(BUDGET, [_figure("ours", 7), _figure("floor", 2)])

    assert (verdict.state, verdict.detail) == ("kept", "7.00 of 7.00 ms")


def test_budget_missed_is_said_as_missed():
    """By how much, too."""
    verdict = judge(BUDGET, [_figure("ours", 7.1), _figure("floor", 2)])

    assert (verdict.state, verdict.detail) == ("missed", "7.10 of 7.00 ms")


def test_one_case_over_is_a_miss():
    """The worst case counts, and is named; each is compared with its own."""
    figures = [
        *(_figure("ours", 4, 10, "easy"), _figure("floor", 2, 10, "easy")),
        *(_figure("ours", 9, 10, "hard"), _figure("floor", 1, 10, "hard")),
    ]

    verdict = judge(BUDGET, figures)

    assert (verdict.state, verdict.detail) == ("missed", "9.00 of 4.00 ms (hard, 10); 1 of 2 over")


def test_every_case_over_is_named():
    """The worst first, so that whoever reads it knows where to look."""
    figures = [
        _figure(name, taken, 10, case)
        for case, taken in CASES
        for name, taken in (("ours", taken), ("floor", 1))
    ]

    verdict = judge(BUDGET, figures)

    assert verdict.detail == "9.00 of 4.00 ms (worst, 10); 5.00 of 4.00 ms (bad, 10); 2 of 3 over"


CASES = (("bad", 5), ("fine", 4), ("worst", 9))


def test_nothing_is_allowed_where_the_floor_is_nothing():
    """A limit of 0 is one, too."""
    budget = Budget("as the floor", "ours", (Term(1, "floor"),))

    assert judge(budget, [_figure("ours", 0.1), _figure("floor", 0)]).state == "missed"


def test_peer_that_is_missing_leaves_a_budget_unknown():
    """Never kept, and the reason is told."""
    verdict = judge(BUDGET, [_figure("ours", 1)], [Skipped("floor", "not installed")])

    assert (verdict.state, verdict.detail) == ("not known", "floor: not installed")


def test_nothing_measured_is_not_known():
    """A budget without figures is never kept."""
    assert judge(BUDGET, [_figure("floor", 1)]).state == "not known"


def test_budget_of_one_size_is_not_judged_by_another():
    """What was not measured at that size is not known."""
    budget = Budget("at 100", "ours", plus=5, size=100)

    assert judge(budget, [_figure("ours", 1, size=10)]).state == "not known"
    assert judge(budget, [_figure("ours", 1, size=10), _figure("ours", 6, size=100)]).state == "missed"


def test_budget_against_itself_at_another_size():
    """What grows with the size is compared with the smallest."""
    budget = Budget("flat", "ours", (Term(1.3, "ours", 0),), size=100)

    assert judge(budget, [_figure("ours", 10), _figure("ours", 12, 100)]).state == "kept"
    assert judge(budget, [_figure("ours", 10), _figure("ours", 14, 100)]).state == "missed"


def _run(*figures: Figure) -> Run:
    skipped = [Skipped("peer", "not installed")]
    return Run("row", "A row", "Notes.", "floor", {"cores": "2"}, figures, skipped, [BUDGET])


def test_miss_and_skip_stand_in_every_form():
    """On the terminal, on the page, in JSON and in the summary."""
    run = _run(_figure("ours", 9), _figure("floor", 2))

    text, page, tree, whole = as_text(run), as_markdown(run), as_tree(run), as_table([run], {"sync": "none"})

    line = "ours: 3 x the floor, and 1: 9.00 of 7.00 ms"
    assert f"missed: {line}" in text
    assert "skipped: peer: not installed" in text
    assert f"- missed: {line}" in page
    assert "Skipped: peer: not installed." in page
    assert tree["budgets"] == [
        {"budget": "ours: 3 x the floor, and 1", "state": "missed", "detail": "9.00 of 7.00 ms"}
    ]
    assert "0 kept, 1 missed, 0 not known" in whole
    assert "sync: -: none" in whole


def test_cases_are_lines_and_contestants_columns():
    """With the ratio to whom they are compared with; who did not take part has a dash."""
    run = _run(_figure("ours", 4, 10, "one"), _figure("floor", 2, 10, "one"), _figure("ours", 3, 10, "two"))

    assert run.rows() == [
        ("what", "size", "ours, ms", "floor, ms"),
        ("one", "10", "4.00 (4.00 .. 4.00) x 2.00", "2.00 (2.00 .. 2.00)"),
        ("two", "10", "3.00 (3.00 .. 3.00) x -", "-"),
    ]


def test_section_is_replaced(tmp_path):
    """A second run leaves one section, with its own figures."""
    page = tmp_path / "page.md"

    put_section(page, _run(_figure("ours", 9), _figure("floor", 2)))
    put_section(page, _run(_figure("ours", 8), _figure("floor", 2)))

    text = page.read_text()
    assert text.count("## A row") == 1
    assert "| ours | 8.00 |" in text
    assert "9.00" not in text
