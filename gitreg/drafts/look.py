"""Whether drafts live, told in one look at many: the file system's clock, and each process, are asked once for all of them."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from gitreg.disk import clock_of
from gitreg.drafts.heartbeat import HEARTBEAT, SERVED_SILENT, SILENT
from gitreg.drafts.liveness import Liveness, ProcessMark, liveness
from gitreg.drafts.owners import owners_of


class Look:
    """A look at the drafts of a folder, as of one moment.

    Args:
        folder: where all drafts are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: dict[ProcessMark, Liveness] = {}

    def liveness(self, journal: Path, process: ProcessMark) -> Liveness:
        """Whether a process that owns a draft still runs; one elsewhere is dead when it was silent for too long.

        Args:
            journal: the draft's.
            process: the one that started it.
        """
        marks = [process, *owners_of(journal.parent)]
        found = {self._runs(mark) for mark in marks}
        if "running" in found:
            return "running"
        if "elsewhere" not in found:
            return "dead"
        patience = SERVED_SILENT if any(mark.served for mark in marks) else SILENT
        return "dead" if self._is_silent(journal, patience) else "elsewhere"

    def silence(self, journal: Path) -> timedelta | None:
        """For how long nothing was heard of a draft; None where the clock cannot be asked."""
        now = self._clock
        return None if now is None else timedelta(seconds=now - heard(journal))

    def _is_silent(self, journal: Path, patience: timedelta) -> bool:
        if self._clock is None or self._clock - journal.stat().st_mtime <= patience.total_seconds():
            return False  # whatever its heartbeat says
        silence = self.silence(journal)
        return silence is not None and silence > patience

    @cached_property
    def _clock(self) -> float | None:
        return clock_of(self._folder)

    def _runs(self, mark: ProcessMark) -> Liveness:
        if mark not in self._processes:
            self._processes[mark] = liveness(mark)
        return self._processes[mark]


def heard(journal: Path) -> float:
    """When a draft showed life last, by what was logged or by its heartbeat."""
    times = [journal.stat().st_mtime]
    with suppress(OSError):
        times.append(journal.with_name(HEARTBEAT).stat().st_mtime)
    return max(times)
