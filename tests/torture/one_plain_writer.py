"""What people do without gitreg, by one writer in a clone: the yardsticks of writers.py.

    python one_plain_writer.py CLONE --way rebase|own --each 20 --name writer-3 --storage DIR [--seconds 60]

`rebase` adds a record and copies its artifact into the storage, commits, then pulls with rebase and pushes until it
landed. `own` pushes the same commit to a branch of its own, where nobody else is. Talks as one_writer.py does.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ground import CANDIDATES
from one_writer import ARTIFACT_BYTES
from telling import say

RECORD = (
    "schema: record\nid: {id}\nexperiment: churn\nparams: {{writer: {name}}}\nmetrics: {{auc: 0.9}}\n"
    + ("# a record of a candidate has about a thousand bytes\n" * 16)
)
TRIES = 500


def main(words: list[str]) -> None:
    """The command line."""
    said = _arguments(words)
    os.chdir(said.clone)
    _git("checkout", "-q", "-B", CANDIDATES, f"origin/{CANDIDATES}")
    ways: dict[str, Callable[[argparse.Namespace], int]] = {"rebase": _rebase_and_push, "own": _push_own}
    say("ready")
    sys.stdin.readline()
    end = time.monotonic() + said.seconds
    for _ in range(said.each):
        if time.monotonic() > end:
            return
        _commit(said)
        begin = time.perf_counter()
        tries = ways[said.way](said)
        say(json.dumps({"seconds": time.perf_counter() - begin, "tries": tries}))


def _commit(said: argparse.Namespace) -> None:
    one = secrets.token_hex(16)
    content = os.urandom(ARTIFACT_BYTES)
    digest = hashlib.sha256(content).hexdigest()
    scratch = Path(f"{said.clone}-model")
    scratch.write_bytes(content)
    (said.storage / digest[:2]).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(scratch, said.storage / digest[:2] / digest[2:])
    folder = Path("experiments/churn/candidates", one[:2])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{one}.yaml").write_text(RECORD.format(id=one, name=said.name))
    (folder / f"{one}.sha256").write_text(f"{digest}  model.bin\n")
    _git("add", str(folder))
    _git("commit", "-q", "-m", f"Log {one}")


def _rebase_and_push(_: argparse.Namespace) -> int:
    for tries in range(1, TRIES):
        if not _attempt("pull", "-q", "--rebase", "origin", CANDIDATES):
            continue
        if _attempt("push", "-q", "origin", f"HEAD:refs/heads/{CANDIDATES}"):
            return tries
    raise SystemExit(f"{TRIES} tries did not land the candidate")


def _push_own(said: argparse.Namespace) -> int:
    _git("push", "-q", "origin", f"HEAD:refs/heads/own/{said.name}")
    return 1


def _git(*words: str) -> None:
    subprocess.run(["git", *words], check=True, stdout=subprocess.DEVNULL)


def _attempt(*words: str) -> bool:
    return subprocess.run(["git", *words], capture_output=True, check=False).returncode == 0


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("clone", type=Path)
    parser.add_argument("--way", choices=("rebase", "own"), required=True)
    parser.add_argument("--each", type=int, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--storage", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin nothing after so many")
    return parser.parse_args(words)


if __name__ == "__main__":
    main(sys.argv[1:])
