"""One log: `log_one.py`, as a row."""

from __future__ import annotations

import log_one
from report import Run
from setting import Setting


def measure(setting: Setting) -> Run:
    """At every size."""
    sizes = map(str, setting.scale.logged)
    rounds = str(min(50, setting.scale.rounds))
    words = ["--sizes", *sizes, "--repeat", rounds, "--cache", str(setting.stock.folder)]
    return log_one.measure(setting.folder, log_one.arguments(words))
