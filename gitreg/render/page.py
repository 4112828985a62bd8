"""One thing whole, as lines of words and values for people. Nothing in it acts on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from gitreg.safe import one_line, text

WIDTH = 12


class Page:
    """Lines, added from top to bottom; what is empty is left out."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def title(self, words: str) -> None:
        """The first line."""
        self._lines.append(one_line(words))

    def line(self, name: str, value: str | None) -> None:
        """A name and its value."""
        if value:
            self._lines.append(f"{name + ':':<{WIDTH}} {one_line(value)}")

    def section(self, name: str, pairs: Sequence[tuple[str, str]]) -> None:
        """Names and values below a name, aligned."""
        if not pairs:
            return
        keys = [one_line(key) for key, _ in pairs]
        width = min(max(map(len, keys)), 40)
        self._lines.append(f"{name}:")
        self._lines += [
            f"  {key:<{width}}  {one_line(value)}".rstrip()
            for key, (_, value) in zip(keys, pairs, strict=True)
        ]

    def paragraph(self, name: str, words: str) -> None:
        """Text of several lines below a name."""
        if words:
            self._lines.append(f"{name}:")
            self._lines += [f"  {line}".rstrip() for line in text(words).splitlines()]

    def text(self) -> str:
        """The page."""
        return "".join(f"{line}\n" for line in self._lines)
