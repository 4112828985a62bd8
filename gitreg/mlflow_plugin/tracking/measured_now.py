"""What runs measured of logged models up to now, followed by each thread of a server for itself."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from gitreg.domain.logged_model import LoggedModel, ModelMetric
from gitreg.workflows.finish_draft import drafts_folder
from gitreg.workflows.logged_model_drafts import Measuring
from gitreg.workflows.logged_model_metrics import joined
from gitreg.workflows.registry import Registry


@dataclass
class _Following(threading.local):
    """Places in journals, by the folder that they are in; whoever knows none reads them from the beginning."""

    found: dict[Path, Measuring] = field(default_factory=dict)


_FOLLOWING = _Following()


class MeasuredNow:
    """Values of logged models, as records and running drafts say together.

    Asked before the records are read: a run that ends meanwhile is then in either.
    """

    def __init__(self, registry: Registry) -> None:
        folder = drafts_folder(registry)
        self._running = _FOLLOWING.found.setdefault(folder, Measuring(folder)).values()

    def of(self, model: LoggedModel) -> list[ModelMetric]:
        """All values of a model."""
        running = self._running.get(model.id)
        return joined(model.metrics, running) if running else model.metrics
