"""A report as Markdown for one note of a merge request: one screen, and the rest folded.

GitLab takes notes of a million characters (https://docs.gitlab.com/administration/instance_limits/), and people take one screen. Words
of people pass through safe.markdown; what is markup here was written in this file. Folding: https://docs.gitlab.com/user/markdown/.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gitreg.render import report_tables as tables
from gitreg.render.report_tables import Room, fitted
from gitreg.render.report_words import count, cut, files_line, measure, origin, sentence, standing, verdict
from gitreg.render.table import Table, markdown_lines, table_of
from gitreg.safe import markdown
from gitreg.workflows.report.values import Report
from gitreg.workflows.searching.plots import Plot

OPEN_LINES = 60
"""Lines at most above what is folded."""
MOST = 60_000
"""Characters at most."""
SEEN = Room(8, 120, 3_000)
FOLDED = Room(100, 160, 7_000)
POINTS = Room(5, 200, 3_000)
BLOCKS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
WIDTH = 24
DIFFERENCES, TAGS = 5, 3
"""Rows of these tables above the fold."""
DESCRIPTION, ORIGIN = 300, 300


def report_markdown(report: Report) -> str:
    """The note; its first line is the marker by which it is found again."""
    lines = [report.marker, *_head(report), *_seen(report), *_unseen(report)]
    return "".join(f"{line}\n" for line in lines)


def _head(report: Report) -> Iterator[str]:
    version = report.subject.version
    yield f"## {markdown(str(version))}: {verdict(report)}"
    yield ""
    yield f"{sentence(standing(report))}; {markdown(measure(report))}."
    yield f"{markdown(cut(origin(report), ORIGIN))}."
    if version.description:
        yield ""
        yield f"> {markdown(cut(version.description, DESCRIPTION))}"
    yield from _points("Look at this", report.warnings)


def _seen(report: Report) -> Iterator[str]:
    yield from _table("Gates", tables.gates(report), SEEN)
    changed = tables.metrics(report, changed=True)
    yield from _table("Metrics", changed, SEEN, none="No metric changed.")
    words = "Params and data" if report.current is None else "Params and data that differ"
    yield from _table(words, tables.differences(report), SEEN._replace(rows=DIFFERENCES), none="None.")
    approval = ", after approval" if any(one.needs_approval for one in report.signing) else ""
    yield from _table(f"Would be signed{approval}", tables.signing(report), SEEN._replace(rows=TAGS))


def _unseen(report: Report) -> Iterator[str]:
    for what, table, seen in (
        ("gates", tables.gates(report), SEEN.rows),
        ("metrics", tables.metrics(report), sum(one.row.differs for one in report.metrics[: SEEN.rows])),
        ("params and data", tables.differences(report), DIFFERENCES),
        ("tags to be signed", tables.signing(report), TAGS),
    ):
        rows = len(tuple(table.rows))
        if rows > seen:
            yield from _folded(f"All {rows} {what}", table)
    yield from _folded("Lineage, as the candidate recorded it", tables.lineage(report))
    yield from _folded(f"Artifacts: {files_line(report)}", tables.files(report))
    if report.curves.plots:
        shapes = [cells for plot in report.curves.plots for cells in _curves(plot)]
        left = f", {report.curves.left_out} more are left out" if report.curves.left_out else ""
        yield from _folded(f"Curves{left}", table_of(("curve", "of", "shape", "from", "to"), shapes))
    yield from _fold("Look for yourself", _commands(report))
    yield from _points("Left out", report.notes)


def _table(title: str, table: Table, room: Room, none: str = "") -> Iterator[str]:
    kept, left = fitted(table, room, markdown)
    if kept.rows:
        yield from ("", f"**{title}**{f', {left} more below' if left else ''}", "", *_lines(kept))
    elif left or none:
        yield from ("", f"**{title}**: {f'{left}, all below' if left else none}")


def _folded(title: str, table: Table) -> Iterator[str]:
    kept, left = fitted(table, FOLDED, markdown)
    rest = ("", f"{count(left, 'row')} left out here.") if left else ()
    yield from _fold(title, [*_lines(kept), *rest])


def _fold(title: str, lines: Iterable[str]) -> Iterator[str]:
    """What is folded; Markdown in it is read as such between empty lines."""
    yield from ("", f"<details><summary>{title}</summary>", "", *lines, "", "</details>")


def _lines(table: Table) -> Iterator[str]:
    """A table, each line by itself."""
    yield from (line.rstrip("\n") for line in markdown_lines(table))


def _points(title: str, words: Sequence[str]) -> Iterator[str]:
    kept, left = fitted(table_of(("",), [(one,) for one in words]), POINTS, markdown)
    rows = [markdown(row[0]) for row in kept.rows]
    if rows or left:
        yield from ("", f"**{title}**", "", *(f"- {row}" for row in rows))
        yield from (f"- {left} more",) if left else ()


def _commands(report: Report) -> Iterator[str]:
    width = max(len(command) for command, _ in report.commands)
    yield "```sh"
    yield from (f"{command:<{width}}  # {what}" for command, what in report.commands)
    yield "```"


def _curves(plot: Plot) -> Iterator[tuple[str, str, str, str, str]]:
    low = min(value for one in plot.series for value in one.ys)
    high = max(value for one in plot.series for value in one.ys)
    for one in plot.series:
        yield plot.y, one.name, _shape(one.ys, low, high), f"{one.ys[0]:.4g}", f"{one.ys[-1]:.4g}"


def _shape(values: Sequence[float], low: float, high: float) -> str:
    """A curve in a line of blocks, between the bounds of all that are compared."""
    chosen = (
        [values[at * (len(values) - 1) // (WIDTH - 1)] for at in range(WIDTH)]
        if len(values) > WIDTH
        else values
    )
    room = high - low or 1.0
    return "".join(BLOCKS[min(7, max(0, int((value - low) / room * 8)))] for value in chosen)
