"""What one `log_metric` costs, beside its peers and its floor, and what many millions of them cost in memory.

python benchmarks/log_metric.py [--calls 100] [--repeat 100] [--points 10000000] [--json FILE] [--markdown FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from budgets import Budget, Term
from contestants import metric_gitreg, metric_mlflow, metric_write
from figures import Contestant, Skipped, in_turns
from generate import sealed
from machine import describe
from report import Run, hand_over

NOTES = """{calls} points of one metric a turn, with step and time, into a candidate that runs; the figures are for all of
them together. Each call of gitreg is safe against the death of the process when it returns (`gitreg.durability` is
`process`), as is the bare write. MLflow's stores are called in this process, without a server between."""
LONG = """A process that logged {points:,} points ({size} MB of journal) took {seconds} s for it and grew from {before} MB
to {after} MB; finishing them took {finishing} s more and {peak} MB at the most."""
PATIENCE = 60_000
BUDGETS = [
    Budget(f"{name}: 10 x one write()", name, (Term(10, metric_write.NAME),))
    for name in (metric_gitreg.NAME, metric_gitreg.BATCH)
]
CHILD = """
import json, os, resource, sys, time
from pathlib import Path
sys.path[:0] = json.loads(sys.argv[3])
from contestants.metric_gitreg import started

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

points = int(sys.argv[2])
candidate = started(Path(sys.argv[1]))
keys = [f"metric{number}" for number in range(10)]
for step in range(min(points, 1000)):
    candidate.log_metric(keys[step % 10], 0.1, step=step)
before, start = peak(), time.perf_counter()
for step in range(min(points, 1000), points):
    candidate.log_metric(keys[step % 10], step / 7, step=step)
logged, after = time.perf_counter(), peak()
size = (candidate._draft.folder / "journal.ndjson").stat().st_size
record = candidate.finish()
assert sum(curve.points for curve in record.curves.values()) == points
print(json.dumps({
    "points": points, "before": before, "after": after, "peak": peak(), "size": size // 1_000_000,
    "seconds": round(logged - start, 1), "finishing": round(time.perf_counter() - logged, 1),
}))
"""


def _many(folder: Path, points: int) -> Mapping[str, object]:
    """What a process of its own says of so many points."""
    _say(f"logging {points:,} points in another process")
    folder.mkdir()
    command = [sys.executable, "-c", CHILD, str(folder), str(points), json.dumps(sys.path[:1])]
    found: Mapping[str, object] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def measure(folder: Path, said: argparse.Namespace) -> Run:
    """The whole run, in an empty folder."""
    machine = describe(folder)
    made: list[Contestant | Skipped] = []
    for number, maker in enumerate((metric_gitreg.contestant, metric_gitreg.batch, metric_write.contestant)):
        (folder / str(number)).mkdir()
        made.append(maker(folder / str(number), said.calls))
    if said.without_mlflow:
        made.append(Skipped("mlflow", "left out by --without-mlflow"))
    else:
        _say("preparing MLflow's stores")
        made += metric_mlflow.contestants(folder, said.calls)
    contestants = [each for each in made if isinstance(each, Contestant)]
    with ExitStack() as closing:
        for each in contestants:
            closing.callback(each.close)
        _say(f"measuring {len(contestants)} contestants in {said.repeat} rounds")
        figures = in_turns(contestants, said.repeat, patience=PATIENCE)
    notes = f"{NOTES.format(calls=said.calls)} {LONG.format(**_many(folder / 'many', said.points))}"
    skipped = [each for each in made if isinstance(each, Skipped)]
    return Run(
        "log_metric", "Log metric points", notes, metric_write.NAME, machine, figures, skipped, BUDGETS
    )


def _say(words: str) -> None:
    print(f"{words} ...", file=sys.stderr, flush=True)


def arguments(words: list[str]) -> argparse.Namespace:
    """What the command line said."""
    parser = argparse.ArgumentParser(
        description="Measure what one log_metric costs, beside its peers and its floor."
    )
    parser.add_argument("--calls", type=int, default=100, help="points a turn")
    parser.add_argument("--repeat", type=int, default=100, help="rounds that count")
    parser.add_argument(
        "--points", type=int, default=10_000_000, help="points for the memory of a long training"
    )
    parser.add_argument("--without-mlflow", action="store_true", help="leave the peers out")
    parser.add_argument("--folder", type=Path, help="where to work: on the disk that is to be measured")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the section of a page")
    found = parser.parse_args(words)
    if min(found.repeat, found.calls) < 1 or found.points < 20:
        parser.error("--repeat and --calls are 1 or more, --points 20 or more")
    return found


def main(words: list[str]) -> None:
    """The command line."""
    said = arguments(words)
    for place in ("json", "markdown"):  # the contestants work in folders of their own
        if getattr(said, place) is not None:
            setattr(said, place, getattr(said, place).absolute())
    here = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="gitreg-benchmark-", dir=said.folder) as name:
        os.environ.update(sealed(Path(name) / "home", os.environ))  # MLflow reads it when it is imported
        run = measure(Path(name), said)
        os.chdir(here)
    hand_over(run, said.json, said.markdown)


if __name__ == "__main__":
    main(sys.argv[1:])
