"""Text of strangers, made to fit into a record: MLflow holds control characters and longer names, records do not.

What does not fit is replaced and never refused, as a history should come over whole; U+FFFD stands where a character was.
The rules are those by which the tracking store keeps what MLflow's clients log.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from gitreg.domain.words import CANDIDATE_ID, unprintable

REPLACEMENT = "\ufffd"
NAME, KEY = 500, 250
MAX_STEP = 2**63 - 1
_ID = re.compile(CANDIDATE_ID)


def text(words: str) -> str:
    """Text of several lines."""
    if words.isascii() and words.isprintable():
        return words
    return _printable(words.replace("\r\n", "\n").replace("\r", "\n"), "\n\t")


def name(words: str, otherwise: str) -> str:
    """One line that people see; `otherwise` where nothing is left of it."""
    return _line(words, NAME) or otherwise


@lru_cache(maxsize=4096)
def key(words: str) -> str:
    """The key of a param, metric or tag; remembered, as runs have the same ones again and again."""
    return _line(words, KEY) or "_"


def pairs(found: Mapping[str, str]) -> dict[str, str]:
    """Params or tags."""
    return {key(one): text(value) for one, value in found.items()}


def step(number: int) -> int:
    """A step that every reader can hold."""
    return max(-MAX_STEP, min(MAX_STEP, number))


def run_id(word: str) -> str:
    """The candidate's id of a run: its own where that is one, else one made of it."""
    return word if _ID.fullmatch(word) else _digest("run", word)


def logged_model_id(word: str) -> str:
    """A logged model's id without MLflow's `m-`: its own where that is one, else one made of it."""
    bare = word.removeprefix("m-")
    return bare if _ID.fullmatch(bare) else _digest("model", word)


def mark(*values: object) -> str:
    """A short digest of values, by which a change of them can be told later."""
    return hashlib.sha256(repr(values).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _digest(kind: str, word: str) -> str:
    return hashlib.sha256(f"mlflow {kind} {word}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _line(words: str, most: int) -> str:
    printable = unicodedata.normalize("NFC", _printable(words, ""))
    return printable.strip()[:most].rstrip()


def _printable(words: str, allowed: str) -> str:
    if unprintable(words, allowed=allowed) is None:
        return words
    return "".join(one if unprintable(one, allowed=allowed) is None else REPLACEMENT for one in words)
