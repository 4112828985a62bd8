"""What is wrong with a filter, shown under its text. The lines shown act on no terminal, whatever the filter holds."""

from __future__ import annotations

import unicodedata

from gitreg.errors import UsageError

BEFORE = 44
AFTER = 28
ACTING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class FilterError(UsageError):
    """A filter, or an order, that means nothing.

    Args:
        message: what is wrong, and what was expected.
        source: the whole text.
        start: where in the text the fault begins.
        end: where it ends; a fault without length has one caret.
    """

    def __init__(self, message: str, source: str, start: int, end: int | None = None) -> None:
        super().__init__(message)
        self.start = start
        self.excerpt = _excerpt(source, start, start if end is None else end)

    def __str__(self) -> str:
        return "\n".join((self.message, *(self.excerpt or ())))


def shown(words: str, length: int = 40) -> str:
    """A piece of a filter for a message: quoted, harmless, and not long."""
    plain = "".join(map(_harmless, words[:length]))
    return f"'{plain}...'" if len(words) > length else f"'{plain}'"


def _excerpt(source: str, start: int, end: int) -> tuple[str, str]:
    """The text around the spot, and carets under it."""
    first = max(0, start - BEFORE)
    last = min(len(source), max(start + AFTER, min(end, start + AFTER)))
    ahead = ("..." if first else "") + "".join(map(_harmless, source[first:start]))
    spot = "".join(map(_harmless, source[start : min(end, last)]))
    behind = "".join(map(_harmless, source[min(end, last) : last])) + ("..." if last < len(source) else "")
    return ahead + spot + behind, " " * _columns(ahead) + "^" * max(1, _columns(spot))


def _harmless(character: str) -> str:
    """One character that shows as one: white space as a blank, what acts instead of being shown as a sign."""
    if character.isspace():
        return " "
    return REPLACEMENT if unicodedata.category(character) in ACTING else character


def _columns(words: str) -> int:
    """How wide a terminal shows it (https://www.unicode.org/reports/tr11/)."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in words
    )
