"""The grammar of canonical text, as regular expressions: scalars, and the blocks that records are made of.

Every pattern accepts less than YAML does, and never something that YAML means otherwise: a plain scalar that
`scalars.PLAIN` lets stand, quotes on one line, literal blocks as the writer makes them, indentation by exactly two
spaces. Repetitions are possessive (https://docs.python.org/3/library/re.html), so that no text, whoever wrote it, is
scanned more than a few times. What does not match raises ValueError, which says nothing about the text: it may well be a
record. Knows nothing of records.
"""

from __future__ import annotations

import re
from functools import cache

from gitreg.documents.scalars import NULLS, parse_float
from gitreg.domain.words import key

# One line of text, as `scalars.PLAIN` says it, in a form that reads every character once
_FIRST = r"(?:[^\s\-?:,\[\]{}#&*!|>'\"%@`=<~.]|\.(?=[^.\s])|--?(?=[A-Za-z]))"
PLAIN = rf"{_FIRST}(?:[^\n: ]++|:(?![ \n])| ++(?!\n|#|:[ \n]))*+"
SINGLE = r"'(?:[^'\n]|'')*+'"
DOUBLE = r"(?:[^\"\\\n]|\\[nt\"\\])*+"
SCALAR = rf"(?:{PLAIN}|{SINGLE})"
FLOAT = r"(?:-?[0-9]{1,25}\.[0-9]{1,25}(?:e[-+][0-9]{1,3})?+|-?\.inf|\.nan)"
INTEGER = r"-?[0-9]{1,18}"
TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
DIGEST = r"(?:md5:[0-9a-f]{32}(?:\.dir)?+|sha256:[0-9a-f]{64})"
# Lines below a key in the first column: everything that is indented, and empty lines between
BLOCK = r"(?:  [^\n]*+\n|\n)++"

# What most lines of a mapping are: a short key, and text in quotes without quotes inside, or one plain word
_WORD = r"[A-Za-z_][A-Za-z0-9_./@+-]{0,249}+"
_PAIR = rf"(?m)^  ({_WORD}): (?:'([^'\n]*+)'|([A-Za-z/][A-Za-z0-9_./@+=-]*+))$"
_NUMBER = rf"(?m)^  ({_WORD}): (-?[0-9]{{1,25}}\.[0-9]{{1,25}}(?:e-[0-9]{{1,3}}|e\+[0-9]{{1,2}})?+)$"
# Any line of a mapping
_ENTRY = rf"  ({SCALAR}): (?:({SCALAR})\n|\"({DOUBLE})\"\n|\|(-?)\n((?:    [^\n]*+\n|\n)++))"
_NUMBER_ENTRY = rf"  ({SCALAR}): ({FLOAT})\n"
_ITEM = rf"(?m)^    - ({SCALAR})$"
_ESCAPE = r"\\(.)"
UNSURE = "not surely canonical"
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern, made when it is first used: to make all of them takes as long as to read hundreds of records."""
    return re.compile(pattern)


def text_of(raw: str) -> str:
    """What a scalar that `SCALAR` matched says."""
    return raw[1:-1].replace("''", "'") if raw.startswith("'") else raw


def nullable(raw: str) -> str | None:
    """The same where null may stand."""
    return None if raw in NULLS else text_of(raw)


def texts(block: str) -> dict[str, str]:
    """The mapping of text that the lines of a block are.

    Raises:
        ValueError: if some line is not surely an entry, or a key is there twice, or a key is none.
    """
    found = {name: quoted or plain for name, quoted, plain in compiled(_PAIR).findall(block)}
    # every match is one whole line, so as many entries as lines are all lines, and no key twice
    if len(found) == block.count("\n"):
        return found
    return {name: any_text(*value) for name, value in keyed(_ENTRY, block).items()}


def floats(block: str) -> dict[str, float]:
    """The mapping of numbers that the lines of a block are.

    Raises:
        ValueError: if some line is not surely an entry, or a key is there twice, or a key or a number is none.
    """
    found = {name: float(number) for name, number in compiled(_NUMBER).findall(block)}
    if len(found) == block.count("\n"):
        return found
    return {name: parse_float(raw) for name, (raw,) in keyed(_NUMBER_ENTRY, block).items()}


def keyed(pattern: str, block: str) -> dict[str, tuple[str, ...]]:
    """What `pattern` finds in each of the like parts of a block, by the key that is its first group.

    Raises:
        ValueError: if there is more than these parts, or a key is there twice, or a key is none.
    """
    parts = whole(pattern, block)
    found = {key(text_of(raw)): tuple(rest) for raw, *rest in parts}
    if len(found) != len(parts):
        raise ValueError(UNSURE)
    return found


def whole(pattern: str, block: str) -> list[tuple[str, ...]]:
    """Every match of a pattern, of which a block must be made: nothing before, between, or behind.

    Raises:
        ValueError: if there is more in the block.
    """
    found, start, match_at = [], 0, compiled(pattern).match
    while start < len(block):
        match = match_at(block, start)
        if match is None:
            raise ValueError(UNSURE)
        start = match.end()
        found.append(match.groups(""))
    return found


def words(block: str) -> list[str]:
    """The list of text that the lines of a block are.

    Raises:
        ValueError: if some line is not surely an item.
    """
    found = compiled(_ITEM).findall(block)
    if len(found) != block.count("\n"):
        raise ValueError(UNSURE)
    return [text_of(raw) for raw in found]


def any_text(scalar: str | None, double: str | None, strip: str | None, lines: str | None) -> str:
    """What text says that stands beside its key, in double quotes (`double` is what is between), or in lines below it.

    Raises:
        ValueError: if the lines may mean something else.
    """
    if lines:
        return _literal(strip or "", lines)
    if scalar:
        return text_of(scalar)
    return compiled(_ESCAPE).sub(lambda match: _ESCAPES[match[1]], double or "")


def _literal(strip: str, block: str) -> str:
    """The text of a literal block whose lines are indented by as much as its first one.

    Args:
        strip: `-` where the last line feed is none of the text's.
        block: its lines.

    Raises:
        ValueError: if white space stands where the writer leaves none, so that indentation could mean something else.
    """
    indent = len(block) - len(block.lstrip(" "))
    lines = block[:-1].split("\n")
    if not lines[0] or not lines[-1] or any(line != line.rstrip() or line[:indent].strip() for line in lines):
        raise ValueError(UNSURE)
    return "\n".join(line[indent:] for line in lines) + ("" if strip else "\n")
