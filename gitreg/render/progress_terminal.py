"""How far long work is, drawn on stderr: bytes, rate, time left. The other module that loads rich."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)


class Bar:
    """gitreg.artifacts' Progress, as a bar that is gone when the work is done."""

    def __init__(self, *, colour: bool) -> None:
        console = Console(stderr=True, no_color=not colour, highlight=False)
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(),
            console=console, transient=True,
        )  # fmt: skip
        self._task: TaskID | None = None

    def start(self, total_bytes: int, label: str) -> None:
        """Draws an empty bar; one that only moves where the total is not known."""
        self._bar.start()
        self._task = self._bar.add_task(label, total=total_bytes or None)

    def advance(self, count: int) -> None:
        """Moves the bar."""
        if self._task is not None:
            self._bar.advance(self._task, count)

    def done(self) -> None:
        """Takes the bar away."""
        if self._task is not None:
            self._bar.remove_task(self._task)
            self._task = None
        self._bar.stop()
