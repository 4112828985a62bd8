"""The table of all metric points, grouped by metric, written in one pass: a few megabytes of memory, however many.

Knows files and points; nothing of drafts or candidates.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from gitreg.domain.curves import HEAD, Folded, Folding, MetricPoint, row

KEPT = 2 * 1024 * 1024
"""Characters of rows that wait in memory; more go to a file for each metric."""
TABLE = "curves.csv"


class CurveTable:
    """Takes points one by one; its files lie in a folder that the caller removes.

    Args:
        folder: the folder, or what makes it when there is more than memory should hold.
    """

    def __init__(self, folder: Path | Callable[[], Path]) -> None:
        self._given = folder
        self._folding = Folding()
        self._rows: dict[str, list[str]] = {}
        self._waiting = 0
        self.count = 0
        """How many points it took."""

    def add(self, point: MetricPoint) -> None:
        """Takes the next point."""
        self.count += 1
        self._folding.add(point)
        text = row(point)
        self._rows.setdefault(point.key, []).append(text)
        self._waiting += len(text)
        if self._waiting > KEPT:
            self._let_go()

    @property
    def folding(self) -> Folding:
        """The points, folded."""
        return self._folding

    def folded(self) -> Folded:
        """What the record keeps; the table itself is in the file."""
        return self._folding.folded()

    def content(self) -> bytes | Path | None:
        """The table as `write` writes it; its bytes, where no file was needed until now."""
        if "_folder" in vars(self):
            return self.write()
        curves = self._folding.curves()
        rows = (row for key, rows in self._rows.items() if key in curves for row in rows)
        return "".join([HEAD, *rows]).encode() if curves else None

    def write(self) -> Path | None:
        """Writes the table of every metric with more than one point; None when there is none."""
        curves = self._folding.curves()
        if not curves:
            return None
        with (self._folder / TABLE).open("wb") as table:
            table.write(HEAD.encode())
            for number, (key, rows) in enumerate(self._rows.items()):
                if key not in curves:
                    continue
                part = self._folder / str(number)
                if part.exists():
                    with part.open("rb") as file:
                        shutil.copyfileobj(file, table, 1 << 20)
                table.write("".join(rows).encode())
        return self._folder / TABLE

    @cached_property
    def _folder(self) -> Path:
        return self._given if isinstance(self._given, Path) else self._given()

    def _let_go(self) -> None:
        for number, rows in enumerate(self._rows.values()):
            if rows:
                with (self._folder / str(number)).open("ab") as part:
                    part.write("".join(rows).encode())
                rows.clear()
        self._waiting = 0
