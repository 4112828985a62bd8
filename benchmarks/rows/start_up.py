"""Start-up: `start_up.py`, as a row."""

from __future__ import annotations

import os

import start_up
from generate import sealed
from report import Run
from setting import Setting


def measure(setting: Setting) -> Run:
    """Every program that is installed."""
    made = start_up.contestants(start_up.PROGRAMS, sealed(setting.folder, os.environ))
    return setting.contest(start_up.WORDS, made, start_up.BUDGETS, 20)
