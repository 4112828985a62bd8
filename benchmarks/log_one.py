"""What one `log` costs, beside its peers and its floor, at several sizes of the registry, all in one run.

python benchmarks/log_one.py [--sizes 0 10000 100000] [--repeat 100] [--json FILE] [--markdown FILE]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from contestants import act, loose_objects, mlflow_store, plain_git
from contestants.base import Start
from figures import Contestant, Skipped, in_turns
from generate import generate, home_of, sealed
from machine import describe
from records import Shape
from report import Run, hand_over

Maker = Callable[[Start, Path], Contestant | Skipped]
OURS: tuple[Maker, ...] = (act.contestant, act.contestant_with_artifact)
FLOOR: tuple[Maker, ...] = (loose_objects.contestant,)
PEERS: dict[str, Maker] = {"git": plain_git.contestant, "mlflow": mlflow_store.contestant}
NOTES = """One candidate of 10 params, 10 metrics and 5 tags, logged into the largest of 20 experiments; the size is
how many candidates there were before. gitreg and MLflow's store are called in this process, with everything open; git
is two processes, and its file is there before the clock starts. What others wrote is on the disk before each turn.
MLflow's store waits for the disk at each of its commits (SQLite's default), gitreg for the bytes of artifacts; records
and commits are left to the operating system, by gitreg as by Git (`core.fsync`)."""


def _starts(folder: Path, sizes: Iterable[int], seed: int) -> list[Start]:
    starts = []
    for size in sizes:
        _say(f"making a registry of {size:,}")
        registry = folder / f"registry-{size}"
        generate(registry, size, Shape(seed), os.environ)
        starts.append(Start(registry, size, Shape(seed), sealed(home_of(registry), os.environ)))
    return starts


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
    starts = _starts(folder, sorted(set(said.sizes)), said.seed)
    peers = [maker for name, maker in PEERS.items() if name not in said.without]
    made = _contestants(starts, [*OURS, *peers, *FLOOR], folder)
    skipped = {each.name: each for each in made if isinstance(each, Skipped)}
    left_out = [Skipped(name, "left out by --without") for name in said.without]
    with ExitStack() as closing:
        contestants = [each for each in made if isinstance(each, Contestant)]
        for each in contestants:
            closing.callback(each.close)
        _say(f"measuring {len(contestants)} contestants in {said.repeat} rounds")
        times = in_turns(contestants, said.repeat)
    return Run(
        "log_one", "Log one candidate", NOTES, act.NAME, machine, times, [*skipped.values(), *left_out]
    )


def _say(words: str) -> None:
    print(f"{words} ...", file=sys.stderr, flush=True)


def _arguments(words: list[str]) -> argparse.Namespace:
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
    parser.add_argument("--folder", type=Path, help="where to work: on the disk that is to be measured")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every sample")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the section of a page")
    arguments = parser.parse_args(words)
    if arguments.repeat < 1 or min(arguments.sizes) < 0:
        parser.error("--repeat is 1 or more, and --sizes are 0 or more")
    return arguments


def main(words: list[str]) -> None:
    """The command line."""
    said = _arguments(words)
    with tempfile.TemporaryDirectory(prefix="gitreg-benchmark-", dir=said.folder) as name:
        os.environ.update(sealed(Path(name) / "home", os.environ))  # MLflow reads it when it is imported
        run = measure(Path(name), said)
    hand_over(run, said.json, said.markdown)


if __name__ == "__main__":
    main(sys.argv[1:])
