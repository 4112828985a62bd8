"""Titles and descriptions as a forge takes them: of a length it accepts, and without what would act there. Pure.

People's words were escaped by who wrote the text; here is the last look, at what a whole line or a cut could still do.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gitreg import safe

LONGEST_TITLE = 255
"""Characters (https://docs.gitlab.com/api/merge_requests/#create-a-merge-request; `Issuable::TITLE_LENGTH_MAX`)."""
LONGEST_TEXT = 1_000_000
"""Characters of a description or note (https://docs.gitlab.com/administration/instance_limits/), less some for a marker."""
WORD_JOINER = "\u2060"
"""Nothing that can be seen, put into people's words by who writes a title, so that no mention stands in it."""
_CUT = " …"
_HALF_ESCAPE = re.compile(r"(?:\\*&[^;&\s]{0,9}|\\+)\Z")
_ACTION = re.compile(r"^(?P<before>[ \t>]*)/", re.MULTILINE)
_DRAFT = re.compile(r"\s*(?:\[draft\]|\(draft\)|draft:)\s*", re.IGNORECASE)
"""How GitLab marks a draft, in the title (https://docs.gitlab.com/user/project/merge_requests/drafts/)."""


def title_line(title: str, *, draft: bool) -> str:
    """A title: one line, never empty, with GitLab's own mark of a draft or surely without."""
    words = without_draft(one_line(title)) or "Proposal"
    return cut(f"Draft: {words}" if draft else words, LONGEST_TITLE)


def without_draft(title: str) -> str:
    """A title without the marks of a draft at its beginning, however often they stand there."""
    while found := _DRAFT.match(title):
        title = title[found.end() :]
    return title.strip()


def body_text(text: str) -> str:
    """Lines of a description or note, none of which is a quick action.

    A line that begins with a slash is one (https://docs.gitlab.com/user/project/quick_actions/).
    """
    return cut(_ACTION.sub(r"\g<before>&#47;", _joined(safe.text, text.replace("\r\n", "\n"))), LONGEST_TEXT)


def cut(words: str, limit: int) -> str:
    """Words of at most so many characters, cut between two of them, so that no escape is cut in half."""
    if len(words) <= limit:
        return words
    kept = words[: limit - len(_CUT)]
    if (between := kept.rfind(" ")) > limit // 2:
        return kept[:between].rstrip() + _CUT
    return _HALF_ESCAPE.sub("", kept).rstrip() + _CUT


def one_line(words: str) -> str:
    """Words on one line; what acts is escaped, but for word joiners."""
    return _joined(safe.one_line, " ".join(words.split()))


def _joined(escape: Callable[[str], str], words: str) -> str:
    return WORD_JOINER.join(map(escape, words.split(WORD_JOINER)))
