"""A report's parts as tables of plain words, the same for every form of it; and how much of a table fits.

Nothing is escaped here: each form does that for itself, after it cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from gitreg.domain.candidate import Code
from gitreg.render.report_words import change, cut, formats, number, signers, size, sorted_gates
from gitreg.render.rows import short_time
from gitreg.render.table import Table, table_of
from gitreg.workflows.report.differences import source_text
from gitreg.workflows.report.values import Metric, Report


class Room(NamedTuple):
    """How much of a table is shown.

    Args:
        rows: at most.
        cell: characters of a cell at most.
        total: characters of all cells together, as they are written in the end.
    """

    rows: int
    cell: int
    total: int


def fitted(table: Table, room: Room, escape: Callable[[str], str]) -> tuple[Table, int]:
    """The first rows of a table, as many as there is room for, long cells cut; and how many are left out.

    Args:
        table: of plain words.
        room: that there is.
        escape: what will be done with each cell: it makes them longer.
    """
    kept: list[tuple[str, ...]] = []
    left, out = room.total, 0
    for row in table.rows:
        if not out and len(kept) < room.rows:
            cells = tuple(cut(cell, room.cell) for cell in row)
            left -= sum(len(escape(cell)) + 4 for cell in cells)
            if left >= 0:
                kept.append(cells)
                continue
        out += 1
    return Table(tuple(cut(one, room.cell) for one in table.titles), kept, table.numeric), out


def gates(report: Report) -> Table:
    """What each gate said."""
    rows = [(one.result, one.kind, one.detail) for one in sorted_gates(report.checked.results)]
    return table_of(("result", "gate", "what it saw"), rows)


def metrics(report: Report, *, changed: bool | None = None) -> Table:
    """Metrics against the current version's: all, or only those that changed, or did not."""
    chosen = [one for one in report.metrics if changed is None or one.row.differs == changed]
    now = f"{report.number}"
    if report.current is None:
        return table_of(("metric", now), [(one.name, number(one.value)) for one in chosen], (now,))
    before = f"{report.current.version.version}"
    rows = [(one.name, number(one.current), number(one.value), change(one), _verdict(one)) for one in chosen]
    return table_of(("metric", before, now, "change", ""), rows, (before, now, "change"))


def _verdict(metric: Metric) -> str:
    if metric.verdict is None or metric.change is None:
        return ""
    arrow = "\u2191" if metric.change > 0 else "\u2193"
    return f"{arrow} {metric.verdict}"


def differences(report: Report) -> Table:
    """Params, then data sources, that differ; all of them for a first version."""
    named = [(f"data: {row.field}", row) for row in report.data]
    rows = [*((row.field, row) for row in report.params), *named]
    titles = "param or data", f"{report.number}"
    if report.current is None:
        return table_of(titles, [(name, row.values[1]) for name, row in rows])
    before = f"{report.current.version.version}"
    return table_of((titles[0], before, titles[1]), [(name, *row.values) for name, row in rows])


def signing(report: Report) -> Table:
    """What would be signed, by whom."""
    rows = [(one.title, one.tag, signers(one)) for one in report.signing]
    return table_of(("statement", "tag", "takes"), rows)


def files(report: Report) -> Table:
    """The files of the model, those that differ first."""
    known = report.current is not None
    rows = [
        (row.path, *((row.state,) if known else ()), size(row), formats(row), row.sha256[:12])
        for row in report.files.rows
    ]
    return table_of(("file", *(("state",) if known else ()), "size", "format", "sha256"), rows, ("size",))


def lineage(report: Report) -> Table:
    """Where the version comes from, as its candidate recorded it: whoever logged it is believed for that."""
    return table_of(("what", "as recorded"), [pair for pair in _lineage(report) if pair[1]])


def _lineage(report: Report) -> Iterator[tuple[str, str]]:
    one, version = report.subject.candidate, report.subject.version
    yield "source", version.source
    if one is None:
        yield "proposed", f"{short_time(version.created)} UTC by {version.author}"
        return
    yield "candidate", f"{one.experiment}/{one.id}"
    yield "name", one.name
    yield "logged", f"{short_time(one.created)} UTC by {one.author}"
    yield "proposed", f"{short_time(version.created)} UTC by {version.author}"
    yield "code", one.code.repository or ""
    yield "commit", _commit(one.code)
    yield "branch", one.code.branch or ""
    yield "command", " ".join(one.code.command)
    if one.ci is not None:
        yield "CI project", one.ci.project or ""
        yield "pipeline", one.ci.pipeline or ""
        yield "job", one.ci.job or ""
    yield "python", one.environment.python if one.environment else ""
    for source in one.data:
        yield f"data: {source.name}", source_text(source)
    yield "notes", one.notes


def _commit(code: Code) -> str:
    if code.commit is None:
        return "not recorded"
    return f"{code.commit}, and changes beside it" if code.dirty else f"{code.commit}, nothing beside it"
