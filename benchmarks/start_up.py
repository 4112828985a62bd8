"""What it costs to start: whole processes, in turns.

python benchmarks/start_up.py [--repeat 40] [--json FILE] [--markdown FILE]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from figures import Contestant, Skipped, in_turns
from generate import sealed
from machine import describe
from report import Run, hand_over

FLOOR = 'python -c "import click"'
PROGRAMS = ("gitreg", "dvc", "gto", "mlflow")
NOTES = "Whole processes, from start to exit, of the programs installed beside this Python."


def _contestants(programs: Sequence[str], environ: Mapping[str, str]) -> list[Contestant | Skipped]:
    here = Path(sys.executable).parent
    found: list[Contestant | Skipped] = [_process(FLOOR, [sys.executable, "-c", "import click"], environ)]
    for program in programs:
        path = shutil.which(program, path=str(here))
        name = f"{program} --version"
        found.append(_process(name, [path, "--version"], environ) if path else Skipped(name, "not installed"))
    return found


def _process(name: str, command: list[str], environ: Mapping[str, str]) -> Contestant:
    def act(_: object) -> None:
        subprocess.run(command, env=dict(environ), stdout=subprocess.DEVNULL, check=True)

    return Contestant(name, 0, lambda _: None, act)


def measure(folder: Path, programs: Sequence[str], repeat: int) -> Run:
    """The whole run; `folder` becomes HOME."""
    machine = describe(folder)
    made = _contestants(programs, sealed(folder, os.environ))
    times = in_turns([each for each in made if isinstance(each, Contestant)], repeat)
    skipped = [each for each in made if isinstance(each, Skipped)]
    return Run("start_up", "Start up", NOTES, FLOOR, machine, times, skipped)


def main(words: list[str]) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Measure what it costs to start, beside its peers and its floor."
    )
    parser.add_argument("--repeat", type=int, default=40, help="rounds that count")
    parser.add_argument("--programs", nargs="+", default=PROGRAMS, choices=PROGRAMS, help="which ones")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the section of a page")
    said = parser.parse_args(words)
    if said.repeat < 1:
        parser.error("--repeat is 1 or more")
    with tempfile.TemporaryDirectory(prefix="gitreg-benchmark-") as name:
        run = measure(Path(name), said.programs, said.repeat)
    hand_over(run, said.json, said.markdown)


if __name__ == "__main__":
    main(sys.argv[1:])
