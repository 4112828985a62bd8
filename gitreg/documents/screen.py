"""What is wrong with a file before it is parsed: size, encoding, characters, marks of an unfinished merge.

Cheap scans over the bytes, so that nothing strange reaches a parser. Knows nothing of YAML's grammar.
"""

from __future__ import annotations

import re

from gitreg.documents.limits import MAX_BYTES, MAX_LINES
from gitreg.documents.nodes import at
from gitreg.errors import RecordError

# What a terminal or an editor would not show as it is: control, bidirectional, line separators, BOM, non-characters
UNSHOWN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
CONFLICT = re.compile(r"^(?:<{7}|\|{7}|>{7})(?= |$)|^={7}$", re.MULTILINE)
BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def screen(content: bytes, path: str) -> str:
    """The text of a file that may hold a record.

    Raises:
        RecordError: with the place of the first byte or line that no record holds.
    """
    if len(content) > MAX_BYTES:
        raise RecordError(
            f"the file has {len(content):,} bytes; a record has at most {MAX_BYTES:,}", place=at(path, 1, 1)
        )
    if content.startswith(BOMS):
        raise RecordError(
            "the file begins with a byte order mark; expected UTF-8 without one", place=at(path, 1, 1)
        )
    text = _decoded(content, path)
    _check_characters(text, path)
    if (lines := text.count("\n")) > MAX_LINES:
        raise RecordError(
            f"the file has {lines:,} lines; a record has at most {MAX_LINES:,}", place=at(path, MAX_LINES, 1)
        )
    if conflict := CONFLICT.search(text):
        raise RecordError(
            f"an unfinished merge: {conflict[0]}",
            hint="Choose one side, remove the lines <<<<<<<, ||||||| and >>>>>>>, and commit again.",
            place=place_in(text, conflict.start(), path),
        )
    return text


def place_in(text: str, index: int, path: str) -> str:
    """The place of a character, as errors name it."""
    line = text.count("\n", 0, index) + 1
    return at(path, line, index - text.rfind("\n", 0, index))


def _decoded(content: bytes, path: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        raise RecordError(
            f"not UTF-8: the byte 0x{content[error.start]:02x}", place=place_in(before, len(before), path)
        ) from None


def _check_characters(text: str, path: str) -> None:
    found = UNSHOWN.search(text)
    if found is None:
        return
    place = place_in(text, found.start(), path)
    if found[0] == "\r":
        raise RecordError(
            "lines end in CR LF or CR; expected LF alone",
            hint="Let Git keep the file as it is: put '* -text' into .gitattributes.",
            place=place,
        )
    raise RecordError(f"the character U+{ord(found[0]):04X} must not stand in a record as it is", place=place)
