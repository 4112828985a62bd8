"""What gitreg wrote into a merge request, so that it changes that and never what people wrote since. Pure.

Below a description stands a comment that Markdown does not show, with short digests of all that gitreg last wanted. What is
there now and has that digest is gitreg's own; anything else a person changed, and it stays. Whoever forges such a comment
gets a description written over that they could write over themselves.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from gitreg.forge.base import Wanted
from gitreg.forge.wording import body_text, title_line, without_draft

_DIGITS = 12
_HEX = rf"[0-9a-f]{{{_DIGITS}}}"
_MARK = re.compile(
    rf"\s*<!-- gitreg:proposal title=(?P<title>{_HEX}) text=(?P<text>{_HEX}) target=(?P<target>{_HEX}) draft=(?P<draft>[01]) -->\s*\Z"
)


@dataclass(frozen=True)
class Content:
    """What a merge request says.

    Args:
        title: without the mark of a draft.
        text: the description without gitreg's mark.
        target: short name of the branch that it would be merged into.
        draft: whether it is one.
        wanted: the mark that was found in the description: what gitreg wanted last; None when it is not gitreg's.
    """

    title: str
    text: str
    target: str
    draft: bool = False
    wanted: Mark | None = None

    @property
    def mark(self) -> Mark:
        """The mark of just this."""
        return Mark(_digest(self.title), _digest(self.text), _digest(self.target), self.draft)

    @property
    def description(self) -> str:
        """The text, and below it the mark."""
        return f"{self.text}\n\n{self.mark}".lstrip()

    @property
    def line(self) -> str:
        """The same on one line, for a text of one."""
        return f"{self.text} {self.mark}".lstrip()


@dataclass(frozen=True)
class Mark:
    """Digests of what gitreg wanted; `str` is the comment."""

    title: str
    text: str
    target: str
    draft: bool

    def __str__(self) -> str:
        return f"<!-- gitreg:proposal title={self.title} text={self.text} target={self.target} draft={int(self.draft)} -->"


def wanted_content(wanted: Wanted) -> Content:
    """What is to be written, as the forge will keep it."""
    title = without_draft(title_line(wanted.title, draft=True))  # of the same length, draft or not
    return Content(title, _plain(body_text(wanted.description)), wanted.target, wanted.draft)


def present_content(title: str, description: str, target: str, *, draft: bool) -> Content:
    """What a forge has, taken apart."""
    found = _MARK.search(description[-300:])
    if not found:
        return Content(without_draft(title), _plain(description), target, draft)
    text = description[: len(description) - len(found[0])]
    mark = Mark(found["title"], found["text"], found["target"], found["draft"] == "1")
    return Content(without_draft(title), _plain(text), target, draft, mark)


def changes(present: Content, wanted: Content) -> dict[str, str]:
    """The fields that are to be written, by GitLab's names; none where people changed it, or nothing differs.

    Args:
        present: what is there.
        wanted: what should be there.
    """
    last, now = present.wanted, present.mark
    if last is None:
        return {}
    title = wanted.title if now.title == last.title else present.title
    draft = wanted.draft if now.draft == last.draft else present.draft
    fields = {}
    if (title, draft) != (present.title, present.draft):
        fields["title"] = title_line(title, draft=draft)
    if now.text == last.text and (present.text, last) != (wanted.text, wanted.mark):
        fields["description"] = wanted.description
    if now.target == last.target and present.target != wanted.target:
        fields["target_branch"] = wanted.target
    return fields


def _plain(text: str) -> str:
    """A text as GitLab keeps it: without the carriage returns that pages send, and without blank ends."""
    return text.replace("\r", "").strip()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:_DIGITS]
