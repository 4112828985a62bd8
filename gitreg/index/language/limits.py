"""Bounds of a filter, looked at before it is parsed: what is larger would cost more than an answer is worth.

Each bound is far above what people write, and far below what SQLite refuses or a parser feels.
"""

from __future__ import annotations

import re

from gitreg.index.language.faults import FilterError

CHARACTERS = 50_000
TERMS = 300
ITEMS = 1_000
DEPTH = 16
"""Of parentheses and `not` together; SQLite's parser goes about a hundred symbols deep."""
PATTERN = 1_000
"""Characters of a pattern for `like`."""

_TOKEN = re.compile(
    r"""(?P<quoted>'(?:''|[^'])*'|"(?:""|[^"])*"|`(?:``|[^`])*`)|(?P<open>\()|(?P<close>\))|(?P<item>,)"""
    r"""|(?P<list>\b(?:not\s+)?in\s*\()|(?P<term>[<>=!]+|\b(?:not\s+)?i?like\b|\bis\b(?:\s+not\b)?)|(?P<not>\bnot\b)|\w+""",
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
    terms = items = nots = 0
    levels = [0]
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "open":
            levels.append(levels[-1] + nots + 1)
        elif kind == "list":
            levels.append(levels[-1])
        elif kind == "close" and len(levels) > 1:
            levels.pop()
        nots = nots + 1 if kind == "not" else 0
        _look(levels[-1] + nots, DEPTH, "levels of parentheses and 'not'", token)
        terms += kind in {"term", "list"}
        items += kind == "item"
        _look(terms, TERMS, "comparisons", token)
        _look(items, ITEMS, "values in lists", token)


def _look(count: int, most: int, what: str, token: re.Match[str]) -> None:
    if count > most:
        raise FilterError(f"a filter has at most {most:,} {what}", token.string, token.start())
