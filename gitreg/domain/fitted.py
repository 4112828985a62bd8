"""Text of other programs as a record can hold it: a training never ends because of a character, and a history comes over whole.

MLflow's SQL store keeps any text, for one. A record holds no control characters, no bidirectional ones and no lone surrogates, and
names in Unicode's composed form without white space around them. What cannot be held is replaced by U+FFFD.
"""

from __future__ import annotations

import json
import unicodedata
from functools import lru_cache

from gitreg.domain.words import unprintable

MOST_NAME, MOST_KEY = 500, 250
MOST_DESCRIPTION = 65_536
"""Characters of what describes data: MLflow takes megabytes, and all of a record is one."""
LOST = "\ufffd"
_PLACES = ("uri", "url", "path", "delta_table_name", "table_name", "doi")
"""Where the sources of MLflow's datasets say what they are (mlflow/data/*_source.py)."""


def kept_text(value: str) -> str:
    """Text with line feeds and tabs, as it is kept."""
    if value.isascii() and value.isprintable():
        return value
    return _replaced(value.replace("\r\n", "\n").replace("\r", "\n"), "\n\t")


def kept_name(value: str, otherwise: str = LOST) -> str:
    """A name that people see, as it is kept.

    Args:
        value: as it was given.
        otherwise: the name when nothing is left of it.
    """
    return _line(value, MOST_NAME) or otherwise


@lru_cache(maxsize=4096)
def kept_key(value: str) -> str:
    """The key of a param, metric or tag, as it is kept; remembered, for a training logs the same ones again and again."""
    return _line(value, MOST_KEY) or "_"


def kept_description(value: str | None) -> str:
    """What describes data, schema or profile, as it is kept: whole, or not at all where it is too long."""
    return kept_text(value) if value and len(value) <= MOST_DESCRIPTION else ""


def described_place(source: str) -> str:
    """Where data was read from, by MLflow's description of its source; the description itself where that is no JSON."""
    try:
        found = json.loads(source)
    except (ValueError, RecursionError):
        return kept_text(source)
    if not isinstance(found, dict):
        return kept_text(source)
    return next(
        (kept_text(found[key]) for key in _PLACES if isinstance(found.get(key), str) and found[key]), ""
    )


def _line(value: str, most: int) -> str:
    text = unicodedata.normalize("NFC", _replaced(value, ""))
    return text.strip()[:most].rstrip()


def _replaced(text: str, allowed: str) -> str:
    while (found := unprintable(text, allowed=allowed)) is not None:
        text = text.replace(found, LOST)
    return text
