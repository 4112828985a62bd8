"""Many processes add to one draft at once, as the ranks of a distributed training do: every call is in the one candidate.

python tests/torture/one_draft.py --processes 16 --each 2000
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from acknowledged import Acknowledged, joined, read_all, write_down
from checker import Subject, check
from forks import fork, wait
from ground import prepare
from telling import say

import gitreg
from gitreg.cli.entry import outcome

SHARED = "loss"
"""A metric that all of them log to."""


def rank(number: int, each: int, acknowledged: Path) -> int:
    """One process: joins the candidate that runs around it, and logs points, a param and an artifact."""
    candidate = gitreg.start("churn", strict=True)
    for step in range(number * each, (number + 1) * each):
        candidate.log_metric(SHARED, 1.0, step=step)
        candidate.log_metric(f"rank-{number}", 1.0, step=step)
    candidate.log_param(f"rank-{number}", str(number))
    content = f"shard {number}\n"
    candidate.log_text(content, f"shard-{number}.txt")
    steps = list(range(number * each, (number + 1) * each))
    write_down(
        acknowledged,
        Acknowledged(
            candidate.id,
            None,
            {f"shard-{number}.txt": hashlib.sha256(content.encode()).hexdigest()},
            {f"rank-{number}": str(number)},
            {SHARED: steps, f"rank-{number}": steps},
        ),
    )
    return 0


def torture(folder: Path, processes: int, each: int) -> list[str]:
    """Starts a candidate and its ranks; finishes and pushes it; returns every fault."""
    ground = prepare(folder)
    clone, acknowledged = ground.clone("clone"), folder / "acknowledged"
    starting = fork(partial(_start, clone, folder / "id"), clone, ground.environ)
    while not (folder / "id").exists():
        time.sleep(0.01)
    name = (folder / "id").read_text()
    around = ground.environ | {
        "GITREG_CANDIDATE": name,
        "GITREG_DRAFT": str(clone / ".git/gitreg/drafts" / name),
    }
    begin = time.monotonic()
    ranks = [fork(partial(rank, number, each, acknowledged), clone, around) for number in range(processes)]
    faults = [f"a rank ended with {code}" for code in [wait(pid, 600) for pid in ranks] if code != 0]
    seconds = time.monotonic() - begin
    say(f"{processes} processes logged {2 * each * processes} points in {seconds:.1f} s")
    (folder / "finish").touch()
    if (code := wait(starting, 600)) != 0:
        faults.append(f"finishing ended with {code}")
    say(f"finished and pushed in {time.monotonic() - begin - seconds:.1f} s")
    report = check(
        Subject(
            remote=str(ground.remote),
            environ=ground.environ,
            acknowledged=joined(read_all([acknowledged])),
            server=ground.remote,
            clones=[clone],
            storage=ground.storage,
            exact=True,
        )
    )
    say(report.text())
    return [*faults, *report.faults]


def _start(clone: Path, named: Path) -> int:
    """The process whose candidate it is: waits for the others to have logged, then finishes and pushes."""
    candidate = gitreg.start("churn", registry=clone, strict=True)
    temporary = named.with_suffix(".new")
    temporary.write_text(candidate.id)
    temporary.rename(named)
    while not named.with_name("finish").exists():
        time.sleep(0.01)
    candidate.finish()
    return outcome(["push"], os.environ)


def main(words: list[str]) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Many processes add to one draft at once.")
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--each", type=int, default=200, help="points of each process")
    parser.add_argument("--folder", type=Path, help="where to work")
    said = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="gitreg-one-draft-", dir=said.folder) as name:
        faults = torture(Path(name), said.processes, said.each)
    for fault in faults:
        say(f"FAULT: {fault}")
    say(f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
