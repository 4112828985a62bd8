"""Tables as values, and as TSV, CSV and Markdown, line by line. The terminal's form is in table_terminal.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from gitreg.safe import field, formula, markdown


class Table(NamedTuple):
    """Rows of text under titles.

    Args:
        titles: of the columns.
        rows: as many words each; they may come one by one, and then only once.
        numeric: which columns hold numbers, and stand right-aligned.
    """

    titles: tuple[str, ...]
    rows: Iterable[tuple[str, ...]]
    numeric: frozenset[int] = frozenset()


def table_of(titles: Sequence[str], rows: Iterable[Sequence[object]], numeric: Iterable[str] = ()) -> Table:
    """A table of values; None is an empty cell."""
    cells = tuple(tuple("" if value is None else str(value) for value in row) for row in rows)
    return Table(tuple(titles), cells, places_of(titles, numeric))


def places_of(titles: Sequence[str], wanted: Iterable[str]) -> frozenset[int]:
    """Where among the titles the wanted ones stand."""
    names = set(wanted)
    return frozenset(at for at, title in enumerate(titles) if title in names)


def tsv(table: Table) -> Iterator[str]:
    """Tab-separated, with a header; nothing is cut, and each value can be read back."""
    yield "\t".join(map(field, table.titles)) + "\n"
    for row in table.rows:
        whole = "".join(row)
        is_plain = whole.isascii() and whole.isprintable() and "\\" not in whole
        yield "\t".join(row if is_plain else map(field, row)) + "\n"


def csv_lines(table: Table) -> Iterator[str]:
    """Comma-separated (RFC 4180), with a header; what a spreadsheet would run is text."""
    yield _comma_separated(table.titles)
    for row in table.rows:
        yield _comma_separated(row)


def markdown_lines(table: Table) -> Iterator[str]:
    """A Markdown table, as GitLab and GitHub read it."""
    rules = ["---:" if at in table.numeric else "---" for at in range(len(table.titles))]
    yield _marked(map(markdown, table.titles))
    yield _marked(rules)
    for row in table.rows:
        yield _marked(map(markdown, row))


def _comma_separated(row: Sequence[str]) -> str:
    cells = ",".join(_quoted(formula(cell)) for cell in row)
    return f"{cells}\n" if cells else '""\n'  # one empty cell is not no cell


def _quoted(cell: str) -> str:
    """A field of CSV (RFC 4180, section 2); quotes stand where something in it would end it."""
    if '"' in cell or "," in cell or "\n" in cell or "\r" in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _marked(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


FORMS: dict[str, Callable[[Table], Iterator[str]]] = {
    "tsv": tsv,
    "csv": csv_lines,
    "md": markdown_lines,
}
