"""A bad connection to a real S3 storage: a push ends in bounded time, publishes no record without its bytes, and succeeds later.

    python tests/torture/storages.py --cuts 300

The connection to the storage is cut after a random number of bytes, or stalled there; Git's remote is fine. After
each, what the remote has must have its artifacts.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from acknowledged import Acknowledged
from checker import Subject, check
from forks import command, must
from ground import CANDIDATES, prepare
from servers import seaweed, tcp_proxy
from telling import say

UNREACHABLE = 7
SILENCE = 4
"""Seconds without a sign of life after which the storage is given up here (git config gitreg.timeout)."""
BOUND = 150.0
"""Seconds in which a push ends here: the library asks more than once."""


def torture(folder: Path, cuts: int, stalls: int, seed: int) -> list[str]:
    """The whole run in an empty folder; returns every fault."""
    random, faults, known, slowest = Random(seed), [], [], 0.0
    with seaweed(folder / "s3") as s3, tcp_proxy(s3.endpoint) as proxy:
        ground = prepare(folder, s3.environment, storage=f"{s3.bucket}/registry")
        clone, model = ground.clone("clone"), folder / "model.bin"
        ground.git("config", "gitreg.timeout", str(SILENCE), at=clone)
        broken = ground.environ | s3.at(proxy.url)
        whole = 40_000
        for number in range(cuts + stalls):
            model.write_bytes(random.randbytes(30_000))
            known.append(Acknowledged(command(["log", "churn", "-a", str(model)], clone, broken).out))
            before = ground.git("rev-parse", CANDIDATES, at=ground.remote)
            place = random.randint(0, whole)
            (proxy.cut_after if number < cuts else proxy.stall_after)(place)
            done = command(["push"], clone, broken, BOUND)
            slowest = max(slowest, done.seconds)
            what = f"a push {'cut' if number < cuts else 'stalled'} after {place} bytes of the storage"
            if done.code not in {0, UNREACHABLE}:
                faults.append(f"{what} ended with {done.code} after {done.seconds:.1f} s: {done.err[-600:]}")
            if done.code and ground.git("rev-parse", CANDIDATES, at=ground.remote) != before:
                faults.append(f"{what} published records without their bytes")
            proxy.heal()
            again = command(["push"], clone, broken, BOUND)
            if again.code:
                faults.append(f"the push after {what} ended with {again.code}: {again.err[-600:]}")
            whole = max(whole, proxy.passed) if number == 0 else whole
        say(f"{cuts} cuts and {stalls} stalls; the slowest push took {slowest:.1f} s")
        report = check(
            Subject(
                remote=str(ground.remote),
                environ=ground.environ,
                acknowledged=known,
                server=ground.remote,
                clones=[clone],
                exact=True,
            ),
            must,
        )
    say(report.text())
    return [*faults, *report.faults]


def main(words: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="A bad connection to a real S3 storage.")
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--stalls", type=int, default=1)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--folder", type=Path, help="where to work")
    said = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="gitreg-storages-", dir=said.folder) as name:
        faults = torture(Path(name), said.cuts, said.stalls, said.seed)
    for fault in faults:
        say(f"FAULT: {fault}")
    say(f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
