"""What one `log` costs, beside its peers and its floor, at several sizes of the registry, all in one run.

python benchmarks/log_one.py [--sizes 0 10000 100000] [--repeat 100] [--cache DIR] [--json FILE] [--markdown FILE]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from budgets import Budget, Term
from contestants import act, loose_objects, mlflow_store, plain_git
from contestants.base import Start
from figures import Contestant, Skipped, in_turns
from generate import sealed
from machine import describe
from records import FIXED
from report import Run, hand_over
from stock import Stock

Maker = Callable[[Start, Path], Contestant | Skipped]
OURS: tuple[Maker, ...] = (act.contestant, act.contestant_with_artifact)
FLOOR: tuple[Maker, ...] = (loose_objects.contestant,)
PEERS: dict[str, Maker] = {"git": plain_git.contestant, "mlflow": mlflow_store.contestant}
NOTES = """One candidate of 10 params, 10 metrics and 5 tags, logged into the largest of 20 experiments; the size is
how many candidates there were before. gitreg and MLflow's store are called in this process, with everything open; git
is two processes, and its file is there before the clock starts. What others wrote is on the disk before each turn.
MLflow's store waits for the disk at each of its commits (SQLite's default), gitreg for the bytes of artifacts; records
and commits are left to the operating system, by gitreg as by Git (`core.fsync`)."""


def _contestants(
    starts: Sequence[Start], makers: Sequence[Maker], folder: Path
) -> list[Contestant | Skipped]:
    made = []
    for start in starts:
        for number, maker in enumerate(makers):
            place = folder / f"{start.size}-{number}"
            place.mkdir()
            _say(f"preparing {maker.__module__} at {start.size:,}")
            made.append(maker(start, place))
    return made


def measure(folder: Path, said: argparse.Namespace) -> Run:
    """The whole run, in an empty folder."""
    machine = describe(folder)
    stock, shape = Stock(said.cache or folder / "stock"), replace(FIXED, seed=said.seed)
    starts = [stock.start(size, shape) for size in sorted(set(said.sizes))]
    peers = [maker for name, maker in PEERS.items() if name not in said.without]
    made = _contestants(starts, [*OURS, *peers, *FLOOR], folder)
    skipped = {each.name: each for each in made if isinstance(each, Skipped)}
    left_out = [Skipped(name, "left out by --without") for name in said.without]
    with ExitStack() as closing:
        contestants = [each for each in made if isinstance(each, Contestant)]
        for each in contestants:
            closing.callback(each.close)
        _say(f"measuring {len(contestants)} contestants in {said.repeat} rounds")
        figures = in_turns(contestants, said.repeat)
    missing = [*skipped.values(), *left_out]
    return Run("log_one", "Log one candidate", NOTES, act.NAME, machine, figures, missing, _budgets(starts))


def _budgets(starts: Sequence[Start]) -> list[Budget]:
    least, most = starts[0].size, starts[-1].size
    return [
        Budget("log one: 5 x the floor", act.NAME, (Term(5, loose_objects.NAME),), size=least),
        Budget("log one: 1/3 of MLflow's SQLite store", act.NAME, (Term(1 / 3, mlflow_store.NAME),)),
        Budget(
            f"log one into {most:,}: 1.3 x into {least:,}", act.NAME, (Term(1.3, act.NAME, least),), size=most
        ),
    ]


def _say(words: str) -> None:
    print(f"{words} ...", file=sys.stderr, flush=True)


def arguments(words: list[str]) -> argparse.Namespace:
    """What the command line said."""
    parser = argparse.ArgumentParser(
        description="Measure what one log costs, beside its peers and its floor."
    )
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[0, 10_000, 100_000], help="candidates before"
    )
    parser.add_argument("--repeat", type=int, default=100, help="rounds that count")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--without", choices=sorted(PEERS), action="append", default=[], help="leave out a peer"
    )
    parser.add_argument("--cache", type=Path, help="where generated registries are kept for the next run")
    parser.add_argument("--folder", type=Path, help="where to work: on the disk that is to be measured")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the section of a page")
    found = parser.parse_args(words)
    if found.repeat < 1 or min(found.sizes) < 0:
        parser.error("--repeat is 1 or more, and --sizes are 0 or more")
    return found


def main(words: list[str]) -> None:
    """The command line."""
    said = arguments(words)
    with tempfile.TemporaryDirectory(prefix="gitreg-benchmark-", dir=said.folder) as name:
        os.environ.update(sealed(Path(name) / "home", os.environ))  # MLflow reads it when it is imported
        run = measure(Path(name), said)
    hand_over(run, said.json, said.markdown)


if __name__ == "__main__":
    main(sys.argv[1:])
