"""The command line of a race: where it is run, what is told of its end, and the exit code."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from telling import say


def run_race(said: argparse.Namespace, measure: Callable[[Path, argparse.Namespace], Sequence[str]]) -> int:
    """Runs it in a folder of its own, below `said.folder` where that is given; 1 when there is a fault, each told."""
    with tempfile.TemporaryDirectory(prefix="gitreg-race-", dir=said.folder) as folder:
        faults = measure(Path(folder), said)
    for fault in faults:
        say(f"FAULT {fault}")
    say("no fault" if not faults else f"{len(faults)} faults")
    return 1 if faults else 0
