"""Bounds of a filter, looked at before it is parsed: what is larger would cost more than an answer is worth.

Each bound is far above what people write, and far below what SQLite refuses or a parser feels.
"""

from __future__ import annotations

import re

from gitreg.index.language.faults import FilterError

CHARACTERS = 50_000
TERMS = 300
ITEMS = 1_000
DEPTH = 25
PATTERN = 1_000
"""Characters of a pattern for `like`."""

_TOKEN = re.compile(
    r"""(?P<quoted>'(?:''|[^'])*'|"(?:""|[^"])*"|`(?:``|[^`])*`)|(?P<open>\()|(?P<close>\))|(?P<item>,)"""
    r"""|(?P<not>\bnot\b)|(?P<term>[<>=!]+|\b(?:in|i?like|is)\b)|\w+""",
    re.IGNORECASE,
)
_UNFIT = re.compile("[\0\ud800-\udfff]")


def check(text: str) -> None:
    """Looks that `text` is worth parsing.

    Raises:
        FilterError: with the spot where it becomes too much.
    """
    if len(text) > CHARACTERS:
        raise FilterError(
            f"a filter has at most {CHARACTERS:,} characters, this one has {len(text):,}",
            text[:CHARACTERS],
            0,
        )
    unfit = _UNFIT.search(text)
    if unfit:
        raise FilterError(f"a filter must not hold the character U+{ord(unfit[0]):04X}", text, unfit.start())
    _count(text)


def _count(text: str) -> None:
    terms = items = depth = nots = 0
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        depth += (kind == "open") - (kind == "close")
        nots = nots + 1 if kind == "not" else 0 if kind not in {"open", "close"} else nots
        terms += kind == "term"
        items += kind == "item"
        for count, most, what in ((terms, TERMS, "comparisons"), (items, ITEMS, "values in lists")):
            if count > most:
                raise FilterError(f"a filter has at most {most:,} {what}", text, token.start())
        if max(depth, nots) > DEPTH:
            raise FilterError(
                f"a filter has at most {DEPTH} levels of parentheses and 'not'", text, token.start()
            )
