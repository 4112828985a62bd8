"""All budgets of all rows at one glance. Measures nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from report import Run, markdown_table, put_words

NAME = "budgets"


def verdict_rows(runs: Sequence[Run], absent: Mapping[str, str]) -> list[tuple[str, ...]]:
    """One line for each budget, and for each row that has none or did not run."""
    rows: list[tuple[str, ...]] = [("row", "budget", "verdict", "measured, of at most")]
    for run in runs:
        rows += [(run.name, each.words, each.state, each.detail) for each in run.verdicts]
        if not run.figures:
            rows += [
                (run.name, run.title, "not known", " ".join(each.reason.split())) for each in run.skipped
            ]
    return [*rows, *((name, "-", "not there", why) for name, why in absent.items())]


def as_table(runs: Sequence[Run], absent: Mapping[str, str]) -> str:
    """For a terminal, with a count at the end."""
    lines = [
        f"{state:10} {row}: {words}: {detail}" for row, words, state, detail in verdict_rows(runs, absent)[1:]
    ]
    return "\n".join([*lines, "", counted(runs)])


def counted(runs: Sequence[Run]) -> str:
    """How many budgets were kept, missed, and not known."""
    states = [verdict.state for run in runs for verdict in run.verdicts]
    return ", ".join(f"{states.count(state)} {state}" for state in ("kept", "missed", "not known"))


def put_summary(page: Path, runs: Sequence[Run], absent: Mapping[str, str], how: str) -> None:
    """The first section of the page; `how` is the command that measured."""
    date = next((run.machine["date"] for run in runs if "date" in run.machine), "")
    words = [
        "## Budgets",
        "",
        f"Of the run of `{how}` that began {date}: {counted(runs)}.",
        "",
        *markdown_table(verdict_rows(runs, absent), words=True),
    ]
    put_words(page, NAME, "\n".join(words))
