"""Fields that few candidates have, from canonical text: who ran it, its logged models, and what MLflow says of its data.

A text without them is not looked at twice: canonical.py takes what stands in their places as one piece, and asks here only when
there is something. Raises ValueError at any doubt, which says nothing about the text. Knows no files, and costs nothing to import.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from gitreg.documents.canonical_parts import TEXT, Values
from gitreg.documents.canonical_text import (
    BLOCK,
    DOUBLE,
    INTEGER,
    SCALAR,
    UNSURE,
    any_text,
    compiled,
    texts,
    whole,
)
from gitreg.domain.words import CANDIDATE_ID

INNER_TEXT = rf"(?:({SCALAR})\n|\"({DOUBLE})\"\n|\|(-?)\n((?:      [^\n]*+\n|\n)++))"
"""Text that is a value of an item of a list of mappings, or of a mapping of mappings."""
INNER_BLOCK = r"(?:      [^\n]*+\n|\n)++"
SOURCE_KEYS = ("kind", "source", "fingerprint", "columns", "profile")
SOURCE_TAIL = rf"((?:    (?:{'|'.join((*SOURCE_KEYS, 'tags'))}):[^\n]*+\n(?:      [^\n]*+\n|\n)*+)*+)"
"""Everything about a data source that few have: one group, empty for most."""
CANDIDATE_TAIL = r"((?:(?:user|models):[^\n]*+\n(?:  [^\n]*+\n|\n)*+)*+)"
"""Everything about a candidate that few have: one group, empty for most."""

_SOURCE = (
    "".join(rf"(?:    {key}: {INNER_TEXT})?+" for key in SOURCE_KEYS) + rf"(?:    tags:\n({INNER_BLOCK}))?+"
)
_CANDIDATE = rf"(?:user: {TEXT})?+(?:models:\n({BLOCK}))?+"
_LINK = rf"  - id: (?P<q>'?+)({CANDIDATE_ID})(?P=q)\n    role: (input|output)\n    step: ({INTEGER})\n"
_PARTS = 4
"""Groups of a text."""


def candidate_tail(tail: str) -> Values:
    """What `CANDIDATE_TAIL` found.

    Raises:
        ValueError: if a record might not hold it, or writes it otherwise.
    """
    *user, models = _groups(_CANDIDATE, tail)
    found: Values = {"user": said(any_text(*user))} if is_there(user) else {}
    return found | ({"models": list(map(_link, whole(_LINK, models)))} if models else {})


@lru_cache(maxsize=64)
def source_tail(tail: str) -> Values:
    """What `SOURCE_TAIL` found: the same for all runs on the same data, so it is kept for a while, and changed by nobody.

    Raises:
        ValueError: if a record might not hold it, or writes it otherwise.
    """
    *groups, tags = _groups(_SOURCE, tail)
    found: Values = {}
    for place, key in enumerate(SOURCE_KEYS):
        parts = groups[place * _PARTS : (place + 1) * _PARTS]
        if is_there(parts):
            found[key] = said(any_text(*parts))
    return found | ({"tags": inner_texts(tags)} if tags else {})


def is_there(text: Sequence[str | None]) -> bool:
    """Whether the groups of a text that may be left out found one."""
    return any(part is not None for part in text)


def said(text: str) -> str:
    """A text that is written only where it says something.

    Raises:
        ValueError: if it says nothing.
    """
    if not text:
        raise ValueError(UNSURE)
    return text


def inner_texts(block: str) -> dict[str, str]:
    """The mapping of text that lines are, of which each is indented by six or empty.

    Raises:
        ValueError: if some line is not surely an entry, or a key is there twice, or a key is none.
    """
    return texts(outdented(block))


def outdented(block: str) -> str:
    """A block as it would stand four columns to the left: all of its lines are indented by more, or empty."""
    return block[4:].replace("\n    ", "\n")


def _link(parts: tuple[str, ...]) -> Values:
    _, id_, role, step = parts
    return {"id": id_, "role": role, "step": int(step)}


def _groups(pattern: str, text: str) -> tuple[str | None, ...]:
    match: re.Match[str] | None = compiled(pattern).fullmatch(text)
    if match is None:
        raise ValueError(UNSURE)
    return match.groups()
