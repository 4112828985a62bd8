"""Reading records: `readers.py`, as a row."""

from __future__ import annotations

import readers
from report import Run
from setting import Setting


def measure(setting: Setting) -> Run:
    """As many files as are logged at once elsewhere."""
    return readers.measure(setting.scale.batch, min(3, setting.scale.rounds))
