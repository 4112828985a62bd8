"""Small things that people read."""

from __future__ import annotations

import math
import re

import pytest

from gitreg.render.page import Page
from gitreg.render.progress_terminal import Bar
from gitreg.render.sizes import size_text
from gitreg.render.table import table_of
from gitreg.render.table_terminal import table_text
from gitreg.workflows.candidates.compare import Row


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_500_000, "1.5 MB"), (10**18, "1000.0 PB")],
)
def test_size_is_short(size: int, shown: str) -> None:
    """Decimal units, one digit after the point."""
    assert size_text(size) == shown


@pytest.mark.parametrize(
    ("values", "goal", "expected"),
    [
        ((0.5, 0.6), "maximize", "better"),
        ((0.5, 0.4), "maximize", "worse"),
        ((0.5, 0.4), "minimize", "better"),
        ((0.5, 0.6), "minimize", "worse"),
        ((0.5, 0.5), "maximize", None),
        ((0.5, 0.6), None, None),
        ((math.nan, 0.6), "maximize", None),
        ((0.5, math.nan), "maximize", None),
        ((None, 0.6), "maximize", None),
        ((0.5, "text"), "maximize", None),
    ],
)
def test_verdict_follows_the_goal(
    values: tuple[float | None, float | None], goal: str | None, expected: str | None
) -> None:
    """Better and worse are said only where somebody said which way is better."""
    row = Row("metrics.auc", values, goal)  # type: ignore[arg-type]

    assert row.verdict(values[1]) == expected


def test_page_leaves_out_what_is_empty() -> None:
    """No empty lines, no empty sections; what acts is escaped."""
    page = Page()
    page.title("thing")
    page.line("name", "a\x1bb")
    page.line("nothing", None)
    page.section("none", [])
    page.section("some", [("key", "value"), ("longer key", "")])
    page.paragraph("notes", "two\nlines")

    assert page.text() == (
        "thing\nname:        a\\x1bb\nsome:\n  key         value\n  longer key\nnotes:\n  two\n  lines\n"
    )


def test_table_fits_the_terminal_and_marks_what_it_cut() -> None:
    """Columns are cut with an ellipsis; the first keeps what people copy; nothing in a cell is markup."""
    table = table_of(("id", "name", "auc"), [("12345678", "[bold]" + "x" * 100, "0.93")], ["auc"])

    text = table_text(table, 40, colour=False)

    lines = text.splitlines()
    assert max(map(len, lines)) <= 40
    assert lines[1].startswith("12345678")
    assert "[bold]" in lines[1]
    assert "…" in lines[1]


def test_colour_is_only_colour() -> None:
    """Without the escapes the words are the same."""
    table = table_of(("id", "auc"), [("a", "1")])

    coloured = re.sub(r"\x1b\[[0-9;]*m", "", table_text(table, 40, colour=True))

    assert [line.split() for line in coloured.splitlines()] == [["id", "auc"], ["a", "1"]]


def test_bar_is_a_progress() -> None:
    """It can be started, moved and ended, more than once, and ended without being started."""
    bar = Bar(colour=False)
    bar.done()

    for total in (0, 100):
        bar.start(total, "Pushing")
        bar.advance(50)
        bar.done()
