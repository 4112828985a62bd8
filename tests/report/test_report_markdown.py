"""The note: what it says, how long it is, and that nothing in it acts that a stranger wrote."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from hostile import HOSTILE, poisoned

from gitreg.domain.gate import GateResult
from gitreg.render.report_markdown import report_markdown
from gitreg.workflows.report import Report

markdown_it = pytest.importorskip("markdown_it")
OWN_HTML = re.compile(r"</?(?:details|summary)>|<!-- gitreg:report churn 1\.1\.0 -->")


def tokens(text: str):
    """All tokens, inner ones too, as GitLab's Markdown has them: raw HTML, tables, struck text."""
    reader = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    for one in reader.parse(text):
        yield one
        yield from one.children or ()


def shown(text: str) -> str:
    """What people see of it."""
    return "\n".join(
        one.content for one in tokens(text) if one.type in {"text", "code_inline", "text_special"}
    )


def test_the_note_is_what_it_was(report: Report) -> None:
    """Golden: above the fold."""
    head, _, _ = report_markdown(report).partition("\n<details>")

    assert head.splitlines() == [
        "<!-- gitreg:report churn 1.1.0 -->",
        "## churn 1.1.0: 3 gates pass, none fails",
        "",
        "Proposed to be released and put into production; compared with churn 1.0.0, now in production.",
        "Candidate churn/0008aaaa, code cccccccccccc of main, logged by Ada Example, proposed by Ada Example.",
        "",
        "> Learns slower, and better.",
        "",
        "**Gates**",
        "",
        "| result | gate | what it saw |",
        "| --- | --- | --- |",
        "| passed | threshold | auc 0.9 &gt;= 0.8 |",
        "| passed | no-regression | auc 0.9 against 0.91 in production, tolerance 0.05 |",
        "| passed | once | finished, not deleted, no other version |",
        "",
        "**Metrics**",
        "",
        "| metric | 1.0.0 | 1.1.0 | change |  |",
        "| --- | ---: | ---: | ---: | --- |",
        "| auc | 0.91 | 0.9 | -0.01 \\(-1.1 \\%&#8288;\\) | \u2193 worse |",
        "| loss | 0.0726115 | 0.0262021 | -0.0464 \\(-63.9 \\%&#8288;\\) | \u2193 better |",
        "| recall |  | 0.8 | new |  |",
        "| strange |  | inf | new |  |",
        "",
        "**Params and data that differ**",
        "",
        "| param or data | 1.0.0 | 1.1.0 |",
        "| --- | --- | --- |",
        "| lr | 0.1 | 0.05 |",
        "| seed |  | 1 |",
        "",
        "**Would be signed, after approval**",
        "",
        "| statement | tag | takes |",
        "| --- | --- | --- |",
        "| Release churn 1.1.0 | model/churn/v1.1.0 | ada; a gate asks for 1 approval of people other than the authors |",
        "| Assign churn 1.1.0 to production | stage/churn/production/2 | ada |",
    ]


def test_the_rest_is_folded_in_a_form_that_is_read_as_markdown(report: Report) -> None:
    """Each block opens, has an empty line before what is in it, and closes."""
    found = list(tokens(report_markdown(report)))
    blocks = [one.content for one in found if one.type == "html_block"]
    titles = re.findall(r"<summary>(.*?)</summary>", "".join(blocks))

    assert titles == [
        "All 5 metrics", "Lineage, as the candidate recorded it",
        "Artifacts: 3 files, 1.6 kB, before 810 B: 1 new, 1 changed, 1 removed, 1 same", "Curves", "Look for yourself",
    ]  # fmt: skip
    assert blocks.count("</details>\n") == len(titles)
    assert sum(one.type == "table_open" for one in found) == 8


@pytest.mark.parametrize("words", HOSTILE)
def test_words_of_strangers_are_shown_and_do_nothing(report: Report, words: str) -> None:
    """No link, image, element, mention, reference or quick action; no other end of a block, no other marker."""
    text = report_markdown(poisoned(report, words))
    found = list(tokens(text))

    assert not {"link_open", "image", "html_inline", "s_open", "em_open"} & {one.type for one in found}
    raw = "".join(one.content for one in found if one.type == "html_block")
    assert "<" not in OWN_HTML.sub("", re.sub(r"<summary>[^<]*</summary>", "", raw))
    told = html.unescape(shown(text)).replace("churn/production", "").replace("\u2060.", "")
    assert not re.search(r"[@#!~$^]\w|://|\bwww\.|[\u202e\u2028\u200b]", told)
    assert not [line for line in text.splitlines() if re.match(r"[\s>]*/", line)]
    assert (
        len([line for line in text.splitlines() if "gitreg:report" in line and line.startswith("<!--")]) == 1
    )


def test_gates_that_fail_stand_first(report: Report) -> None:
    """And the verdict counts them."""
    results = [GateResult(kind=kind, result="passed", detail="") for kind in "abcdefghijkl"]
    failed = GateResult(kind="z", result="failed", detail="no")
    made = replace(report, checked=replace(report.checked, results=(*results, failed)))

    lines = report_markdown(made).splitlines()

    assert lines[1] == "## churn 1.1.0: 1 of 13 gates fails"
    assert next(line for line in lines if line.startswith(("| passed", "| failed"))) == "| failed | z | no |"
    assert "<details><summary>All 13 gates</summary>" in lines


def test_a_first_version_has_one_column_of_values(report: Report) -> None:
    """And says that it is the first."""
    text = report_markdown(replace(report, current=None))

    assert "the first version of churn: there is nothing to compare it with." in text
    assert "| metric | 1.1.0 |" in text
    assert "| param or data | 1.1.0 |" in text


def test_what_is_left_out_and_what_must_not_be_overlooked_is_said(report: Report) -> None:
    """Above the fold, and at the end."""
    text = report_markdown(replace(report, warnings=("the code was dirty",), notes=("no curve",)))

    assert "\n**Look at this**\n\n- the code was dirty\n" in text.partition("<details>")[0]
    assert text.endswith("\n**Left out**\n\n- no curve\n")
