"""Digests: what names content."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import ClassVar, Self

from gitreg.domain.values import Word

LENGTHS = {"md5": 32, "sha256": 64}


@dataclass(frozen=True, slots=True)
class Digest(Word):
    """`algorithm:hex` of content; a folder's md5 as DVC names it ends in `.dir`."""

    algorithm: str
    hex: str

    pattern: ClassVar[str] = r"^(md5:[0-9a-f]{32}(\.dir)?|sha256:[0-9a-f]{64})$"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The digest that `text` writes, e.g. `sha256:2c26b4...`.

        Raises:
            ValueError: if it is not lower-case hex of the algorithm's length.
        """
        if not re.fullmatch(cls.pattern[1:-1], text):
            raise ValueError(
                "not a digest: expected 'sha256:' and 64, or 'md5:' and 32 lower-case hex digits"
            )
        algorithm, _, value = text.partition(":")
        return cls(algorithm, value)

    @classmethod
    def of(cls, content: bytes) -> Self:
        """The sha256 digest of `content`."""
        return cls("sha256", hashlib.sha256(content).hexdigest())

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"
