"""What the streams are: a terminal, of which size, with colour or without; decided once, here."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import NamedTuple

WIDE = 200
"""Columns of a table that is asked for in a pipe."""
LINES = 30
"""Lines of a screen that cannot be asked, or of a pipe."""


class Screen(NamedTuple):
    """Where a table is drawn: its size, and whether in colour (https://no-color.org, https://force-color.org).

    Args:
        width: in columns.
        colour: whether escape sequences are understood, and wanted.
        height: in lines.
        plain: whether nothing but ASCII should be drawn beside the words themselves.
    """

    width: int
    colour: bool
    height: int = LINES
    plain: bool = False


def is_terminal() -> bool:
    """Whether a person reads stdout."""
    return sys.stdout.isatty()


def screen(environ: Mapping[str, str]) -> Screen:
    """The screen that stdout is, or a wide one where a table is asked for in a pipe."""
    plain = bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb"
    if not is_terminal():
        return Screen(_number(environ, "COLUMNS") or WIDE, _forced(environ), plain=plain)
    width, height = _size(environ)
    return Screen(width, _forced(environ) or not plain, height, plain)


def _size(environ: Mapping[str, str]) -> tuple[int, int]:
    """Columns and lines, as shutil.get_terminal_size finds them; importing shutil would take longer than a search."""
    try:
        asked = os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        asked = os.terminal_size((80, LINES))
    return _number(environ, "COLUMNS") or asked.columns or 80, _number(
        environ, "LINES"
    ) or asked.lines or LINES


def _number(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _forced(environ: Mapping[str, str]) -> bool:
    return environ.get("FORCE_COLOR", "") not in {"", "0"} and not environ.get("NO_COLOR")
