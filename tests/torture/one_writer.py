"""One writer at work in its clone: logs a candidate, pushes it, writes down what it was told; many times.

    python one_writer.py CLONE --each 20 --experiment churn --name writer-3 --acknowledged FILE [--cli]

Prints `ready`, waits for a line on standard input, then prints one JSON object for each push: its seconds and tries.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from acknowledged import Acknowledged, write_down
from ground import GITREG
from telling import say

import gitreg
from gitreg.documents.writer import write

ARTIFACT_BYTES = 10_000


def main(words: list[str]) -> None:
    """The command line."""
    said = _arguments(words)
    os.chdir(said.clone)
    act = _by_commands if said.cli else _by_api
    scratch = Path(f"{said.clone}-files-{said.name}")
    scratch.mkdir(exist_ok=True)
    with gitreg.open_registry(said.clone) as registry:
        say("ready")
        sys.stdin.readline()
        for number in range(said.each):
            model = scratch / "model.bin"
            content = f"{said.name} {number}\n".encode() + os.urandom(ARTIFACT_BYTES)
            model.write_bytes(content)
            params = {"writer": said.name, "number": str(number)}
            given = Acknowledged("", None, {"model.bin": hashlib.sha256(content).hexdigest()}, params)
            act(registry, said, model, given)


def _by_api(
    registry: gitreg.OpenRegistry, said: argparse.Namespace, model: Path, given: Acknowledged
) -> None:
    candidate = registry.log(said.experiment, params=given.params, metrics={"auc": 0.9}, artifacts=[model])
    begin = time.perf_counter()
    tries = registry.push().published.tries if said.push else 0
    seconds = time.perf_counter() - begin
    record = hashlib.sha256(write(candidate)).hexdigest()
    write_down(said.acknowledged, Acknowledged(candidate.id, record, given.artifacts, given.params))
    _tell(seconds, tries)


def _by_commands(_: gitreg.OpenRegistry, said: argparse.Namespace, model: Path, given: Acknowledged) -> None:
    params = [word for key, value in given.params.items() for word in ("-p", f"{key}={value}")]
    logged = _command("log", said.experiment, *params, "-m", "auc=0.9", "-a", str(model))
    begin = time.perf_counter()
    if said.push:
        _command("push")
    seconds = time.perf_counter() - begin
    write_down(said.acknowledged, Acknowledged(logged, None, given.artifacts, given.params))
    _tell(seconds, 1)


def _command(*words: str) -> str:
    done = subprocess.run([*GITREG, *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"gitreg {words[0]} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout.strip()


def _tell(seconds: float, tries: int) -> None:
    say(json.dumps({"seconds": seconds, "tries": tries}))


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("clone", type=Path)
    parser.add_argument("--each", type=int, required=True)
    parser.add_argument("--experiment", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--acknowledged", type=Path, required=True)
    parser.add_argument("--cli", action="store_true", help="by commands, not in this process")
    parser.add_argument("--no-push", dest="push", action="store_false", help="log only")
    return parser.parse_args(words)


if __name__ == "__main__":
    main(sys.argv[1:])
