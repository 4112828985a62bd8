"""Markdown that strangers wrote a part of, as a real renderer takes it."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg.render.table import csv_lines, markdown_lines, table_of
from gitreg.safe import formula, xml

markdown_it = pytest.importorskip("markdown_it")
HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!-- x", "[x](javascript:alert(1))", "![x](https://a.example/x.png)", "[x][y]",
    "<https://a.example>", "https://a.example", "www.a.example", "mail@a.example", "@all", "@ada", "#12", "!12", "%1", "~label", "$1", "&1", "^alert", "/merge",
    "/approve\n/merge", "| a | b |", "a|b\\", "\\|", "\\", "`x`", "``", "**x**", "__x__", "_x_", "~~x~~", "# x", "- x", "> x", "---", "&lt;b&gt;", "&#60;b&#62;",
    "&#x40;all", "\u202ex", "x\x1b[31m", "[[wiki]]", "[^1]", ":tada:", "$$x$$", "[x]: https://a.example",
]  # fmt: skip
TAGS = {"table", "thead", "tbody", "tr", "th", "td"}
words = st.text(st.sampled_from("<>()[]!@#/\\`*_~|&:;.-+=' \n\x1bawx1"), max_size=30)


def rendered(text: str) -> str:
    """What CommonMark with tables makes of it, raw HTML and all."""
    renderer = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return str(renderer.render(text))


def check(cell: str) -> None:
    """The cell is text, and nothing else; also for a forge that looks through what is shown."""
    shown = rendered("".join(markdown_lines(table_of(("a", "b"), [(cell, "end")]))))
    assert set(re.findall(r"</?([a-z0-9]+)", shown)) <= TAGS
    assert shown.count("<td") == 2
    told = html.unescape(re.sub(r"<[^>]*>", "", shown))
    assert not re.search(r"[@#!%~$^&]\w|://|\bwww\.", told)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", told)


@pytest.mark.parametrize("cell", HOSTILE)
def test_a_hostile_cell_is_shown_and_does_nothing(cell: str) -> None:
    """No element but the table's own, no link, mention, reference or quick action."""
    check(cell)


@given(words)
@settings(max_examples=150, deadline=None)
def test_no_cell_at_all_does_anything(cell: str) -> None:
    """Whatever the marks are, and in whatever order."""
    check(cell)


@pytest.mark.parametrize("cell", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)", "x;=1+1", "x\t=1+1", "x\n=1+1", "x;  @SUM(A1)"])  # fmt: skip
def test_no_cell_is_a_formula(cell: str) -> None:
    """At its beginning, or after what another spreadsheet takes for the end of a cell."""
    assert not re.search(r"(?:^|[;\t\n]) *[=+@\uff1d\uff0b\uff0d\uff20]|^-1\+", formula(cell))
    assert "".join(csv_lines(table_of(("a",), [(cell,)]))).startswith(("a\n'", "a\nx;", "a\nx\t", 'a\n"x'))


@pytest.mark.parametrize("cell", ["-1", "-0.5", "a;b", "x; -0.5", "a=b", "a@b"])
def test_ordinary_cells_stay(cell: str) -> None:
    """Numbers are numbers."""
    assert formula(cell) == cell


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\ufffe", "\uffff", "\ud800", "\x85", "\u2028"])
def test_xml_has_only_its_own_characters(character: str) -> None:
    """One wrong character, and a CI system shows no report at all."""
    assert xml(f"a{character}b").isascii()
