"""Figures as a table, as JSON, and as a section of a Markdown page. Measures nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from figures import Skipped, Times

PAGE = """# Benchmarks

Every section is the last run of one script in `benchmarks/`, written by it (`--markdown`); nothing here is typed by
hand. Only ratios within one run mean much: a figure is of one machine at one hour.
"""


@dataclass(frozen=True)
class Run:
    """One run of one benchmark.

    Args:
        name: of the script; the section's place in the page.
        title: of the section.
        notes: what a reader must know to read the table.
        reference: the name of the contestant that the others are compared with.
        machine: where it ran.
        times: what was measured.
        skipped: who could not take part.
    """

    name: str
    title: str
    notes: str
    reference: str
    machine: Mapping[str, str]
    times: Sequence[Times]
    skipped: Sequence[Skipped] = ()

    def rows(self) -> list[tuple[str, ...]]:
        """The table's head and lines; where there is one size only, nothing is said of sizes."""
        ordered = sorted(self.times, key=lambda each: each.size)  # stable: the order of contestants stays
        rows = [("what", "median ms", "p10 .. p90", f"x {self.reference}"), *map(self._row, ordered)]
        if len({each.size for each in ordered}) < 2:
            return rows
        sizes = [("size", f"x itself at {ordered[0].size:,}")]
        sizes += [(f"{each.size:,}", _ratio(each, self.against_smallest(each))) for each in ordered]
        return [(row[0], size, *row[1:], ratio) for row, (size, ratio) in zip(rows, sizes, strict=True)]

    def _row(self, each: Times) -> tuple[str, ...]:
        low, high = each.spread
        ratio = _ratio(each, self.against_reference(each))
        return each.name, f"{each.median:.2f}", f"{low:.2f} .. {high:.2f}", ratio

    def against_reference(self, times: Times) -> Times | None:
        """What the reference took at the same size."""
        return next(
            (one for one in self.times if one.name == self.reference and one.size == times.size), None
        )

    def against_smallest(self, times: Times) -> Times:
        """What the same contestant took at the smallest size."""
        return min((one for one in self.times if one.name == times.name), key=lambda one: one.size)


def _ratio(times: Times, other: Times | None) -> str:
    return f"{times.median / other.median:.2f}" if other and other.median else "-"


def as_text(run: Run) -> str:
    """The table for a terminal."""
    rows = run.rows()
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(_padded(row, widths)).rstrip() for row in rows]
    missing = [f"skipped: {each.name}: {each.reason}" for each in run.skipped]
    return "\n".join([run.title, "", *lines, *missing])


def _padded(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *rest = zip(row, widths, strict=True)
    return [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]


def as_json(run: Run) -> str:
    """Everything, every sample included."""
    results = [
        {
            "name": each.name,
            "size": each.size,
            "unit": "ms",
            "repeat": len(each.samples),
            "median": each.median,
            "p10": each.spread[0],
            "p90": each.spread[1],
            "ratio_to_reference": _number(each, run.against_reference(each)),
            "ratio_to_smallest_size": _number(each, run.against_smallest(each)),
            "samples": [round(sample, 4) for sample in each.samples],
        }
        for each in run.times
    ]
    skipped = [{"name": each.name, "reason": each.reason} for each in run.skipped]
    whole = {
        "benchmark": run.name,
        "reference": run.reference,
        "machine": dict(run.machine),
        "results": results,
        "skipped": skipped,
    }
    return json.dumps(whole, indent=2) + "\n"


def _number(times: Times, other: Times | None) -> float | None:
    return times.median / other.median if other and other.median else None


def as_markdown(run: Run) -> str:
    """The section of a page."""
    head, *lines = run.rows()
    table = [head, ("---", *("---:" for _ in head[1:])), *lines]
    repeat = len(run.times[0].samples) if run.times else 0
    machine = ", ".join(f"{key} {value}" for key, value in run.machine.items())
    return "\n".join(
        [
            f"## {run.title}",
            "",
            f"{run.notes} Medians of {repeat}, in turns, in one run.",
            "",
            *(f"| {' | '.join(row)} |" for row in table),
            "",
            *(f"Skipped: {each.name}: {each.reason}.\n" for each in run.skipped),
            f"Measured with: {machine}.",
        ]
    )


def put_section(page: Path, run: Run) -> None:
    """Replaces the run's section of the page, or adds it; other benchmarks' sections stay."""
    text = page.read_text() if page.is_file() else PAGE
    section = f"<!-- {run.name} -->\n\n{as_markdown(run)}\n\n<!-- end of {run.name} -->\n"
    pattern = re.compile(
        rf"<!-- {re.escape(run.name)} -->.*<!-- end of {re.escape(run.name)} -->\n", re.DOTALL
    )
    if pattern.search(text):
        page.write_text(pattern.sub(lambda _: section, text))
    else:
        page.write_text(f"{text}\n{section}")


def hand_over(run: Run, json_file: Path | None, markdown_file: Path | None) -> None:
    """Prints the table and writes what was asked for."""
    print(as_text(run))
    if json_file is not None:
        json_file.write_text(as_json(run))
    if markdown_file is not None:
        put_section(markdown_file, run)
