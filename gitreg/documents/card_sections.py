"""What a model card says, by its headings. People write cards, so nothing of them is believed but what is there."""

from __future__ import annotations

import html
import re

HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


def sections_of(card: bytes) -> tuple[str, ...]:
    """Headings of a card that have something written below them, in it or in a part of it.

    Args:
        card: README.md, whoever wrote it; headings in Markdown's `#` form (https://spec.commonmark.org/0.31.2/#atx-headings).
    """
    text = COMMENT.sub("", card.decode("utf-8", "replace"))
    open_ones: list[tuple[int, str]] = []
    found: dict[str, None] = {}
    fenced = False
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        heading = None if fenced else HEADING.fullmatch(line)
        if heading is not None:
            open_ones = [one for one in open_ones if one[0] < len(heading[1])]
            open_ones.append((len(heading[1]), html.unescape(heading[2].rstrip(" \t#")).strip()))
        elif line.strip():
            found.update((title, None) for _, title in open_ones)
    return tuple(found)
