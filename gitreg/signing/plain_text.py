"""Which text is plain: no control, line-separating or direction-changing characters. Knows no files."""

from __future__ import annotations

import re

# C0 but LF, DEL, C1, the separators that some readers take for a line's end, and what changes the direction of writing
# (Unicode Standard Annex 9): with any of these, what a person sees and what a program reads can differ.
_STRANGE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


def strange_character(text: str) -> str | None:
    """Names the first character that does not belong into plain text of lines, as `U+0000`; None if there is none."""
    match = _STRANGE.search(text)
    return f"U+{ord(match[0]):04X}" if match else None
