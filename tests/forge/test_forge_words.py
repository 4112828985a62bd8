"""Titles and descriptions of any origin: what GitLab takes, cut between words, and told from what people wrote."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitreg import safe
from gitreg.forge.base import Wanted
from gitreg.forge.mark import changes, present_content, wanted_content
from gitreg.forge.push_options import options_of
from gitreg.forge.wording import LONGEST_TITLE, body_text, cut, title_line, without_draft

WANTED = Wanted(
    "gitreg/promote/churn/v1.2.0", "main", "0" * 40, "Promote churn 1.2.0", "Long.\n\nText.", "Short."
)
WORDS = st.text(alphabet=st.characters(codec="utf-8"), max_size=200) | st.text(
    alphabet="/\\n \r\n<!-->@x&;", max_size=40
)


def shown(words: str) -> str:
    """Words as they are where nothing may act but word joiners, which cannot be seen."""
    return "\u2060".join(map(safe.one_line, words.split("\u2060")))


def test_word_joiners_stay():
    """Who writes a title takes mentions apart by them: an escape in their place would be shown."""
    wanted = wanted_content(replace(WANTED, title="Promote @\u2060all", description="a\u2060b"))

    assert (wanted.title, wanted.text) == ("Promote @\u2060all", "a\u2060b")
    assert "merge_request.title=Promote @\u2060all" in options_of(replace(WANTED, title="Promote @\u2060all"))


@given(WORDS, st.booleans())
@example("Draft: [draft] (DRAFT)", False)
@example("/close\n/merge", False)
@settings(max_examples=100)
def test_a_title_is_one_line_of_a_length_that_is_taken(words: str, draft: bool):
    """And is a draft when that is wanted, never because somebody calls a model so."""
    title = title_line(words, draft=draft)

    assert shown(title) == title
    assert 0 < len(title) <= LONGEST_TITLE
    assert (title != without_draft(title)) == draft


@given(WORDS)
@example("a\n /merge\n> /close\n\t/approve")
@settings(max_examples=100)
def test_no_line_of_a_text_is_a_quick_action(words: str):
    """GitLab takes a line that begins with a slash for an act of whoever wrote it."""
    lines = body_text(words).splitlines()

    assert not any(line.lstrip(" \t>").startswith("/") for line in lines)


@given(
    st.lists(st.sampled_from(["a", "word", " ", "\\*", "\\\\", "&amp;", "&#8288;"]), max_size=30),
    st.integers(12, 40),
)
@settings(max_examples=100)
def test_a_cut_text_is_as_short_as_asked(parts: list[str], limit: int):
    """And no escape is cut in half."""
    words = "".join(parts)
    short = cut(words, limit)

    beginnings = {"".join(parts[:count]).rstrip() for count in range(len(parts) + 1)}
    assert len(short) <= limit
    assert short == words if len(words) <= limit else short.endswith(" …")
    assert short == words or re.sub(r"\w+\Z", "", short[:-2]).rstrip() in {
        re.sub(r"\w+\Z", "", one).rstrip() for one in beginnings
    }


@given(WORDS, WORDS, st.booleans())
@settings(max_examples=100)
def test_what_was_written_is_known_again(title: str, text: str, draft: bool):
    """As GitLab gives it back: nothing differs, so nothing is written twice."""
    wanted = wanted_content(replace(WANTED, title=title, description=text, draft=draft))
    kept = present_content(
        title_line(wanted.title, draft=draft),
        wanted.description.rstrip().replace("\r", ""),
        "main",
        draft=draft,
    )

    assert kept.wanted == wanted.mark
    assert changes(kept, wanted) == {}


@given(WORDS)
@example("see \\n/merge and \\\\n/close and \\\\\\n/approve")
@settings(max_examples=100)
def test_a_pushed_description_stays_on_its_line(words: str):
    """GitLab makes a line end of each backslash with an n (`push_options_handler_service.rb`)."""
    [given_] = [one for one in options_of(replace(WANTED, summary=words)) if "description" in one]

    assert "\\n" not in given_
    assert shown(given_) == given_
    assert not given_.startswith("merge_request.description=/")


def test_a_pushed_description_is_known_again():
    """Who has a token later makes the long one of it."""
    [given_] = [one for one in options_of(WANTED) if "description" in one]
    kept = present_content(WANTED.title, given_.partition("=")[2], "main", draft=False)

    assert set(changes(kept, wanted_content(WANTED))) == {"description"}


@pytest.mark.parametrize(
    "mark", ["", "<!-- gitreg:proposal -->", "<!-- gitreg:proposal title=x text=y target=z draft=0 -->"]
)
def test_without_a_whole_mark_it_is_a_persons(mark: str):
    """Then nothing of it is changed."""
    kept = present_content("By hand", f"Mine.\n\n{mark}", "other", draft=True)

    assert changes(kept, wanted_content(WANTED)) == {}


def test_words_with_a_mark_in_them_are_words():
    """A candidate's field may hold what looks like a mark: the last one, which is ours, counts."""
    forged = str(wanted_content(replace(WANTED, title="Other")).mark)
    wanted = wanted_content(replace(WANTED, description=f"Long.\n\n{forged}"))

    kept = present_content(wanted.title, wanted.description, "main", draft=False)

    assert kept.wanted == wanted.mark
    assert kept.text == wanted.text
