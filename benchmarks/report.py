"""Figures as a table, as JSON, and as a section of a Markdown page. Measures nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from budgets import Budget, Verdict, judge
from figures import Figure, Skipped

PAGE = """# Benchmarks

Written by `benchmarks/run.py` (`--markdown`); nothing here is typed by hand. Only ratios within one run mean much: a
figure is of one machine at one hour. [benchmarks/README.md](../benchmarks/README.md) says how it is measured, and how to
do it again.
"""


@dataclass(frozen=True)
class Run:
    """One run of one benchmark.

    Args:
        name: of the benchmark; the section's place in the page.
        title: of the section.
        notes: what a reader must know to read the table.
        reference: the name of the contestant that the others are compared with.
        machine: where it ran.
        figures: what was measured.
        skipped: who could not take part.
        budgets: what was promised.
    """

    name: str
    title: str
    notes: str
    reference: str
    machine: Mapping[str, str]
    figures: Sequence[Figure]
    skipped: Sequence[Skipped] = ()
    budgets: Sequence[Budget] = ()

    @property
    def unit(self) -> str:
        """What the figures are in."""
        return self.figures[0].unit if self.figures else "ms"

    @property
    def verdicts(self) -> list[Verdict]:
        """Each budget, kept or missed."""
        return [judge(each, self.figures, self.skipped) for each in self.budgets]

    def rows(self) -> list[tuple[str, ...]]:
        """The table's head and lines; where there are several tasks, each is a line and each contestant a column."""
        return self._by_case() if any(each.case for each in self.figures) else self._by_contestant()

    def _by_contestant(self) -> list[tuple[str, ...]]:
        """Where there is one size only, nothing is said of sizes."""
        ordered = sorted(self.figures, key=lambda each: each.size)  # stable: the order of contestants stays
        head = ("what", f"median {self.unit}", "p10 .. p90", f"x {self.reference}")
        rows = [head, *map(self._row, ordered)]
        if len({each.size for each in ordered}) < 2:
            return rows
        sizes = [("size", f"x itself at {ordered[0].size:,}")]
        sizes += [(f"{each.size:,}", _ratio(each, self.against_smallest(each))) for each in ordered]
        return [(row[0], size, *row[1:], ratio) for row, (size, ratio) in zip(rows, sizes, strict=True)]

    def _row(self, each: Figure) -> tuple[str, ...]:
        low, high = each.spread
        ratio = _ratio(each, self.against_reference(each))
        return each.name, f"{each.median:.2f}", f"{low:.2f} .. {high:.2f}", ratio

    def _by_case(self) -> list[tuple[str, ...]]:
        names = list(dict.fromkeys(each.name for each in self.figures))
        found = {(each.case, each.size, each.name): each for each in self.figures}
        cases = dict.fromkeys(each.case for each in self.figures)
        sizes = sorted({each.size for each in self.figures})
        rows = [("what", "size", *(f"{name}, {self.unit}" for name in names))]
        for case in cases:
            for size in sizes:
                if any((case, size, name) in found for name in names):
                    cells = [self._cell(found.get((case, size, name))) for name in names]
                    rows.append((case, f"{size:,}", *cells))
        return rows

    def _cell(self, each: Figure | None) -> str:
        if each is None:
            return "-"
        low, high = each.spread
        beside = self.against_reference(each)
        ratio = f" x {_ratio(each, beside)}" if beside is not each else ""
        return f"{each.median:.2f} ({low:.2f} .. {high:.2f}){ratio}"

    def against_reference(self, figure: Figure) -> Figure | None:
        """What the reference took of the same task at the same size."""
        wanted = (self.reference, figure.size, figure.case)
        return next((one for one in self.figures if (one.name, one.size, one.case) == wanted), None)

    def against_smallest(self, figure: Figure) -> Figure:
        """What the same contestant took at the smallest size."""
        same = [one for one in self.figures if (one.name, one.case) == (figure.name, figure.case)]
        return min(same, key=lambda one: one.size)


def _ratio(figure: Figure, other: Figure | None) -> str:
    return f"{figure.median / other.median:.2f}" if other and other.median else "-"


def as_text(run: Run) -> str:
    """The table for a terminal."""
    missing = [f"skipped: {each.name}: {each.reason}" for each in run.skipped]
    verdicts = [f"{each.state}: {each.words}: {each.detail}" for each in run.verdicts]
    table = aligned(run.rows()) if run.figures else []
    return "\n".join([run.title, "", *table, *missing, *verdicts])


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Lines whose columns stand below each other."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(_padded(row, widths)).rstrip() for row in rows]


def _padded(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *rest = zip(row, widths, strict=True)
    return [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]


def as_tree(run: Run) -> dict[str, Any]:
    """Everything, every sample included, as JSON has it."""
    return {
        "benchmark": run.name,
        "reference": run.reference,
        "machine": dict(run.machine),
        "results": [_result(run, each) for each in run.figures],
        "skipped": [{"name": each.name, "reason": each.reason} for each in run.skipped],
        "budgets": [
            {"budget": each.words, "state": each.state, "detail": each.detail} for each in run.verdicts
        ],
    }


def _result(run: Run, each: Figure) -> dict[str, Any]:
    return {
        "name": each.name,
        "case": each.case,
        "size": each.size,
        "unit": each.unit,
        "repeat": len(each.samples),
        "median": each.median,
        "p10": each.spread[0],
        "p90": each.spread[1],
        "ratio_to_reference": _number(each, run.against_reference(each)),
        "ratio_to_smallest_size": _number(each, run.against_smallest(each)),
        "samples": [round(sample, 4) for sample in each.samples],
    }


def _number(figure: Figure, other: Figure | None) -> float | None:
    return figure.median / other.median if other and other.median else None


def as_markdown(run: Run) -> str:
    """The section of a page."""
    machine = ", ".join(f"{key} {value}" for key, value in run.machine.items())
    return "\n".join(
        [
            f"## {run.title}",
            "",
            f"{run.notes}{_rounds(run)}",
            "",
            *(markdown_table(run.rows()) if run.figures else []),
            "",
            *(f"- {each.state}: {each.words}: {each.detail}" for each in run.verdicts),
            *([""] if run.verdicts else []),
            *(f"Skipped: {each.name}: {each.reason}.\n" for each in run.skipped),
            f"Measured with: {machine}.",
        ]
    )


def _rounds(run: Run) -> str:
    """How often each was measured: the slow ones less often."""
    counts = sorted({len(each.samples) for each in run.figures})
    if not counts or counts[-1] < 2:
        return ""
    often = f"{counts[0]} to {counts[-1]}" if counts[1:] else f"{counts[0]}"
    return f" Medians of {often}, in turns, in one run."


def markdown_table(rows: Sequence[tuple[str, ...]], *, words: bool = False) -> list[str]:
    """Lines of a table, the first column to the left and the others to the right; with `words`, all to the left."""
    head, *lines = rows
    marked = [head, ("---", *("---" if words else "---:" for _ in head[1:])), *lines]
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in marked]


def put_section(page: Path, run: Run) -> None:
    """Replaces the run's section of the page, or adds it; other benchmarks' sections stay."""
    put_words(page, run.name, as_markdown(run))


def put_words(page: Path, name: str, words: str) -> None:
    """Replaces the section of that name, or adds it."""
    text = page.read_text() if page.is_file() else PAGE
    section = f"<!-- {name} -->\n\n{words}\n\n<!-- end of {name} -->\n"
    pattern = re.compile(rf"<!-- {re.escape(name)} -->.*<!-- end of {re.escape(name)} -->\n", re.DOTALL)
    if pattern.search(text):
        page.write_text(pattern.sub(lambda _: section, text))
    else:
        page.write_text(f"{text}\n{section}")


def hand_over(run: Run, json_file: Path | None, markdown_file: Path | None) -> None:
    """Prints the table and writes what was asked for."""
    print(as_text(run))
    if json_file is not None:
        json_file.write_text(json.dumps(as_tree(run), indent=2) + "\n")
    if markdown_file is not None:
        put_section(markdown_file, run)
