"""Tables on a terminal, aligned. Of rich only what measures characters is loaded, as a search is faster than the rest."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

from gitreg.render.table import Table
from gitreg.safe import one_line

GAP = 2
NARROW = 8
"""No column is cut below this; the first is not cut at all, as it is what people copy."""
BOLD, PLAIN = "\x1b[1m", "\x1b[0m"


def table_text(table: Table, width: int, *, colour: bool) -> str:
    """The table, aligned; columns that do not fit are cut, the widest first."""
    rows = [[one_line(cell) for cell in row] for row in (table.titles, *table.rows)]
    widths = _fitted([max(map(cell_len, column)) for column in zip(*rows, strict=True)], width)
    head, *lines = (_line(row, widths, table.numeric) for row in rows)
    return "".join(f"{line}\n" for line in (f"{BOLD}{head}{PLAIN}" if colour else head, *lines))


def _line(row: Sequence[str], widths: Sequence[int], numeric: frozenset[int]) -> str:
    cells = [
        _cell(words, width, right=at in numeric)
        for at, (words, width) in enumerate(zip(row, widths, strict=True))
    ]
    return (" " * GAP).join(cells).rstrip()


def _cell(words: str, width: int, *, right: bool) -> str:
    """The words in so many columns of the terminal; what is cut ends in an ellipsis."""
    length = cell_len(words)
    if length > width:
        return set_cell_size(words, width - 1) + "…"
    blank = " " * (width - length)
    return blank + words if right else words + blank


def _fitted(widths: list[int], width: int) -> list[int]:
    """Widths that fit, where that is possible."""
    fitted = list(widths)
    while sum(fitted) + GAP * (len(fitted) - 1) > width:
        at = max(range(len(fitted)), key=lambda one: fitted[one] if one else 0)
        if at == 0 or fitted[at] <= NARROW:
            break
        fitted[at] -= 1
    return fitted
