"""What strangers write is shown, and does nothing."""

from __future__ import annotations

import csv
import io
import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitreg import safe
from gitreg.render.document import document
from gitreg.render.table import csv_lines, markdown_lines, table_of, tsv

ANYTHING = st.text(st.characters(codec=None), max_size=60)
PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp"]), max_size=60)
ACTING = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def unescaped(words: str) -> str:
    """What `safe.field` wrote, read back."""
    return words.encode("ascii", "backslashreplace").decode("unicode_escape")


@given(ANYTHING)
@settings(max_examples=200)
def test_one_line_holds_nothing_that_acts(words: str) -> None:
    """No control, format or separator character survives."""
    assert not {unicodedata.category(character) for character in safe.one_line(words)} & ACTING


@given(ANYTHING)
@settings(max_examples=200)
def test_field_can_be_read_back(words: str) -> None:
    """TSV loses nothing: the escapes are Python's own."""
    assert unescaped(safe.field(words)) == words


@given(PLAIN)
@settings(max_examples=100)
def test_plain_text_stays_as_it_is(words: str) -> None:
    """What acts on nothing is shown as it was written."""
    assert safe.text(words) == words


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_formula_becomes_text(start: str) -> None:
    """What a spreadsheet would run gets an apostrophe."""
    assert safe.formula(f"{start}cmd|calc") != f"{start}cmd|calc"
    assert safe.formula(f"{start}cmd|calc")[0] in {"'", "\\"}


@pytest.mark.parametrize("number", ["-1", "+2.5", "-1e-05", "-inf", "-.5", "0.93"])
def test_negative_number_is_no_formula(number: str) -> None:
    """Metrics stay numbers."""
    assert safe.formula(number) == number


@given(st.lists(st.tuples(ANYTHING, ANYTHING), max_size=5))
@settings(max_examples=100)
def test_tables_keep_their_shape(rows: list[tuple[str, str]]) -> None:
    """However hostile a cell is, it stays in its row and column, in every form."""
    table = table_of(("a", "b"), rows)

    lines = "".join(tsv(table)).split("\n")
    assert [len(line.split("\t")) for line in lines[:-1]] == [2] * (len(rows) + 1)
    assert len("".join(markdown_lines(table)).splitlines()) == len(rows) + 2
    assert all(len(row) == 2 for row in csv.reader(io.StringIO("".join(csv_lines(table)), newline="")))


@given(PLAIN)
@settings(max_examples=100)
def test_markdown_cell_has_no_bare_bar(words: str) -> None:
    """A cell ends where we end it."""
    cell = safe.markdown(words)

    assert "|" not in cell.replace(r"\\", "").replace(r"\|", "")
    assert "<" not in cell
    assert "`" not in cell.replace(r"\\", "").replace(r"\`", "")


@given(ANYTHING)
@settings(max_examples=200)
def test_json_reads_back_and_acts_on_nothing(words: str) -> None:
    """The document is JSON for a parser, and harmless on a terminal."""
    whole = document("ThingList", [{"name": words}])

    assert json.loads(whole)["items"] == [{"name": words}]
    assert not {unicodedata.category(character) for character in whole.replace("\n", "")} & ACTING


def test_json_has_no_nan() -> None:
    """RFC 8259 knows no such number, so it must not come through by accident."""
    with pytest.raises(ValueError, match="JSON"):
        document("ThingList", [{"value": float("nan")}])
