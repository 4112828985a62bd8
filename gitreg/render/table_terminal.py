"""Tables on a terminal. One of the two modules that load rich, and only where a person reads the output."""

from __future__ import annotations

import io

from rich.console import Console, JustifyMethod
from rich.table import Table as Grid
from rich.text import Text

from gitreg.render.safe import one_line
from gitreg.render.table import Table

GAP = 2
NARROW = 8
"""No column is cut below this; the first is not cut at all, as it is what people copy."""


def table_text(table: Table, width: int, *, colour: bool) -> str:
    """The table, aligned; columns that do not fit are cut, the widest first."""
    rows = [[Text(one_line(cell)) for cell in row] for row in (table.titles, *table.rows)]
    widths = _fitted([max(row[at].cell_len for row in rows) for at in range(len(table.titles))], width)
    grid = Grid(box=None, pad_edge=False, header_style="bold", padding=(0, GAP, 0, 0))
    for at, (title, column) in enumerate(zip(rows[0], widths, strict=True)):
        side: JustifyMethod = "right" if at in table.numeric else "left"
        grid.add_column(title, justify=side, no_wrap=True, overflow="ellipsis", width=column)
    for row in rows[1:]:
        grid.add_row(*row)
    drawn = io.StringIO()
    console = Console(
        file=drawn, width=max(width, sum(widths) + GAP * len(widths)), force_terminal=colour, no_color=not colour,
        color_system="standard" if colour else None, legacy_windows=False, highlight=False, emoji=False, markup=False,
    )  # fmt: skip
    console.print(grid)
    return "".join(f"{line.rstrip()}\n" for line in drawn.getvalue().splitlines())


def _fitted(widths: list[int], width: int) -> list[int]:
    """Widths that fit, where that is possible."""
    fitted = list(widths)
    while sum(fitted) + GAP * len(fitted) > width:
        at = max(range(len(fitted)), key=lambda one: fitted[one] if one else 0)
        if at == 0 or fitted[at] <= NARROW:
            break
        fitted[at] -= 1
    return fitted
