"""Version numbers: Semantic Versioning 2.0.0 (https://semver.org), without build metadata."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import total_ordering
from typing import ClassVar, Literal, Self

from gitreg.domain.values import Word

_NUMBER = r"(0|[1-9][0-9]{0,8})"
_IDENTIFIER = r"(?:0|[1-9][0-9]{0,8}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
Part = Literal["major", "minor", "patch"]


@total_ordering
@dataclass(frozen=True, slots=True)
class VersionNumber(Word):
    """A semantic version, e.g. `1.4.0` or `2.0.0-rc.1`; ordered by precedence."""

    major: int
    minor: int
    patch: int
    pre: str = ""

    pattern: ClassVar[str] = rf"^{_NUMBER}\.{_NUMBER}\.{_NUMBER}(-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?$"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The version that `text` writes.

        Raises:
            ValueError: if it is no semantic version, has build metadata, or could not be part of a ref.
        """
        match = re.fullmatch(cls.pattern[1:-1], text)
        if match is None or len(text) > 64:
            raise ValueError(
                f"not a semantic version without build metadata: {text[:80]!r} (like 1.4.0 or 2.0.0-rc.1)"
            )
        if text.lower().endswith(".lock"):
            raise ValueError("a pre-release must not end in '.lock': Git refuses such refs")
        return cls(int(match[1]), int(match[2]), int(match[3]), match[5] or "")

    def __str__(self) -> str:
        core = f"{self.major}.{self.minor}.{self.patch}"
        return f"{core}-{self.pre}" if self.pre else core

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, VersionNumber):
            return NotImplemented
        return self._precedence() < other._precedence()

    def _precedence(self) -> tuple[tuple[int, int, int], bool, tuple[tuple[bool, int, str], ...]]:
        """Rule 11 of Semantic Versioning: a pre-release comes first, numbers before words."""
        identifiers = self.pre.split(".") if self.pre else []
        return (
            (self.major, self.minor, self.patch),
            not self.pre,
            tuple((not i.isdigit(), int(i) if i.isdigit() else 0, i) for i in identifiers),
        )

    def bumped(self, part: Part) -> VersionNumber:
        """The next version when `part` changes; a pre-release is followed by its own release."""
        if self.pre and (
            (part == "patch")
            or (part == "minor" and not self.patch)
            or (part == "major" and not (self.minor or self.patch))
        ):
            return VersionNumber(self.major, self.minor, self.patch)
        if part == "major":
            return VersionNumber(self.major + 1, 0, 0)
        if part == "minor":
            return VersionNumber(self.major, self.minor + 1, 0)
        return VersionNumber(self.major, self.minor, self.patch + 1)


def why_not_next(version: VersionNumber, before: Collection[VersionNumber]) -> str | None:
    """Why a version cannot follow others, in words; None where it can.

    It has to be higher than all of them, or than those of its own major and minor number: then it goes on a patch line
    (docs/adr/0029).
    """
    highest = max(before, default=None)
    if highest is None or version > highest:
        return None
    line = max(
        (one for one in before if (one.major, one.minor) == (version.major, version.minor)), default=None
    )
    if line is not None and version > line:
        return None
    after = f", or than {line} as a patch" if line is not None and line != highest else ""
    return f"{version} is not higher than {highest}{after}"
