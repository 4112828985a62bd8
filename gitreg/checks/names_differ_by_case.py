"""GR007: no two names differ by case alone."""

from __future__ import annotations

from collections.abc import Iterator

from gitreg.checks.base import FOLDERS, Case, Finding
from gitreg.domain.words import folded


class NamesDifferByCase:
    """Where case does not count (macOS, Windows), two such files are one, and a clone shows either."""

    code = "GR007"

    def findings(self, case: Case) -> Iterator[Finding]:
        """Names that have a twin in their folder."""
        seen: set[str] = set()
        for path in case.paths:
            if path.startswith(tuple(f"{folder}/" for folder in FOLDERS)):
                yield from self._on_the_way(case, path, seen)

    def _on_the_way(self, case: Case, path: str, seen: set[str]) -> Iterator[Finding]:
        """Each folder on the way to the path, once."""
        folder = path.rpartition("/")[0]
        while folder and folder not in seen:
            seen.add(folder)
            yield from self._twins(case, folder)
            folder = folder.rpartition("/")[0]

    def _twins(self, case: Case, folder: str) -> Iterator[Finding]:
        first: dict[str, str] = {}
        for name in case.proposed.names(folder):
            other = first.setdefault(folded(name), name)
            if other != name:
                yield Finding(f"{folder}/{name}", 1, 1, self.code, f"differs from {other} by case alone")
