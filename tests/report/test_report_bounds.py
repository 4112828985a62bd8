"""Whatever a candidate holds, a note stays a note and a page a page: what is left out is counted."""

from __future__ import annotations

import pytest
from hostile import huge
from reviewing import Elements

from gitreg.render import report_html, report_markdown, report_metrics
from gitreg.workflows.report import Report


@pytest.mark.parametrize(("words", "files"), [("a", 100_000), ("\U000e0001", 10_000)], ids=["plain", "tags"])
def test_a_report_stays_short(report: Report, words: str, files: int) -> None:
    """10,000 metrics and params, 100,000 files, 500 gates, 300 warnings, all under long names that grow when escaped."""
    made = huge(report, words, files)

    note = report_markdown.report_markdown(made)
    page = report_html.report_html(made)
    before, _, folded = note.partition("\n<details>")

    assert len(note) <= report_markdown.MOST
    assert len(before.splitlines()) <= report_markdown.OPEN_LINES
    assert folded.count("\n<details>") <= 9
    assert folded.count("rows left out here.") >= 4
    assert " more below\n" in before
    assert len(page.encode()) <= report_html.MOST
    told = Elements(page).words
    assert told.count("are left out here.") >= 5
    assert f"{files} files" in told
    assert len(report_metrics.report_metrics(made)) <= 1_000_000
