"""What the readers of canonical text share: which text they look at, heads, and the small parts that several records have.

Says None or raises ValueError at any doubt, which says nothing about the text. Knows no files, and costs nothing to import.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from gitreg.documents.canonical_text import BLOCK, DIGEST, DOUBLE, SCALAR, TIME, compiled, text_of
from gitreg.documents.screen import UNSHOWN
from gitreg.domain.words import display_name, slug

MAX_BYTES = 150_000
"""More is left to the strict reader, which counts what limits.py says; so little can hold no more than that."""
MAX_LINES = 3_000
"""A line is three nodes at most."""

HEAD = r"# yaml-language-server: \$schema={0}\.gitreg/schemas/v1/{1}\.schema\.json\nschema: gitreg/{1}/v1\n"
NULL_OR_TIME = rf"(?:null|'({TIME})')"
NULL_OR_DIGEST = rf"(?:null|'({DIGEST})')"
TEXT = rf"(?:({SCALAR})\n|\"({DOUBLE})\"\n|\|(-?)\n({BLOCK}))"
AUTHOR = rf"author:\n  name: ({SCALAR})\n  email: ({SCALAR})\n"
SUMMARY = r"  files: ([0-9]{1,18})\n  size: ([0-9]{1,18})\n  manifest: '(sha256:[0-9a-f]{64})'\n"

_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\n"
Values = dict[str, Any]


def taken(content: bytes, pattern: str, values: Callable[[re.Match[str]], Values]) -> Values | None:
    """What `values` makes of a text that is of a pattern; None if that may be something else."""
    match = compiled(pattern).fullmatch(_screened(content))
    try:
        return values(match) if match else None
    except ValueError:
        return None


def _screened(content: bytes) -> str:
    """The text, if nothing in it needs a second look; nothing otherwise.

    What is printable ASCII needs none. The rest may hold no character that a record must not hold as it is.
    """
    if len(content) > MAX_BYTES or content.count(b"\n") > MAX_LINES:
        return ""
    if not content.translate(None, _PRINTABLE):
        return content.decode("ascii")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return "" if "\t" in text or UNSHOWN.search(text) else text


@lru_cache(maxsize=1024)
def slug_of(raw: str) -> str:
    """The slug that a scalar says.

    Raises:
        ValueError: if it is none.
    """
    return slug(text_of(raw))


@lru_cache(maxsize=1024)
def name_of(raw: str) -> str:
    """The name that a scalar says.

    Raises:
        ValueError: if it is none.
    """
    return display_name(text_of(raw))


def time_of(text: str | None) -> datetime | None:
    """The time between quotes, if there is one.

    Raises:
        ValueError: if the calendar has no such time.
    """
    return datetime.fromisoformat(text) if text else None


def summary_of(files: str, size: str, manifest: str) -> dict[str, int | str]:
    """The summary of artifacts that the groups of `SUMMARY` say."""
    return {"files": int(files), "size": int(size), "manifest": manifest}
