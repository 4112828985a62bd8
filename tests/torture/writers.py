"""Many writers at once, one remote: nothing is lost, nobody waits long.

    python tests/torture/writers.py --writers 64 --each 20     # the acceptance form: beside plain Git, with figures
    python tests/torture/writers.py --writers 64 --each 20 --cli --without rebase own
    python tests/torture/writers.py --writers 16 --each 20 --one-clone
    python tests/torture/writers.py --writers 16 --each 20 --server-gc

Beside the same load by `git pull --rebase` and `git push` until it landed, and beside bare pushes to a ref of one's own
by as many writers; then the checker looks at everything. Ends with 1 if anything was lost or left.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import run as run_quietly
from threading import Event, Thread

from acknowledged import read_all
from checker import Subject, check
from crowd import Crowd, work
from ground import Ground, prepare
from telling import say

FASTER = 8.0
"""So many times the landed candidates per second of `pull --rebase` (issue 3, acceptance)."""
SLOWER = 1.5
"""At most so many times the p95 of bare pushes."""


def gitreg_writers(ground: Ground, said: argparse.Namespace) -> tuple[Crowd, Path, list[Path]]:
    """Lets the writers log and push; returns what they did, what they were told, and their clones."""
    acknowledged = ground.folder / "acknowledged"
    names = [f"writer-{number}" for number in range(said.writers)]
    clones = [ground.clone("shared")] if said.one_clone else [ground.clone(name) for name in names]
    options = [word for word, wanted in (("--cli", said.cli), ("--no-push", said.one_clone)) if wanted]
    commands = [
        ["one_writer.py", str(clones[number % len(clones)]), "--each", str(said.each), "--experiment", "churn",
         "--name", name, "--acknowledged", str(acknowledged), *options]
        for number, name in enumerate(names)
    ]  # fmt: skip
    crowd = work("gitreg", commands, ground.environ)
    return crowd, acknowledged, clones


def plain_writers(ground: Ground, said: argparse.Namespace, way: str) -> Crowd:
    """Lets as many writers do the same by plain Git."""
    clones = [ground.clone(f"{way}-{number}") for number in range(said.writers)]
    commands = [
        ["one_plain_writer.py", str(clone), "--way", way, "--each", str(said.each), "--name", clone.name,
         "--storage", str(ground.storage), "--seconds", str(said.seconds)]
        for clone in clones
    ]  # fmt: skip
    return work(
        {"rebase": "pull --rebase, push", "own": "push to a ref of one's own"}[way], commands, ground.environ
    )


@contextmanager
def collecting_garbage(ground: Ground, *, wanted: bool) -> Iterator[None]:
    """A server that packs and prunes without a pause, as `git gc --prune=now` and `git repack -ad` in turn.

    It keeps what it receives as packs (`receive.unpackLimit`): as loose objects Git itself loses what arrives meanwhile,
    whoever pushes (git-gc(1), NOTES).
    """
    ended = Event()
    if wanted:
        run_quietly(
            ["git", "config", "receive.unpackLimit", "1"], cwd=ground.remote, env=ground.environ, check=True
        )

    def collect() -> None:
        while not ended.is_set():
            for words in (["gc", "-q", "--prune=now"], ["repack", "-adq"]):
                run_quietly(
                    ["git", *words], cwd=ground.remote, env=ground.environ, capture_output=True, check=False
                )
            ended.wait(0.2)

    thread = Thread(target=collect)
    if wanted:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if wanted:
            thread.join()


def measure(folder: Path, said: argparse.Namespace) -> list[str]:
    """The whole run in an empty folder; returns every fault."""
    crowds = []
    for way in ("rebase", "own"):
        if way not in said.without:
            place = folder / way
            place.mkdir()
            say(f"{said.writers} writers, {way} ...")
            crowds.append(plain_writers(prepare(place), said, way))
            table([crowds[-1]])
    place = folder / "gitreg"
    place.mkdir()
    ground = prepare(place)
    say(f"{said.writers} writers x {said.each} candidates, gitreg ...")
    with collecting_garbage(ground, wanted=said.server_gc):
        ours, acknowledged, clones = gitreg_writers(ground, said)
    table([ours])
    if said.one_clone:
        ground.gitreg("push", at=clones[0])
    begin = time.monotonic()
    subject = Subject(
        remote=str(ground.remote),
        environ=ground.environ,
        acknowledged=read_all([acknowledged]),
        server=ground.remote,
        clones=clones,
        storage=ground.storage,
        exact=True,
    )
    report = check(subject)
    say(report.text())
    say(f"the checker, with the last push, took {time.monotonic() - begin:.1f} s")
    table([*crowds, ours])
    expected = said.writers * said.each
    faults = [*ours.failures, *report.faults]
    if ours.landed != expected:
        faults.append(f"{ours.landed} of {expected} candidates were acknowledged")
    return [*faults, *too_slow(crowds, ours, said)]


def too_slow(crowds: Sequence[Crowd], ours: Crowd, said: argparse.Namespace) -> list[str]:
    """Where the ratios of the acceptance are not met; asked only when wanted, for a busy machine knows none."""
    by_name = {one.name.split()[0]: one for one in crowds}
    faults = []
    if (rebase := by_name.get("pull")) is not None:
        ratio = ours.rate / rebase.rate if rebase.rate else float("inf")
        say(f"landed candidates per second: {ratio:.1f} times those of pull --rebase (wanted: {FASTER})")
        if ratio < FASTER:
            faults.append(f"only {ratio:.1f} times as fast as pull --rebase")
    if (own := by_name.get("push")) is not None:
        ratio = ours.share(95) / own.share(95)
        say(
            f"p95 of a push: {ratio:.2f} times that of a bare push to a ref of one's own (wanted: at most {SLOWER})"
        )
        if ratio > SLOWER:
            faults.append(f"p95 is {ratio:.2f} times that of bare pushes")
    return faults if said.ratios else []


def table(crowds: Sequence[Crowd]) -> None:
    """The figures, one line each."""
    say(f"{'':28}{'landed':>8}{'seconds':>9}{'per s':>8}{'retries':>9}{'p50':>8}{'p95':>8}{'failed':>8}")
    for one in crowds:
        say(
            f"{one.name:28}{one.landed:>8}{one.seconds:>9.1f}{one.rate:>8.2f}{one.retries:>9}"
            f"{one.share(50):>8.2f}{one.share(95):>8.2f}{len(one.failures):>8}"
        )


def arguments(words: list[str]) -> argparse.Namespace:
    """The command line's words."""
    parser = argparse.ArgumentParser(description="Many writers at once, one remote.")
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--each", type=int, default=5, help="candidates of each writer")
    parser.add_argument("--cli", action="store_true", help="by commands, not by long-lived processes")
    parser.add_argument(
        "--one-clone", action="store_true", help="all of them in one clone; pushed at the end"
    )
    parser.add_argument("--server-gc", action="store_true", help="the server packs and prunes meanwhile")
    parser.add_argument(
        "--without", nargs="*", choices=("rebase", "own"), default=[], help="leave a yardstick out"
    )
    parser.add_argument(
        "--seconds", type=float, default=120.0, help="no yardstick begins anything after so many"
    )
    parser.add_argument("--ratios", action="store_true", help="being too slow is a fault, too")
    parser.add_argument("--folder", type=Path, help="where to work")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """The command line."""
    said = arguments(words)
    with tempfile.TemporaryDirectory(prefix="gitreg-writers-", dir=said.folder) as name:
        faults = measure(Path(name), said)
    for fault in faults:
        say(f"FAULT: {fault}")
    say(f"{len(faults)} faults; load {os.getloadavg()[0]:.1f}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
