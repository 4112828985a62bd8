"""The page: what it consists of, that it needs nothing else, and that nothing in it acts that a stranger wrote."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from hostile import HOSTILE, poisoned
from reviewing import Elements

from gitreg.domain.gate import GateResult
from gitreg.render.report_html import report_html
from gitreg.safe import text
from gitreg.workflows.report import Report

PAGE = {
    "html", "head", "meta", "link", "title", "style", "body", "header", "h1", "h2", "p", "strong", "blockquote", "nav", "ul", "li", "a",
    "main", "section", "div", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "figure", "figcaption", "span", "pre",
    "footer", "code",
}  # fmt: skip
DRAWING = {"svg", "title", "desc", "line", "text", "path", "polyline"}
VOID = {"meta", "link", "line", "path", "polyline"}


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    """The page of the proposal."""
    return report_html(report)


def test_the_page_has_its_parts_in_order(page: str) -> None:
    """Golden: what a reviewer needs first stands first; each part can be reached by a link."""
    found = Elements(page).found
    sections = [attributes["aria-labelledby"] for name, attributes in found if name == "section"]
    links = [attributes["href"] for name, attributes in found if name == "a"]

    assert sections == [
        "gates",
        "metrics",
        "curves",
        "differences",
        "signing",
        "lineage",
        "artifacts",
        "look",
    ]
    assert links == [f"#{one}" for one in sections]
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert set(sections) <= set(ids)


def test_the_page_says_what_the_report_holds(page: str) -> None:
    """Verdict, measure, changes, people, files and commands."""
    told = Elements(page).words

    for words in (
        "3 gates pass, none fails", "compared with churn 1.0.0, now in production", "auc 0.91 0.9 -0.01 (-1.1 %) \u2193 worse",
        "loss 0.0726115 0.0262021 -0.0464 (-63.9 %) \u2193 better", "1 that did not change", "Learns slower, and better.",
        "stage/churn/production/2 ada", "model.bin changed 1.6 kB text", "gitreg check 'churn!1.1.0'", "This takes the approval of others.",
        "https://git.example.com/team/churn/-/pipelines/7",
    ):  # fmt: skip
        assert words in told


def test_the_page_needs_nothing_else(page: str) -> None:
    """No script, no style of elements, no address that is fetched; its policy lets only its own style in."""
    found = Elements(page).found
    policy = next(attributes["content"] or "" for name, attributes in found if "http-equiv" in attributes)
    style = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)

    assert {name for name, _ in found} <= PAGE | DRAWING
    assert not {"script", "img", "iframe", "object", "form", "base"} & {name for name, _ in found}
    assert not [
        key
        for _, attributes in found
        for key in attributes
        if key.startswith("on") or key in {"style", "src"}
    ]
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert len(style) == 1
    assert "url(" not in style[0]
    assert "@import" not in style[0]
    assert [attributes["href"] for name, attributes in found if name == "link"] == ["data:,"]


def test_the_page_is_well_formed(page: str) -> None:
    """Every element that opens closes, in order: browsers need to guess nothing."""
    open_: list[str] = []
    for closing, name, own in re.findall(
        r"<(/?)([a-z0-9]+)[^>]*?(/?)>", page.partition("<!DOCTYPE html>")[2]
    ):
        if closing:
            assert open_.pop() == name
        elif not own and name not in VOID:
            open_.append(name)

    assert open_ == []


def test_every_table_and_drawing_has_words_for_those_who_do_not_see_it(page: str) -> None:
    """Headers with scope, regions with names that the keyboard reaches, drawings with title and description."""
    found = Elements(page).found

    assert all(attributes.get("scope") in {"col", "row"} for name, attributes in found if name == "th")
    regions = [attributes for name, attributes in found if attributes.get("role") == "region"]
    assert len(regions) == sum(name == "table" for name, _ in found)
    assert all(one["tabindex"] == "0" and one["aria-label"] for one in regions)
    drawings = [attributes for name, attributes in found if name == "svg"]
    ids = {attributes.get("id") for name, attributes in found if name in {"title", "desc"}}
    assert len(drawings) == 2
    assert all(
        one["role"] == "img" and set((one["aria-labelledby"] or "").split()) <= ids for one in drawings
    )


@pytest.mark.parametrize("words", HOSTILE)
def test_words_of_strangers_are_shown_on_a_page_and_do_nothing(report: Report, page: str, words: str) -> None:
    """No element or attribute is theirs, and what they wrote can be read."""
    mine = Elements(page)
    theirs = Elements(report_html(poisoned(report, words)))

    assert {name for name, _ in theirs.found} <= PAGE | DRAWING
    assert {key for _, one in theirs.found for key in one} <= {key for _, one in mine.found for key in one}
    links = {one["href"] for name, one in theirs.found if name == "a"}
    assert all(link and link.startswith("#") for link in links)
    assert " ".join(text(words).split()) in theirs.words


def test_a_page_of_failing_gates_says_so(report: Report) -> None:
    """By words, and by more than colour."""
    failed = GateResult(kind="size", result="failed", detail="too large")
    told = Elements(report_html(replace(report, checked=replace(report.checked, results=(failed,)))))

    assert "1 of 1 gate fails" in told.words
    assert ("strong", {"class": "verdict bad"}) in told.found
    assert ("th", {"scope": "row", "class": "bad"}) in told.found


def test_a_page_of_a_first_version_compares_nothing(report: Report) -> None:
    """And has no empty columns."""
    told = Elements(report_html(replace(report, current=None))).words

    assert "the first version of churn: there is nothing to compare it with." in told
    assert "metric 1.1.0 auc 0.9" in told
