"""`gitreg list --plot`: a quick look at numbers, drawn in the terminal. Loaded when a plot is asked for."""

from __future__ import annotations

from collections.abc import Iterable

from gitreg.cli.call import Call
from gitreg.cli.printing import put
from gitreg.cli.progress import progress_on
from gitreg.cli.saying import say
from gitreg.cli.screen import screen
from gitreg.index.query.values import Page
from gitreg.index.row import Row
from gitreg.render.plot_terminal import plot_text
from gitreg.workflows.candidates.plot_curves import curves
from gitreg.workflows.registry import open_registry
from gitreg.workflows.searching.plots import Plot, Wanted, scatter, wanted_plot
from gitreg.workflows.searching.search import Search

CURVES = 6
"""So many curves can be told apart."""
WIDEST = 120


class Drawing:
    """A plot that was asked for.

    Args:
        text: the words that say what is drawn over what.

    Raises:
        UsageError: if they say nothing of the kind.
    """

    def __init__(self, text: str) -> None:
        self._wanted = wanted_plot(text)

    def limit(self, limit: int | None) -> int | None:
        """How many candidates are drawn at most."""
        return limit if limit is not None or self._wanted.x is not None else CURVES

    def print(self, call: Call, search: Search, page: Page) -> None:
        """Draws the candidates of a page; what is not in the plot is said."""
        if not page.numbers:
            return
        wanted, rows = self._wanted, search.rows(page.numbers)
        plot = scatter(rows, wanted) if wanted.x else _curves(call, rows, wanted)
        if not any(one.xs for one in plot.series):
            say(f"nothing to draw: none of {len(page.numbers)} candidates has {_what(plot, wanted)}")
            return
        drawn = screen(call.environ)
        size = min(drawn.width, WIDEST), drawn.height
        text = plot_text(plot, *size, colour=drawn.colour, plain=drawn.plain)
        put(text, colour=drawn.colour)
        if plot.left_out:
            say(
                f"{plot.left_out} of {len(page.numbers)} candidates are not drawn, without {_what(plot, wanted)}"
            )


def _curves(call: Call, rows: Iterable[Row], wanted: Wanted) -> Plot:
    registry = open_registry(call.registry, call.environ)
    try:
        return curves(registry, rows, wanted.y.key, progress_on(call.environ))
    finally:
        registry.close()


def _what(plot: Plot, wanted: Wanted) -> str:
    return f"numbers in {plot.y} and {plot.x}" if wanted.x else f"a curve of {plot.y}"
