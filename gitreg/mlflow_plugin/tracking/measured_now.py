"""What runs measured of logged models up to now, by the journals of those that run."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path

from gitreg.domain.logged_model import LoggedModel, ModelMetric
from gitreg.workflows.logged_models.measured_now import Measuring
from gitreg.workflows.logged_models.metrics import joined
from gitreg.workflows.registry import Registry
from gitreg.workflows.running.finish_draft import drafts_folder


class _Following:
    """Places in journals, by the folder that they are in; whoever knows none reads them from the beginning."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[Path, Measuring] = {}

    def values(self, folder: Path) -> Mapping[str, list[ModelMetric]]:
        """What the drafts in a folder measured."""
        with self._lock:
            return self._found.setdefault(folder, Measuring(folder)).values()


_FOLLOWING = _Following()


def _start_over() -> None:
    """After a fork: a thread that is not here may have held the lock."""
    _FOLLOWING.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_start_over)


class MeasuredNow:
    """Values of logged models, as records and running drafts say together.

    Asked before the records are read: a run that ends meanwhile is then in either.
    """

    def __init__(self, registry: Registry) -> None:
        self._running = _FOLLOWING.values(drafts_folder(registry))

    def of(self, model: LoggedModel) -> list[ModelMetric]:
        """All values of a model."""
        running = self._running.get(model.id)
        return joined(model.metrics, running) if running else model.metrics
