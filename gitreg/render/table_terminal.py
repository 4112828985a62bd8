"""Tables on a terminal. One of the two modules that load rich, and only where a person reads the output."""

from __future__ import annotations

import io

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from gitreg.render.safe import one_line
from gitreg.render.table import Table


def table_text(table: Table, width: int, *, colour: bool) -> str:
    """The table, aligned and cut to the width."""
    grid = Grid(box=None, pad_edge=False, show_header=True, header_style="bold", padding=(0, 2, 0, 0))
    for at, title in enumerate(table.titles):
        right = at in table.numeric
        # the first column is what people copy
        grid.add_column(
            Text(one_line(title)), justify="right" if right else "left", no_wrap=True, overflow="ellipsis",
            min_width=8 if at == 0 else None,
        )  # fmt: skip
    for row in table.rows:
        grid.add_row(*(Text(one_line(cell)) for cell in row))
    drawn = io.StringIO()
    console = Console(
        file=drawn, width=width, force_terminal=colour, color_system="standard" if colour else None,
        no_color=not colour, legacy_windows=False, highlight=False, emoji=False, markup=False,
    )  # fmt: skip
    console.print(grid)
    return "".join(f"{line.rstrip()}\n" for line in drawn.getvalue().splitlines())
