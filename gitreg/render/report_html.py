"""A report as one HTML file that needs nothing else: no script, no font, no request. Loaded when a page is asked for.

jinja2 escapes every value; what it does not escape is this package's own style and the drawings of curve_svg.py. Should a value
get past that all the same, the page's policy lets nothing of it run or be fetched (https://www.w3.org/TR/CSP3/).
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined

from gitreg.render import report_tables as tables
from gitreg.render.curve_svg import NAME, curve_svg
from gitreg.render.report_tables import Room, fitted
from gitreg.render.report_words import count, cut, files_line, measure, origin, sentence, standing, verdict
from gitreg.render.table import Table
from gitreg.safe import one_line, text
from gitreg.workflows.report.values import Report
from gitreg.workflows.searching.plots import Plot

MOST = 1_000_000
"""Bytes of a page at most."""
WIDE, NARROW = Room(500, 300, 120_000), Room(200, 1_000, 80_000)
POINTS = 10
"""Warnings at most, and notes."""
DESCRIPTION = 5_000
SEEN = 40
"""Rows of a table above which it is folded."""


@dataclass(frozen=True)
class Part:
    """A table of the page under its title.

    Args:
        ident: by which it is linked.
        title: above it.
        titles: of the columns.
        rows: that are shown.
        numeric: which columns hold numbers.
        left: how many rows are left out.
        note: below the title.
        folded: what stands in the place of the table until it is opened; it is open when empty.
        toned: whether its words say what is good and bad.
        below: folded tables that belong to it.
    """

    ident: str
    title: str
    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int]
    left: int = 0
    note: str = ""
    folded: str = ""
    toned: bool = False
    below: Sequence[Part] = ()


def report_html(report: Report) -> str:
    """The page."""
    style = _own("report.css")
    values: dict[str, Any] = {
        "name": str(report.subject.version),
        "verdict": verdict(report),
        "failed": report.failed,
        "standing": sentence(standing(report)),
        "measure": measure(report),
        "origin": one_line(cut(origin(report), 1_000)),
        "description": text(cut(report.subject.version.description, DESCRIPTION)),
        "warnings": _points(report.warnings),
        "notes": _points(report.notes),
        "first": list(_first(report)),
        "rest": list(_rest(report)),
        "plots": [_plot(plot, at) for at, plot in enumerate(report.curves.plots)],
        "curves_left": report.curves.left_out,
        "commands": report.commands,
        "commit": report.subject.commit,
        "style": style,
        "style_hash": base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    }
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(_own("report.html")).render(values) + "\n"


def _first(report: Report) -> Iterator[Part]:
    yield _part("gates", "Gates", tables.gates(report), NARROW, toned=True)
    changed, same = tables.metrics(report, changed=True), tables.metrics(report, changed=False)
    number = len(tuple(same.rows))
    below = (_part("same", "Metrics that are the same", same, WIDE, folded=f"{number} that did not change"),)
    note = "" if changed.rows else "No metric changed."
    yield _part("metrics", "Metrics", changed, WIDE, note=note, toned=True, below=below if number else ())


def _rest(report: Report) -> Iterator[Part]:
    words = "Params and data" if report.current is None else "Params and data that differ"
    differences = tables.differences(report)
    note = "" if differences.rows else "None."
    yield _part("differences", words, differences, NARROW._replace(rows=300), note=note)
    if report.signing:
        needs = any(one.needs_approval for one in report.signing)
        note = "This takes the approval of others." if needs else ""
        yield _part("signing", "Would be signed", tables.signing(report), NARROW, note=note)
    yield _part("lineage", "Lineage", tables.lineage(report), NARROW, note="As the candidate recorded it.")
    yield _part("artifacts", "Artifacts", tables.files(report), WIDE, note=files_line(report))


def _part(ident: str, title: str, table: Table, room: Room, **more: Any) -> Part:  # noqa: ANN401 - of Part
    kept, left = fitted(table, room, _escaped)
    rows = [[text(cell) for cell in row] for row in kept.rows]
    if len(rows) > SEEN:
        more = {"folded": f"{count(len(rows), 'row')}", **more}
    return Part(ident, title, [one_line(one) for one in table.titles], rows, table.numeric, left, **more)


def _points(words: Sequence[str]) -> list[str]:
    more = [f"{len(words) - POINTS} more"] if len(words) > POINTS else []
    return [one_line(cut(one, 500)) for one in words[:POINTS]] + more


def _plot(plot: Plot, at: int) -> dict[str, object]:
    return {
        "name": one_line(cut(plot.y, NAME)),
        "series": [one_line(cut(one.name, NAME)) for one in plot.series],
        "log": plot.is_log_y,
        "drawing": curve_svg(plot, f"curve-{at + 1}"),
    }


def _escaped(words: str) -> str:
    """As long as what will be written, in bytes."""
    return html.escape(text(words)).encode("utf-8", "replace").decode("latin-1")


@cache
def _own(name: str) -> str:
    return resources.files("gitreg.render").joinpath(name).read_text("utf-8")
