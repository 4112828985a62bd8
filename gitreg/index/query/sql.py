"""A piece of SQL and the values bound in it: no value of a stranger is ever a part of the text."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sql:
    """Text with `?` marks, and what stands for them, in their order."""

    text: str
    values: tuple[str | int | float | None, ...] = ()

    def __add__(self, other: Sql) -> Sql:
        return Sql(self.text + other.text, self.values + other.values)


TRUE = Sql("1")
FALSE = Sql("0")


def joined(parts: Iterable[Sql], between: str) -> Sql:
    """The parts in a row."""
    parts = tuple(parts)
    return Sql(
        between.join(part.text for part in parts), tuple(value for part in parts for value in part.values)
    )


def inside(before: str, part: Sql, after: str = ")") -> Sql:
    """A part between two texts."""
    return Sql(before + part.text + after, part.values)


def listed(items: Sequence[str] | Sequence[float] | Sequence[int]) -> str:
    """A list as one value, which `json_each` takes apart: SQLite bounds how many values a statement has."""
    return "[" + ",".join(_json(item) for item in items) + "]"


def _json(item: str | float) -> str:
    if isinstance(item, float) and math.isinf(item):
        return "9e999" if item > 0 else "-9e999"  # JSON has no infinity; a number too large is SQLite's
    return json.dumps(item)


def like_as_glob(pattern: str) -> str:
    """MLflow's `like` sees case, as SQLite's `glob` does; a connection's own `like` does not."""
    signs = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
    return "".join(signs.get(sign, sign) for sign in pattern)


def prefix_of(pattern: str) -> str:
    """What everything begins with that is like `pattern`."""
    return pattern[
        : min((at for at in (pattern.find("%"), pattern.find("_")) if at >= 0), default=len(pattern))
    ]


def beyond(prefix: str) -> str | None:
    """The first text after all that begin with `prefix`; None when there is none."""
    last = prefix.rstrip("\U0010ffff")
    if not last:
        return None
    code = ord(last[-1]) + 1
    return last[:-1] + chr(0xE000 if code == 0xD800 else code)
