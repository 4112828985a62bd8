"""Tables as values, and as TSV, CSV and Markdown. The terminal's form is in table_terminal.py, which loads rich."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gitreg.render.safe import field, formula, markdown


@dataclass(frozen=True)
class Table:
    """Rows of text under titles.

    Args:
        titles: of the columns.
        rows: as many words each.
        numeric: which columns hold numbers, and stand right-aligned.
    """

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()


def table_of(titles: Sequence[str], rows: Iterable[Sequence[object]], numeric: Iterable[str] = ()) -> Table:
    """A table of values; None is an empty cell."""
    wanted = set(numeric)
    cells = tuple(tuple("" if value is None else str(value) for value in row) for row in rows)
    return Table(tuple(titles), cells, frozenset(at for at, title in enumerate(titles) if title in wanted))


def tsv(table: Table) -> str:
    """Tab-separated, with a header; nothing is cut, and each value can be read back."""
    return "".join("\t".join(map(field, row)) + "\n" for row in (table.titles, *table.rows))


def csv_text(table: Table) -> str:
    """Comma-separated (RFC 4180), with a header; what a spreadsheet would run is text."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    for row in (table.titles, *table.rows):
        rows.writerow([formula(cell) for cell in row])
    return text.getvalue()


def markdown_table(table: Table) -> str:
    """A Markdown table, as GitLab and GitHub read it."""
    rules = ["---:" if at in table.numeric else "---" for at in range(len(table.titles))]
    rows = [list(map(markdown, table.titles)), rules, *(list(map(markdown, row)) for row in table.rows)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


FORMS: dict[str, Callable[[Table], str]] = {"tsv": tsv, "csv": csv_text, "md": markdown_table}
