"""What it costs to start: whole processes, in turns.

python benchmarks/start_up.py [--repeat 40] [--json FILE] [--markdown FILE]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from budgets import Budget, Term
from figures import Contestant, Skipped
from generate import sealed
from processes import process
from report import Run, hand_over
from setting import USUAL, Setting, Words
from stock import Stock

FLOOR = 'python -c "import click"'
PROGRAMS = ("gitreg", "dvc", "gto", "mlflow")
NOTES = "Whole processes, from start to exit, of the programs installed beside this Python."
WORDS = Words("start_up", "Start up", NOTES, FLOOR)
BUDGETS = [
    Budget("gitreg --version: 1.6 x Python with click", "gitreg --version", (Term(1.6, FLOOR),)),
]


def contestants(programs: Sequence[str], environ: Mapping[str, str]) -> list[Contestant | Skipped]:
    """The floor, and each program."""
    here = Path.cwd()
    versions = [
        process(f"{program} --version", [program, "--version"], environ, here) for program in programs
    ]
    return [process(FLOOR, ["python", "-c", "import click"], environ, here), *versions]


def measure(folder: Path, programs: Sequence[str], repeat: int) -> Run:
    """The whole run; `folder` becomes HOME."""
    setting = Setting.at(folder, Stock(folder / "stock"), USUAL)
    return setting.contest(WORDS, contestants(programs, sealed(folder, os.environ)), BUDGETS, repeat)


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
