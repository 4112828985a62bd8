"""Ids, steps and pairs of strangers, made to fit into a record; text itself is made to fit by gitreg.domain.fitted.

What does not fit is replaced and never refused, as a history should come over whole: by the rules by which the tracking store
keeps what MLflow's clients log.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from gitreg.domain.fitted import kept_key, kept_text
from gitreg.domain.words import CANDIDATE_ID

MAX_STEP = 2**63 - 1
_ID = re.compile(CANDIDATE_ID)


def pairs(found: Mapping[str, str]) -> dict[str, str]:
    """Params or tags."""
    return {kept_key(one): kept_text(value) for one, value in found.items()}


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
