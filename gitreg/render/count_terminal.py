"""How far a count is, drawn on stderr: a bar, how many of how many, time left. Loads rich, as progress_terminal.py does."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class CountBar:
    """A bar that appears when there is something to count, and is gone when all is counted."""

    def __init__(self, label: str, *, colour: bool) -> None:
        console = Console(stderr=True, no_color=not colour, highlight=False)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=console, transient=True)
        self._task = self._bar.add_task(label)
        self._bar.start()

    def show(self, done: int, total: int) -> None:
        """Moves the bar, and takes it away at the end."""
        self._bar.update(self._task, completed=done, total=total)
        if done >= total:
            self.close()

    def close(self) -> None:
        """Takes the bar away."""
        self._bar.stop()
