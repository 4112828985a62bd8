"""Is this text, and which? JSON, a script, or any other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from gitreg.gates.content.view import View

LONGEST = 64 * 1024 * 1024
"""A text that is longer is not read, and so it is none that is known."""
PARSED = 4 * 1024 * 1024
"""JSON that is longer is known by its first and last character, in a text without any that is not one."""
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SCRIPTS = (
    ".py",
    ".pyw",
    ".pth",
    ".sh",
    ".bash",
    ".bat",
    ".cmd",
    ".ps1",
    ".js",
    ".r",
    ".jl",
    ".lua",
    ".pl",
    ".rb",
)


def text_formats(view: View, name: str) -> Iterator[str]:
    """`json`, `script` or `text`; nothing for what is no text in UTF-8.

    The name can only make a script of a text, never anything harmless of something.
    """
    if view.size > LONGEST or _BINARY.search(view.at(0, 4096)):
        return
    content = view.at(0, view.size)
    if _BINARY.search(content):
        return
    try:
        text = content.decode("utf-8").strip("\ufeff \t\r\n")
    except UnicodeDecodeError:
        return
    if text.startswith("#!") or name.lower().endswith(_SCRIPTS):
        yield "script"
    else:
        yield "json" if _is_json(text) else "text"


def _is_json(text: str) -> bool:
    if text[:1] + text[-1:] not in {"{}", "[]"}:
        return False
    if len(text) > PARSED:
        return True
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
