"""Metric points: `log_metric.py`, as a row."""

from __future__ import annotations

import log_metric
from report import Run
from setting import Setting


def measure(setting: Setting) -> Run:
    """One by one, in batches, and very many."""
    rounds = str(min(20, setting.scale.rounds))
    calls = str(min(100, setting.scale.points))
    words = ["--repeat", rounds, "--calls", calls, "--points", str(setting.scale.points)]
    return log_metric.measure(setting.folder, log_metric.arguments(words))
